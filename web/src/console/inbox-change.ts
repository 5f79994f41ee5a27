// What a live change does to a loaded list: the row is replaced, moved, let in or taken out.
// Pure, so that every case is a line of a table in the tests.

import type { AgentTicket, ParticipantId, Row, TicketId } from '../protocol';
import { byLastChange, fits, type Place } from './views';

export type Rows = readonly Row<AgentTicket>[];

/** What the page knows about the list that a change meets. */
export type ListFacts = {
  place: Place;
  me: ParticipantId;
  /** Older rows exist that were not loaded: a change below the last row belongs to them. */
  hasMore: boolean;
  /** Rows of other lists, which know what their reader has read of this ticket. */
  known?: Row<AgentTicket> | undefined;
};

/** The list after an `inbox` frame. The same array when nothing changed. */
export function withChange(rows: Rows, ticket: AgentTicket, facts: ListFacts): Rows {
  const at = rows.findIndex((row) => row.ticket.id === ticket.id);
  const old = rows[at];
  if (old && old.ticket.version >= ticket.version) return rows;
  if (!fits(ticket, facts.place, facts.me)) return old ? rows.toSpliced(at, 1) : rows;
  const changed = rowAfter(old ?? facts.known, ticket);
  const others = old ? rows.toSpliced(at, 1) : rows;
  const last = others.at(-1);
  if (!old && facts.hasMore && last && byLastChange(changed, last) > 0) return rows;
  return [...others, changed].sort(byLastChange);
}

/** The list without a ticket that left the reader's reach, or the view. */
export function without(rows: Rows, ticket: TicketId): Rows {
  return rows.some((row) => row.ticket.id === ticket) ? rows.filter((row) => row.ticket.id !== ticket) : rows;
}

/** The list after one's own reading of a ticket, on this page or on another. */
export function withRead(rows: Rows, ticket: TicketId, readN: number, unread: number): Rows {
  return rows.map((row) =>
    row.ticket.id === ticket && row.read_n <= readN ? { ...row, read_n: readN, unread } : row,
  );
}

/**
 * The frame is the same for every agent and so says nothing about reading:
 * what the requester wrote since the known version is what is unread since.
 */
function rowAfter(known: Row<AgentTicket> | undefined, ticket: AgentTicket): Row<AgentTicket> {
  if (!known) return { ticket, read_n: 0, unread: ticket.theirs };
  const written = Math.max(0, ticket.theirs - known.ticket.theirs);
  return { ticket, read_n: known.read_n, unread: known.unread + written };
}
