// The head of a page: whose support this is, and the question mark behind which all ways lead.
import { words } from '../i18n/words';
import { Icon } from '../ui/Icon';
import { waves } from '../ui/icons';
import type { MenuGroup } from '../ui/Menu';
import { SettingsMenu } from '../ui/SettingsMenu';

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
