import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Requesters } from '../core/feed';
import type { Live } from '../core/live';
import { ticketWith } from '../core/testing/examples';
import { settle } from '../core/testing/fakes';
import type { PublicTicket } from '../protocol';
import { TicketLists } from './ticket-lists';

let lists: TicketLists;
let answers: { open: PublicTicket[]; closed: PublicTicket[] };

beforeEach(async () => {
  answers = {
    open: [ticketWith({ id: 'a', theirs: 2 })],
    closed: [ticketWith({ id: 'b', status: 'closed' })],
  };
  vi.stubGlobal('fetch', async (url: string) => {
    const rows = (url.includes('state=open') ? answers.open : answers.closed).map((ticket) => ({
      ticket,
      read_n: 0,
      unread: 0,
    }));
    const body = { rows, open_count: answers.open.length, closed_count: answers.closed.length, offered: [] };
    return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } });
  });
  lists = new TicketLists({ listen: () => () => {} } as unknown as Live<Requesters>);
  await vi.waitFor(() => expect(lists.phase.value).toBe('ready'));
});
afterEach(() => {
  lists.stop();
  vi.unstubAllGlobals();
});

const ids = (which: 'open' | 'closed') => lists[which].value.rows.map(({ ticket }) => ticket.id);

describe('my tickets', () => {
  it('count what is new, and forget it when it is read elsewhere', () => {
    lists.onFrame({ type: 'inbox', ticket: ticketWith({ id: 'a', theirs: 3, version: 2 }) });
    expect(lists.open.value.rows[0]?.unread).toBe(1);
    const mark = { participant: 'me', side: 'requester', delivered_n: 5, read_n: 5 } as const;
    lists.onFrame({ type: 'read', ticket: 'a', mark, unread: 0 });
    expect(lists.open.value.rows[0]?.unread).toBe(0);
  });

  it('move a solved ticket to the closed ones, with its counts, and back', () => {
    lists.onFrame({
      type: 'inbox',
      ticket: ticketWith({ id: 'a', status: 'solved', version: 2, last_at: 9_000 }),
    });
    expect([ids('open'), ids('closed'), lists.open.value.count, lists.closed.value.count]).toEqual([
      [],
      ['a', 'b'],
      0,
      2,
    ]);
    lists.onFrame({ type: 'inbox', ticket: ticketWith({ id: 'a', status: 'open', version: 3 }) });
    expect([ids('open'), ids('closed'), lists.open.value.count, lists.closed.value.count]).toEqual([
      ['a'],
      ['b'],
      1,
      1,
    ]);
  });

  it('ignore an old row of the other list', () => {
    lists.onFrame({ type: 'inbox', ticket: ticketWith({ id: 'a', status: 'solved', version: 1 }) });
    expect([ids('open'), ids('closed')]).toEqual([['a'], ['b']]);
  });

  it('show a new ticket at once and lose one that left', async () => {
    lists.onFrame({ type: 'inbox', ticket: ticketWith({ id: 'c', last_at: 9_000 }) });
    expect(ids('open')).toEqual(['c', 'a']);
    lists.onFrame({ type: 'inbox_gone', ticket: 'a' });
    expect(ids('open')).toEqual(['c']);
    await settle();
  });
});
