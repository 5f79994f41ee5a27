// Where one is in the console, as the address says it: `#/{view}`, `#/{view}/{ticket}`,
// `#/{view}/{ticket}/{n}` for one message of it, `#/link/{token}`, `#/settings/{page}`; a team's open tickets stand
// under `team-{id}`, a saved view's under `view-{id}`.
// Pure, over the parts of the fragment that core's route cuts.

import type { TicketId } from '../protocol';
import { isView, type Place } from './views';

export const SETTINGS_PAGES = ['me', 'preferences', 'macros', 'agents', 'teams'] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

export type Where =
  | { at: 'list'; place: Place; ticket: TicketId | null; n?: number }
  | { at: 'settings'; page: SettingsPage }
  | { at: 'link'; token: string };

export const home: Extract<Where, { at: 'list' }> = {
  at: 'list',
  place: { view: 'mine', team: null },
  ticket: null,
};

const team_prefix = 'team-';
const saved_prefix = 'view-';

/** The place that the parts name; anything else is the own inbox. */
export function whereIs([first = '', second = '', third = '']: readonly string[]): Where {
  if (first === 'link' && second !== '') return { at: 'link', token: second };
  if (first === 'settings') return { at: 'settings', page: settingsPage(second) };
  const place = placeOf(first);
  if (!place) return home;
  const ticket = second === '' ? null : second;
  return /^[1-9]\d{0,15}$/.test(third)
    ? { at: 'list', place, ticket, n: Number(third) }
    : { at: 'list', place, ticket };
}

/** The parts that name a place. */
export function partsOf(where: Where): string[] {
  if (where.at === 'link') return ['link', where.token];
  if (where.at === 'settings') return ['settings', where.page];
  const { view, team, saved } = where.place;
  const of_team = team === null ? view : `${team_prefix}${team}`;
  const list = saved === undefined ? of_team : `${saved_prefix}${saved}`;
  if (where.ticket === null) return [list];
  return where.n === undefined ? [list, where.ticket] : [list, where.ticket, String(where.n)];
}

export function samePlace(a: Place, b: Place): boolean {
  return a.view === b.view && a.team === b.team && a.saved === b.saved;
}

function placeOf(first: string): Place | null {
  if (isView(first)) return { view: first, team: null };
  const after = (prefix: string) => (first.startsWith(prefix) ? first.slice(prefix.length) : '');
  const team = after(team_prefix);
  if (team !== '') return { view: 'open', team };
  const saved = after(saved_prefix);
  return saved === '' ? null : { view: 'open', team: null, saved };
}

function settingsPage(text: string): SettingsPage {
  return SETTINGS_PAGES.find((page) => page === text) ?? 'me';
}
