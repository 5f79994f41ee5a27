// One card in the middle of a page: an icon, a heading, a few sentences and what can be done.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../ui/Icon';

export interface PanelProps {
  icon: readonly string[];
  title: string;
  children?: ComponentChildren;
  /** Under the card, in small print. */
  footer?: string;
}

export function Panel({ icon, title, children, footer }: PanelProps) {
  return (
    <PanelFrame {...(footer && { footer })}>
      <div class="panel-body">
        <PanelHead icon={icon} title={title} />
        {children}
      </div>
    </PanelFrame>
  );
}

/** The card alone, for a form that has its heading inside. */
export function PanelFrame({ children, footer }: { children: ComponentChildren; footer?: string }) {
  return (
    <main class="centred">
      <div class="card panel">{children}</div>
      {footer && <p class="panel-footer">{footer}</p>}
    </main>
  );
}

let first = true;

/** A heading that comes in the place of another gets the focus; that of the page's first view leaves it alone. */
export function PanelHead({ icon, title }: { icon: readonly string[]; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!first) heading.current?.focus();
    first = false;
  }, [title]);
  return (
    <>
      <span class="panel-icon">
        <Icon of={icon} />
      </span>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
    </>
  );
}
