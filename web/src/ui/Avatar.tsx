// A person as initials on a colour that stays theirs. Decoration: the name stands beside it.
import type { Present } from '../protocol';
import { Icon } from './Icon';
import { person } from './icons';

const colours = 6;

export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
}

export function colourOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return sum % colours;
}

export function Avatar(props: {
  id: string;
  name: string;
  size?: 'small' | 'normal' | 'large';
  /** Away: an agent who says so. */
  present?: Present | 'away' | undefined;
}) {
  const { id, name, size = 'normal', present = 'offline' } = props;
  const dot = { offline: '', online: 'is-online', attending: 'is-online', away: 'is-online is-away' }[
    present
  ];
  return (
    <span class={`avatar avatar-${size} colour-${colourOf(id)} ${dot}`} aria-hidden="true">
      {initials(name) || <Icon of={person} />}
    </span>
  );
}
