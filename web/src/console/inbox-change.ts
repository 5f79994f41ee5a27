// What a live change does to a loaded list: the row is replaced, moved, let in or taken out.
// Pure, so that every case is a line of a table in the tests. Core's lists know rows, this knows views.

import { applyInbox, removeRow } from '../core/lists';
import type { AgentTicket, Row } from '../protocol';

/** What the page knows about the list that a change meets. */
export type ListFacts = {
  /** Whether the hub would list it there. */
  fits: (ticket: AgentTicket) => boolean;
  /** Only the hub can tell who belongs in it: rows stay until it was asked. */
  by_hub_alone?: boolean;
  /** Older rows exist that were not loaded: a change below the last row belongs to them. */
  hasMore: boolean;
  /** The ticket's row as some other list had it: it knows what its reader has read. */
  known?: Row<AgentTicket> | undefined;
};

export type Changed = {
  rows: Row<AgentTicket>[];
  /** The row's own numbers are a guess until the list is read again. */
  guessed: boolean;
};

/** The list after an `inbox` frame. The same array when nothing changed. */
export function withChange(rows: Row<AgentTicket>[], ticket: AgentTicket, facts: ListFacts): Changed {
  const same = { rows, guessed: false };
  const old = rows.find((row) => row.ticket.id === ticket.id);
  if (old && old.ticket.version >= ticket.version) return same;
  if (facts.by_hub_alone)
    return old ? { rows: applyInbox(rows, ticket).rows, guessed: true } : { rows, guessed: true };
  if (!facts.fits(ticket)) {
    return old ? { rows: removeRow(rows, ticket.id), guessed: false } : same;
  }
  if (old) return applyInbox(rows, ticket);
  const last = rows.at(-1);
  if (facts.hasMore && last && last.ticket.last_at > ticket.last_at) return same;
  const { rows: let_in } = applyInbox(rows, ticket);
  if (!facts.known) return { rows: let_in, guessed: true };
  const own = readOf(facts.known, ticket);
  return { rows: let_in.map((row) => (row.ticket.id === ticket.id ? own : row)), guessed: false };
}

/** What was read of a ticket stays read when its row comes into another list. */
function readOf(known: Row<AgentTicket>, ticket: AgentTicket): Row<AgentTicket> {
  const read = known.ticket.theirs - known.unread;
  return { ticket, read_n: known.read_n, unread: Math.max(0, ticket.theirs - read) };
}
