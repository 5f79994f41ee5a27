// The frame of the pages before the console: the mark, the title, one card in the middle.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../ui/Icon';
import { waves } from '../../ui/icons';

interface EntryPageProps {
  brand: string;
  title: string;
  intro?: string;
  children?: ComponentChildren;
}

export function EntryPage({ brand, title, intro, children }: EntryPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${brand}`;
    // A field that asked for the focus keeps it; without one the page begins at its title.
    if (document.activeElement === document.body) heading.current?.focus();
  }, [title, brand]);
  return (
    <main class="entry">
      <div class="entry-card">
        <p class="entry-brand">
          <span class="brand-mark">
            <Icon of={waves} />
          </span>
          <bdi>{brand}</bdi>
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {intro && <p class="intro">{intro}</p>}
        {children}
      </div>
    </main>
  );
}
