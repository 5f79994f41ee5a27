// Language and appearance behind one button, with whatever a page puts before them.
import type { ComponentChildren } from 'preact';
import { type Locale, locale, locale_names, locales, setLocale } from '../i18n';
import { words } from '../i18n/words';
import { Icon } from './Icon';
import { contrast, globe, help, moon, sun } from './icons';
import { Menu, type MenuGroup } from './Menu';
import { toast } from './Toast';
import { setTheme, theme, themes } from './theme';

export interface SettingsMenuProps {
  label: string;
  groups?: MenuGroup[];
  button?: ComponentChildren;
}

export function SettingsMenu({ label, groups = [], button = <Icon of={help} /> }: SettingsMenuProps) {
  return <Menu label={label} button={button} groups={[...groups, languages(), appearance()]} />;
}

function languages(): MenuGroup {
  const choose = (to: Locale) => void setLocale(to).catch(() => toast(words.peek().unreachable));
  return {
    title: words.value.help.language,
    items: locales.map((each) => ({
      label: locale_names[each],
      lang: each,
      icon: globe,
      checked: each === locale.value,
      onSelect: () => choose(each),
    })),
  };
}

function appearance(): MenuGroup {
  const icons = { system: contrast, light: sun, dark: moon };
  return {
    title: words.value.help.theme,
    items: themes.map((each) => ({
      label: words.value.help[each],
      icon: icons[each],
      checked: each === theme.value,
      onSelect: () => setTheme(each),
    })),
  };
}
