// Texts with variables: `{{ticket.number}}`, or `{{requester.first_name|there}}` with what is said where there is
// nothing to say. Read as the hub reads them (`domain/macros/template`); filled in here, where an agent sees the text
// before anybody else does. Pure.

import type { AgentMe, AgentTicket } from '../../protocol';

export const VARIABLES = [
  'requester.name',
  'requester.first_name',
  'ticket.number',
  'ticket.subject',
  'ticket.team',
  'agent.name',
  'agent.first_name',
  'site.name',
] as const;
export type Variable = (typeof VARIABLES)[number];
/** Empty: there is nothing to say. */
export type Values = Readonly<Record<Variable, string>>;

export type Piece = { plain: string } | { variable: Variable; fallback?: string } | { unknown: string };

/** domain::limits::FALLBACK_CHARS_MAX */
const fallback_chars_max = 60;
/** Two braces always begin a variable, and it ends in its line. */
const BEGUN = /\{\{(?:(?!\r?\n).)*?(?:\}\}|(?=\r?\n)|$)/su;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let rest = text; rest !== ''; ) {
    const found = BEGUN.exec(rest);
    const plain = found ? rest.slice(0, found.index) : rest;
    if (plain !== '') pieces.push({ plain });
    if (found) pieces.push(variableOf(found[0]) ?? { unknown: found[0] });
    rest = found ? rest.slice(found.index + found[0].length) : '';
  }
  return pieces;
}

function variableOf(source: string): Piece | null {
  if (!source.endsWith('}}')) return null;
  const inner = source.slice(2, -2);
  const bar = inner.indexOf('|');
  const variable = VARIABLES.find((each) => each === (bar === -1 ? inner : inner.slice(0, bar)).trim());
  if (!variable) return null;
  if (bar === -1) return { variable };
  const fallback = inner.slice(bar + 1).trim();
  const fits = !/[{|]/.test(fallback) && [...fallback].length <= fallback_chars_max;
  return fits ? { variable, fallback } : null;
}

/** What begins like a variable and is none. */
export const unknownIn = (text: string): string[] =>
  piecesOf(text).flatMap((piece) => ('unknown' in piece ? [piece.unknown] : []));

/**
 * Once: what looks like a variable in a value is none. Where there is nothing to say, the blank before it goes too:
 * `Hello {{requester.first_name}},` is `Hello,`.
 */
export function filled(text: string, values: Values): string {
  let out = '';
  for (const piece of piecesOf(text)) {
    if ('plain' in piece) out += piece.plain;
    else if ('unknown' in piece) out += piece.unknown;
    else {
      const value = values[piece.variable] || piece.fallback;
      out = value === undefined || value === '' ? withoutValue(out, piece.fallback) : out + value;
    }
  }
  return out;
}

/** Nothing on purpose (`|}}`) leaves the blank where it is. */
const withoutValue = (out: string, fallback: string | undefined): string =>
  fallback === undefined ? out.replace(/[ \t]$/u, '') : out;

/** What there is to say about a ticket. An address is no name: whoever gave none is called nothing. */
export function valuesFor(
  { requester, number, subject, team }: Pick<AgentTicket, 'requester' | 'number' | 'subject' | 'team'>,
  me: Pick<AgentMe, 'name' | 'site'>,
): Values {
  return {
    'requester.name': requester.name.trim(),
    'requester.first_name': firstOf(requester.name),
    'ticket.number': String(number),
    'ticket.subject': subject,
    'ticket.team': team?.name ?? '',
    'agent.name': me.name,
    'agent.first_name': firstOf(me.name),
    'site.name': me.site,
  };
}

const firstOf = (name: string): string => name.trim().split(/\s+/u)[0] ?? '';
