// Example tickets and events for tests: small, readable, overridden where a test cares.
import type { Author, PublicBody, PublicEvent, PublicSnapshot, PublicTicket } from '../../protocol';

export const me: Author = { id: 'me', side: 'requester', name: 'Amina' };
export const nora: Author = { id: 'nora', side: 'agent', name: 'Nora' };

export const ticketWith = (fields: Partial<PublicTicket> = {}): PublicTicket => ({
  id: 't1',
  number: 12345,
  subject: 'Payment',
  topic: 'payment',
  status: 'open',
  opened_at: 1_000,
  last_n: 0,
  last_at: 1_000,
  last_line: null,
  theirs: 0,
  version: 1,
  agent: null,
  ...fields,
});

export const eventWith = (
  n: number,
  author: Author,
  body: PublicBody,
  fields: Partial<PublicEvent> = {},
): PublicEvent => ({
  n,
  at: 1_000 + n * 1_000,
  author,
  body,
  ...fields,
});

export const message = (
  n: number,
  author: Author,
  text = `text ${n}`,
  fields: Partial<PublicEvent> = {},
): PublicEvent => eventWith(n, author, { kind: 'message', text, asks: false, attachments: [] }, fields);

export function snapshotOf(events: PublicEvent[], fields: Partial<PublicSnapshot> = {}): PublicSnapshot {
  const cursor = events.at(-1)?.n ?? 0;
  return {
    epoch: 'e1',
    cursor,
    ticket: ticketWith({ last_n: cursor }),
    events,
    has_older: false,
    marks: [],
    people: [],
    me: me.id,
    read_n: cursor,
    unread: 0,
    ...fields,
  };
}
