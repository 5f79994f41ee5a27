// Which tickets belong in which view of the console, and in what order they stand there.
// Pure: the hub decides what a list holds, this repeats the rule so that a live change
// (an `inbox` frame) can move a row without reading the list anew.

import type { AgentTicket, ParticipantId, Row, TeamId, TicketId, View, Views } from '../protocol';

export const VIEWS: readonly View[] = ['mine', 'unassigned', 'open', 'waiting', 'solved', 'mentions'];

/** One list of the console: a view, perhaps of a single team. */
export type Place = { view: View; team: TeamId | null };

export function isView(text: string): text is View {
  return (VIEWS as readonly string[]).includes(text);
}

/** Whether the hub would list this ticket there for this agent. */
export function fits(ticket: AgentTicket, place: Place, me: ParticipantId): boolean {
  if (place.team !== null && ticket.team?.id !== place.team) return false;
  switch (place.view) {
    case 'mine':
      return isOpenOrPending(ticket) && ticket.assignee?.id === me;
    case 'unassigned':
      return ticket.status === 'open' && ticket.assignee === null;
    case 'open':
      return ticket.status === 'open';
    case 'waiting':
      return ticket.status === 'pending';
    case 'solved':
      return !isOpenOrPending(ticket);
    case 'mentions':
      // Its notes say it, and a row has none: `withChange` asks the hub.
      return false;
  }
}

export function isOpenOrPending(ticket: AgentTicket): boolean {
  return ticket.status === 'open' || ticket.status === 'pending';
}

/** Newest change first; the id settles ties, so that two pages never disagree. */
export function byLastChange(a: Row<AgentTicket>, b: Row<AgentTicket>): number {
  const later = b.ticket.last_at - a.ticket.last_at;
  if (later !== 0) return later;
  return a.ticket.id < b.ticket.id ? 1 : a.ticket.id > b.ticket.id ? -1 : 0;
}

/** Several pages or lists as one: each ticket once, in its newest version, in order. */
export function merged(...lists: readonly (readonly Row<AgentTicket>[])[]): Row<AgentTicket>[] {
  const newest = new Map<TicketId, Row<AgentTicket>>();
  for (const row of lists.flat()) {
    const known = newest.get(row.ticket.id);
    if (!known || known.ticket.version <= row.ticket.version) newest.set(row.ticket.id, row);
  }
  return [...newest.values()].sort(byLastChange);
}

/** What the navigation says beside a view. */
export function countOf(views: Views | null, place: Place): number | null {
  if (!views) return null;
  if (place.team === null) return views[place.view];
  return views.teams.find((entry) => entry.team.id === place.team)?.open ?? null;
}
