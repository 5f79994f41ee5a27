// Rows of a list of tickets, kept live by `inbox` and `read` frames. Pure, for both audiences.
// The hub says the same to every reader of a ticket; what is one's own (`unread`) is worked out here.
import type { AnyTicket, Mark, Row, TicketId } from '../protocol';

export interface Rows<T extends AnyTicket> {
  rows: Row<T>[];
  /** A ticket came that was not in the rows: its own numbers are a guess until the list is read again. */
  guessed: boolean;
}

/** An `inbox` frame. The row with the higher version stays; a new row comes in front. */
export function applyInbox<T extends AnyTicket>(rows: Row<T>[], ticket: T): Rows<T> {
  const known = rows.find((row) => row.ticket.id === ticket.id);
  if (!known)
    return { rows: newestFirst([{ ticket, read_n: 0, unread: ticket.theirs }, ...rows]), guessed: true };
  if (ticket.version <= known.ticket.version) return { rows, guessed: false };
  const row = { ...known, ticket, unread: unreadAfter(known, ticket) };
  return { rows: newestFirst(rows.map((each) => (each === known ? row : each))), guessed: false };
}

/** The row left this reader's reach, or this list. */
export function removeRow<T extends AnyTicket>(rows: Row<T>[], ticket: TicketId): Row<T>[] {
  return rows.filter((row) => row.ticket.id !== ticket);
}

/** A `read` frame with `unread` is about the reader. */
export function applyRead<T extends AnyTicket>(
  rows: Row<T>[],
  ticket: TicketId,
  mark: Mark,
  unread: number | undefined,
): Row<T>[] {
  if (unread === undefined) return rows;
  return rows.map((row) =>
    row.ticket.id === ticket ? { ...row, read_n: Math.max(row.read_n, mark.read_n), unread } : row,
  );
}

/** A list read from the hub, over what is known: whichever row is newer wins. */
export function mergeRead<T extends AnyTicket>(known: Row<T>[], read: Row<T>[]): Row<T>[] {
  const by_id = new Map(known.map((row) => [row.ticket.id, row]));
  return read.map((row) => {
    const mine = by_id.get(row.ticket.id);
    return mine && mine.ticket.version > row.ticket.version
      ? { ...mine, unread: unreadAfter(row, mine.ticket), read_n: row.read_n }
      : row;
  });
}

/** The next page, without what has moved up meanwhile. */
export function appendPage<T extends AnyTicket>(known: Row<T>[], page: Row<T>[]): Row<T>[] {
  const ids = new Set(known.map((row) => row.ticket.id));
  return [...known, ...page.filter((row) => !ids.has(row.ticket.id))];
}

/** new.theirs − (old.theirs − old.unread): what was read stays read. */
function unreadAfter<T extends AnyTicket>(old: Row<T>, ticket: T): number {
  return Math.max(0, ticket.theirs - (old.ticket.theirs - old.unread));
}

function newestFirst<T extends AnyTicket>(rows: Row<T>[]): Row<T>[] {
  return [...rows].sort((a, b) => b.ticket.last_at - a.ticket.last_at);
}
