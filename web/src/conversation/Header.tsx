// The head of a page: whose support this is, and the question mark behind which all ways lead.
import { words } from '../i18n/words';
import { Icon } from '../ui/Icon';
import { help, waves } from '../ui/icons';
import { lazy } from '../ui/lazy';
import type { MenuGroup } from '../ui/Menu';

// The menu comes right after the first view: nobody opens it in the first tenth of a second.
const SettingsMenu = lazy(async () => (await import('../ui/SettingsMenu')).SettingsMenu, {
  meanwhile: () => (
    <button
      type="button"
      class="icon-button"
      aria-label={words.value.help.menu}
      aria-haspopup="menu"
      disabled
    >
      <Icon of={help} />
    </button>
  ),
});

export function Header({
  site_name,
  home,
  groups,
}: {
  site_name: string;
  home: string;
  groups: MenuGroup[];
}) {
  return (
    <header class="page-head">
      <a class="brand" href={home} aria-label={words.value.brand_home(site_name)}>
        <span class="brand-mark">
          <Icon of={waves} />
        </span>
        <span class="brand-name">{site_name}</span>
      </a>
      <SettingsMenu label={words.value.help.menu} groups={groups} />
    </header>
  );
}
