// What people wrote, cut into tokens: **bold**, *italic*, `code`, links and line breaks. Never HTML.
// Whatever is not understood stays plain text, so no input can lose a character but bidi controls.

import { neutralise, visible } from './bidi';

export type Token =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'bold' | 'italic'; of: Token[] }
  /** `host`: where it really leads, when what is written looks otherwise. */
  | { kind: 'link'; text: string; href: string; host?: string }
  | { kind: 'break' };

// One alternation, tried at each place in this order. Emphasis needs a non-space inside each end.
const marks =
  /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])([^_\n]*?[^\s_])_(?!\w)|\b(?:https?:\/\/|mailto:)[^\s<>"`]+|\n/giu;

export function tokens(raw: string): Token[] {
  return cut(neutralise(raw).replace(/\r\n?/g, '\n'), 0);
}

/** On one line and without marks, for lists. */
export const plainText = (raw: string): string => plain(tokens(raw)).replace(/\s+/gu, ' ');

const plain = (of: readonly Token[]): string =>
  of.map((token) => ('of' in token ? plain(token.of) : 'text' in token ? token.text : ' ')).join('');

function cut(text: string, depth: number): Token[] {
  const found: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(marks)) {
    const token = read(match, depth);
    if (!token) continue;
    if (match.index > from) found.push({ kind: 'text', text: text.slice(from, match.index) });
    found.push(token.token);
    from = match.index + token.length;
  }
  if (from < text.length) found.push({ kind: 'text', text: text.slice(from) });
  return found;
}

function read(
  [whole, code, bold, star, underscore]: RegExpExecArray,
  depth: number,
): { token: Token; length: number } | null {
  const length = whole.length;
  if (whole === '\n') return { token: { kind: 'break' }, length };
  if (code !== undefined) return { token: { kind: 'code', text: code }, length };
  const inner = bold ?? star ?? underscore;
  // Two levels are what people use; more is somebody's experiment on our stack.
  if (inner !== undefined)
    return depth > 1
      ? null
      : { token: { kind: bold === undefined ? 'italic' : 'bold', of: cut(inner, depth + 1) }, length };
  const shown = trimLink(whole);
  const href = safeHref(shown);
  return href ? { token: link(shown, href), length: shown.length } : null;
}

function link(shown: string, href: string): Token {
  const { protocol, host } = new URL(href);
  const plain = `${protocol}//${host}`;
  // `https://bank.example@other.example`, letters of another alphabet, a width of nothing: the host is named then.
  const honest = protocol === 'mailto:' || /^(?:$|[/?#:])/.test(after(shown.toLowerCase(), plain) ?? '-');
  return { kind: 'link', text: visible(shown), href, ...(!honest && { host }) };
}

const after = (text: string, start: string): string | null =>
  text.startsWith(start) ? text.slice(start.length) : null;

/** A full stop or an unopened bracket after an address belongs to the sentence. */
function trimLink(url: string): string {
  let surplus = url.split(')').length - url.split('(').length;
  let end = url.length;
  for (; end > 0; end--) {
    const last = url.charAt(end - 1);
    const unopened = last === ')' && surplus > 0;
    if (!unopened && !/[.,;:!?'’»*_\]}]/.test(last)) break;
    if (unopened) surplus--;
  }
  return url.slice(0, end);
}

/** The normalised address, or null for anything but http, https and mailto. */
export function safeHref(url: string): string | null {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:', 'mailto:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}
