// Which tickets belong in which view of the console, and in what order they stand there.
// Pure: the hub decides what a list holds, this repeats the rule so that a live change
// (an `inbox` frame) can move a row without reading the list anew.

import type {
  AgentTicket,
  ParticipantId,
  Row,
  SavedView,
  SavedViewId,
  TeamId,
  View,
  ViewFilters,
  Views,
} from '../protocol';
import { foldTag } from './triage/tag-options';

export const VIEWS: readonly View[] = [
  'mine',
  'unassigned',
  'mentions',
  'open',
  'waiting',
  'snoozed',
  'solved',
];

/** One list of the console: a view, perhaps of a single team; or a saved view, whose filters then say it all. */
export type Place = { view: View; team: TeamId | null; saved?: SavedViewId };

export function isView(text: string): text is View {
  return (VIEWS as readonly string[]).includes(text);
}

export const isMentions = ({ view, saved }: Place): boolean => view === 'mentions' && saved === undefined;

/** Whether the hub would list this ticket there for this agent. */
export function fits(ticket: AgentTicket, place: Place, me: ParticipantId): boolean {
  // Its notes say it, and a row has none: the hub is asked (`withChange`).
  if (place.view === 'mentions') return false;
  if (place.team !== null && ticket.team?.id !== place.team) return false;
  // What is put aside stands in one view alone, until it comes back.
  if (isPutAside(ticket)) return place.view === 'snoozed';
  switch (place.view) {
    case 'mine':
      return isOpenOrPending(ticket) && ticket.assignee?.id === me;
    case 'unassigned':
      return ticket.status === 'open' && ticket.assignee === null;
    case 'open':
      return ticket.status === 'open';
    case 'waiting':
      return ticket.status === 'pending';
    case 'snoozed':
      return false;
    case 'solved':
      return !isOpenOrPending(ticket);
  }
}

/** Whether a saved view's filters let a ticket through: the hub's rule, as `store/tickets/saved` has it in SQL. */
export function letsThrough(
  filters: ViewFilters,
  ticket: AgentTicket,
  me: ParticipantId,
  now: number,
): boolean {
  const { statuses, assignee, teams, tags, priorities, topics, waiting_min, snoozed } = filters;
  const one = <T>(of: readonly T[], value: T) => of.length === 0 || of.includes(value);
  const has = new Set(ticket.tags.map(foldTag));
  const since = ticket.waiting_since ?? Number.POSITIVE_INFINITY;
  return (
    one(statuses, ticket.status) &&
    isAssigned(ticket, assignee, me) &&
    (teams.length === 0 || (ticket.team !== null && teams.includes(ticket.team.id))) &&
    tags.every((name) => has.has(foldTag(name))) &&
    one(priorities, ticket.priority) &&
    one(topics, ticket.topic) &&
    (waiting_min === undefined || since <= now - waiting_min * 60_000) &&
    (snoozed === undefined || snoozed === (ticket.snoozed_until !== null))
  );
}

function isAssigned({ assignee }: AgentTicket, wanted: ViewFilters['assignee'], me: ParticipantId): boolean {
  switch (wanted?.who) {
    case undefined:
      return true;
    case 'nobody':
      return assignee === null;
    case 'me':
      return assignee?.id === me;
    case 'agent':
      return assignee?.id === wanted.id;
  }
}

export function isOpenOrPending(ticket: AgentTicket): boolean {
  return ticket.status === 'open' || ticket.status === 'pending';
}

export function isPutAside(ticket: AgentTicket): boolean {
  return ticket.snoozed_until !== null && isOpenOrPending(ticket);
}

/** Newest change first; the id settles ties, so that two pages never disagree. */
export function byLastChange(a: Row<AgentTicket>, b: Row<AgentTicket>): number {
  const later = b.ticket.last_at - a.ticket.last_at;
  if (later !== 0) return later;
  return a.ticket.id < b.ticket.id ? 1 : a.ticket.id > b.ticket.id ? -1 : 0;
}

/** The saved view that a place is of, once it is known. */
export function savedView(views: readonly SavedView[] | null, place: Place): SavedView | undefined {
  return place.saved === undefined ? undefined : views?.find(({ id }) => id === place.saved);
}

/** What the navigation says beside a view. */
export function countOf(views: Views | null, place: Place): number | null {
  if (!views) return null;
  if (place.team === null) return views[place.view];
  return views.teams.find((entry) => entry.team.id === place.team)?.open ?? null;
}
