// Names called in a note: what is being typed after an @, whom a text calls, and where the names stand. Pure.

import type { AgentRef } from '../protocol';

/** A name is looked for at most this far behind the caret. */
const typed_chars_max = 40;

/** What stands between an @ and the caret; the @ begins a word. */
export function typedMention(text: string, caret: number): { from: number; typed: string } | null {
  const before = text.slice(Math.max(0, caret - typed_chars_max), caret);
  const found = /(?:^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/u.exec(before);
  const typed = found?.[1];
  return typed === undefined ? null : { from: caret - typed.length - 1, typed };
}

export type MentionPart = { text: string; name: boolean };

/** The text cut at the names it calls; of two names that begin alike the longer one counts. */
export function mentionParts(text: string, names: readonly string[]): MentionPart[] {
  const longest = names.filter((name) => name !== '').toSorted((a, b) => b.length - a.length);
  const parts: MentionPart[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (at < from || !begins(text, at)) continue;
    const name = longest.find((each) => text.startsWith(each, at + 1) && ends(text, at + 1 + each.length));
    if (name === undefined) continue;
    if (at > from) parts.push({ text: text.slice(from, at), name: false });
    from = at + 1 + name.length;
    parts.push({ text: text.slice(at, from), name: true });
  }
  if (from < text.length) parts.push({ text: text.slice(from), name: false });
  return parts;
}

/** Whom the text calls, each once. Of namesakes the one who was chosen, else the first. */
export function calledIn<P extends AgentRef>(
  text: string,
  people: readonly P[],
  chosen: ReadonlySet<string>,
): P[] {
  const parts = mentionParts(
    text,
    people.map(({ name }) => name),
  ).filter(({ name }) => name);
  const names = new Set(parts.map((part) => part.text.slice(1)));
  return [...names].flatMap((name) => {
    const namesakes = people.filter((each) => each.name === name);
    return (namesakes.find(({ id }) => chosen.has(id)) ?? namesakes[0]) || [];
  });
}

const begins = (text: string, at: number): boolean => at === 0 || /[\s(]/u.test(text.charAt(at - 1));
const ends = (text: string, at: number): boolean => !/^[\p{L}\p{N}]/u.test(text.slice(at));
