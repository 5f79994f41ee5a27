// The settings: one's own account and choices; for admins also agents and teams.

import { useEffect, useRef } from 'preact/hooks';
import { go, href } from '../../core/route';
import type { AgentMe } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { chevronLeft } from '../../ui/icons';
import { MacroSettings } from '../chunks';
import { openDrawer } from '../drawer';
import { words as console_words } from '../i18n';
import { menu } from '../icons';
import { home, partsOf, SETTINGS_PAGES, type SettingsPage } from '../place';
import { Agents } from './Agents';
import { words } from './i18n';
import { Keys } from './Keys';
import { MyAccount } from './MyAccount';
import { Preferences } from './Preferences';
import { Teams } from './Teams';

const FOR_ADMINS: readonly SettingsPage[] = ['agents', 'teams'];

export function Settings({ me, page: wanted }: { me: AgentMe; page: SettingsPage }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const w = words.value;
  const pages = SETTINGS_PAGES.filter((page) => me.role === 'admin' || !FOR_ADMINS.includes(page));
  const page = pages.includes(wanted) ? wanted : 'me';
  useEffect(() => {
    document.title = `${w.pages[page]} · ${me.site}`;
    heading.current?.focus({ preventScroll: true });
  }, [page]);
  return (
    <div class="settings">
      <header class="settings-head">
        <button
          type="button"
          class="icon-button drawer-button nav-button"
          aria-label={console_words.value.nav.open}
          onClick={() => openDrawer('nav')}
        >
          <Icon of={menu} />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={console_words.value.back}
          onClick={() => go(partsOf(home))}
        >
          <Icon of={chevronLeft} class="flip" />
        </button>
        <h1 ref={heading} tabIndex={-1}>
          {w.title}
        </h1>
      </header>
      <nav class="settings-tabs" aria-label={w.title}>
        {pages.map((each) => (
          <a key={each} href={href('settings', each)} {...(each === page && { 'aria-current': 'page' })}>
            {w.pages[each]}
          </a>
        ))}
      </nav>
      <div class="settings-body">
        {page === 'me' && <MyAccount me={me} />}
        {page === 'preferences' && (
          <>
            <Preferences />
            <Keys />
          </>
        )}
        {page === 'macros' && <MacroSettings />}
        {page === 'agents' && <Agents me={me} />}
        {page === 'teams' && <Teams />}
      </div>
    </div>
  );
}
