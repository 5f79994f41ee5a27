// Finding by a few letters: every word typed must be found in what is called so, at the beginning of a word at best. Pure.

import { plain } from '../assign/options';

const BEGINS = 4;
const WITHIN = 2;
const SCATTERED = 1;

/** How well it fits; 0: not at all. What is typed first counts a little more when it stands first. */
export function scoreOf(typed: string, text: string): number {
  const wanted = wordsOf(typed);
  if (wanted.length === 0) return 1;
  const words = wordsOf(text);
  let sum = 0;
  for (const [index, word] of wanted.entries()) {
    const best = Math.max(0, ...words.map((each) => fitWord(word, each)));
    if (best === 0) return 0;
    sum += best + (index === 0 && words[0]?.startsWith(word) ? 1 : 0);
  }
  return sum;
}

/** The best first; equals in the order they came in. */
export function ranked<T extends { text: string }>(typed: string, all: readonly T[], max: number): T[] {
  return all
    .map((one, index) => ({ one, index, score: scoreOf(typed, one.text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, max)
    .map(({ one }) => one);
}

function fitWord(wanted: string, word: string): number {
  if (word.startsWith(wanted)) return BEGINS;
  if (word.includes(wanted)) return WITHIN;
  // Scattered letters find a word whose first one is right: `asgn` is assign.
  return wanted.length > 2 && word[0] === wanted[0] && isScattered(wanted, word) ? SCATTERED : 0;
}

function isScattered(wanted: string, word: string): boolean {
  let at = 0;
  for (const letter of word) if (letter === wanted[at]) at++;
  return at === wanted.length;
}

const wordsOf = (text: string): string[] =>
  plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
