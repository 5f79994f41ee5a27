// The console's keys: which one asks for what, in the names of ui/keys. Pure.
// Single keys are switchable off (SC 2.1.4); those of the composer and Escape are not single keys.

export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'reply'
  | 'ask'
  | 'note'
  | 'solve'
  | 'assign'
  | 'merge'
  | 'search'
  | 'help'
  | 'back'
  | 'go_mine'
  | 'go_unassigned'
  | 'go_open';

/** Everywhere but in text fields and dialogs. Arrows and Enter belong to the list that has the focus. */
export const KEYS: Readonly<Record<string, Command>> = {
  j: 'next',
  k: 'previous',
  o: 'open',
  r: 'reply',
  i: 'ask',
  n: 'note',
  e: 'solve',
  a: 'assign',
  m: 'merge',
  '/': 'search',
  '?': 'help',
  'g i': 'go_mine',
  'g u': 'go_unassigned',
  'g a': 'go_open',
  escape: 'back',
};

/** Works while single keys are switched off too. */
export const isSingle = (key: string): boolean => key !== 'escape';

/** The key of a command, as a person reads it: `G I` has a space between. */
export function keyOf(command: Command): string {
  const found = Object.entries(KEYS).find(([, each]) => each === command)?.[0] ?? '';
  return found === 'escape' ? 'Esc' : found.toUpperCase();
}

/** For `aria-keyshortcuts`: nothing while the key is switched off, or is two keys in a row. */
export function shortcut(command: Command, keys_on: boolean): string | undefined {
  const key = keyOf(command);
  return keys_on && !key.includes(' ') ? key : undefined;
}
