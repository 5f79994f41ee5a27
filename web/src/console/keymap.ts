// The console's single keys: which press asks for what. Pure; the page that listens decides
// whether keys are on at all (SC 2.1.4) and whether the focus is in a text field.

export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'reply'
  | 'ask'
  | 'note'
  | 'solve'
  | 'assign'
  | 'search'
  | 'help'
  | 'back'
  | 'go_mine'
  | 'go_unassigned'
  | 'go_open';

/** As much of a KeyboardEvent as the rules need. */
export type Press = {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
};

/** A `g` that waits for its second key. */
export type Chord = { sinceMs: number } | null;

/** After this the `g` is forgotten. */
export const chordMs = 1500;

const SINGLE: Readonly<Record<string, Command>> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Enter: 'open',
  o: 'open',
  r: 'reply',
  i: 'ask',
  n: 'note',
  e: 'solve',
  a: 'assign',
  '/': 'search',
  '?': 'help',
  Escape: 'back',
};

const AFTER_G: Readonly<Record<string, Command>> = {
  i: 'go_mine',
  u: 'go_unassigned',
  a: 'go_open',
};

/** Keys that are no characters work while single-character keys are switched off. */
const NO_CHARACTER: ReadonlySet<string> = new Set(['ArrowDown', 'ArrowUp', 'Enter', 'Escape']);

export type Pressed = { command: Command | null; chord: Chord };

export function press(event: Press, chord: Chord, nowMs: number, charactersOn: boolean): Pressed {
  if (event.ctrlKey || event.metaKey || event.altKey) return { command: null, chord: null };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!charactersOn && !NO_CHARACTER.has(key)) return { command: null, chord: null };
  if (chord && nowMs - chord.sinceMs <= chordMs) {
    return { command: AFTER_G[key] ?? null, chord: null };
  }
  if (key === 'g') return { command: null, chord: { sinceMs: nowMs } };
  return { command: SINGLE[key] ?? null, chord: null };
}
