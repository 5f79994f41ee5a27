// The console's keys: which one asks for what, in the names of ui/keys, and what a person made of them. Pure.
// Single keys are switchable off (SC 2.1.4) and changeable; those of the composer and Escape are fixed.

import { isSingle } from '../ui/keys';

/** In the order in which they are shown. */
export const COMMANDS = [
  'bar',
  'search',
  'next',
  'previous',
  'open',
  'select',
  'select_range',
  'go_mine',
  'go_unassigned',
  'go_mentions',
  'go_open',
  'go_waiting',
  'go_snoozed',
  'go_solved',
  'settings',
  'reply',
  'ask',
  'note',
  'solve',
  'undo',
  'assign',
  'take',
  'tags',
  'priority',
  'snooze',
  'merge',
  'availability',
  'macro',
  'help',
  'back',
] as const;
export type Command = (typeof COMMANDS)[number];

/** Null: the command has no key. */
export type Keymap = Readonly<Record<Command, string | null>>;

/** Everywhere but in text fields and dialogs. Arrows and Enter belong to the list that has the focus. */
export const DEFAULTS: Keymap = {
  bar: 'mod+k',
  search: '/',
  next: 'j',
  previous: 'k',
  open: 'o',
  select: 'x',
  select_range: 'shift+x',
  go_mine: 'g i',
  go_unassigned: 'g u',
  go_mentions: 'g m',
  go_open: 'g a',
  go_waiting: 'g w',
  go_snoozed: 'g h',
  go_solved: 'g s',
  settings: 'g p',
  reply: 'r',
  ask: 'i',
  note: 'n',
  solve: 'e',
  undo: 'u',
  assign: 'a',
  take: 'm',
  tags: 't',
  priority: 'shift+p',
  snooze: 'h',
  merge: 'shift+m',
  availability: 'shift+a',
  macro: 'c',
  help: '?',
  back: 'escape',
};

/** Begins a pair, always: so that a pair is never cut short by its first key. */
export const pair_begins = 'g';

/** What belongs to the browser, the fields, the composer and the lists. */
const TAKEN =
  /^(mod\+|alt\+|shift\+)*(enter|escape|tab| |backspace|delete|arrow\w+|home|end|pageup|pagedown|shift|control|alt|meta|dead|process|unidentified|capslock|altgraph|contextmenu)$|^mod\+[acvxzrtwnq]$/;

export const isFixed = (command: Command): boolean => command === 'back';

/** A key of one's own choice may be any other, or `g` and then one. */
export function isAllowed(key: string): boolean {
  // A plus sign joins the names of keys.
  if (key.endsWith('+')) return false;
  const [first = '', second, ...more] = key === ' ' ? [' '] : key.split(' ');
  if (second === undefined) return first !== pair_begins && !TAKEN.test(first);
  return more.length === 0 && first === pair_begins && isSingle(second) && !TAKEN.test(second);
}

/** Which other command has this key. */
export const holderOf = (map: Keymap, key: string, but: Command): Command | undefined =>
  COMMANDS.find((each) => each !== but && map[each] === key);

/** Gives the key to this command; whoever had it is left without one. */
export function withKey(map: Keymap, command: Command, key: string | null): Keymap {
  const holder = key === null ? undefined : holderOf(map, key, command);
  return { ...map, [command]: key, ...(holder && { [holder]: null }) };
}

/** What is kept: the differences alone, so that a key of a later version is not lost on those who changed another. */
export function written(map: Keymap): string | null {
  const own = COMMANDS.filter((each) => map[each] !== DEFAULTS[each]);
  return own.length === 0 ? null : JSON.stringify(Object.fromEntries(own.map((each) => [each, map[each]])));
}

/** Whatever was kept: what makes no sense in it is left out, and no key asks for two things. */
export function parseKeymap(text: string | null): Keymap {
  let map = DEFAULTS;
  for (const [name, key] of Object.entries(parsed(text))) {
    const command = COMMANDS.find((each) => each === name);
    if (!command || isFixed(command)) continue;
    if (key === null || (typeof key === 'string' && isAllowed(key))) map = withKey(map, command, key);
  }
  return map;
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const NAMES: Readonly<Record<string, string>> = { mod: 'Ctrl', escape: 'Esc', alt: 'Alt', shift: 'Shift' };

/** The keys to press, as they are called: `g i` is G, then I; `mod+k` is Ctrl with K. */
export const keyNames = (key: string): string[] =>
  key.split(/[ +](?!$)/).map((each) => NAMES[each] ?? (each.length === 1 ? each.toUpperCase() : each));

/** As one text: `G I`, `Ctrl K`. */
export const keyText = (key: string | null): string => (key === null ? '' : keyNames(key).join(' '));

/** For `aria-keyshortcuts`: nothing while the key is switched off, is missing, or is two keys in a row. */
export function shortcutOf(key: string | null, keys_on: boolean): string | undefined {
  if (key === null || key.includes(' ') || (isSingle(key) && !keys_on)) return undefined;
  if (!key.startsWith('mod+')) return keyNames(key).join('+');
  const rest = key.slice('mod+'.length).toUpperCase();
  return `Control+${rest} Meta+${rest}`;
}
