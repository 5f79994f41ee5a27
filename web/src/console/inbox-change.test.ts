// Live changes against a loaded list: nothing lost, nothing doubled, one order.

import { describe, expect, it } from 'vitest';
import { me, row, ticket } from './example-tickets';
import { type ListFacts, withChange } from './inbox-change';
import { fits } from './views';

const open: ListFacts = { fits: (each) => fits(each, { view: 'open', team: null }, me), hasMore: false };
const ids = (rows: readonly { ticket: { id: string } }[]) => rows.map((r) => r.ticket.id);

describe('an inbox frame', () => {
  const rows = [row('a', { last_at: 30 }), row('b', { last_at: 20 }, 1), row('c', { last_at: 10 })];

  it('moves the changed row to its place', () => {
    const after = withChange(rows, ticket('c', { last_at: 40, version: 2 }), open);
    expect(ids(after.rows)).toEqual(['c', 'a', 'b']);
  });
  it('is ignored when it is not newer than the row', () => {
    expect(withChange(rows, ticket('c', { last_at: 99, version: 1 }), open).rows).toBe(rows);
  });
  it('takes the row out when it no longer fits the view', () => {
    const after = withChange(rows, ticket('b', { status: 'solved', version: 2 }), open);
    expect(ids(after.rows)).toEqual(['a', 'c']);
  });
  it('lets a new ticket in, in order, all of it unread until the list is read again', () => {
    const after = withChange(rows, ticket('n', { last_at: 25, theirs: 2 }), open);
    expect(ids(after.rows)).toEqual(['a', 'n', 'b', 'c']);
    expect(after.rows[1]?.unread).toBe(2);
    expect(after.guessed).toBe(true);
  });
  it('changes nothing when it is about a ticket of another view', () => {
    expect(withChange(rows, ticket('n', { status: 'pending' }), open).rows).toBe(rows);
  });
  it('leaves a ticket of a page that is not loaded to that page', () => {
    expect(withChange(rows, ticket('n', { last_at: 5 }), { ...open, hasMore: true }).rows).toBe(rows);
  });
  it('counts what the requester wrote since as unread', () => {
    const after = withChange(rows, ticket('b', { last_at: 50, theirs: 3, version: 2 }), open);
    expect(after.rows[0]).toMatchObject({ unread: 3, ticket: { id: 'b' } });
  });
  it('has the hub say which tickets mention one, and keeps those it named', () => {
    const mentions: ListFacts = { fits: () => false, hasMore: false, by_hub_alone: true };
    const stranger = withChange(rows, ticket('n', { last_at: 25 }), mentions);
    expect([ids(stranger.rows), stranger.guessed]).toEqual([['a', 'b', 'c'], true]);
    const solved = withChange(rows, ticket('c', { last_at: 40, status: 'solved', version: 2 }), mentions);
    expect([ids(solved.rows), solved.guessed]).toEqual([['c', 'a', 'b'], true]);
  });
  it('takes what was read of it from another list that knew the ticket', () => {
    const known = { ...row('n', { theirs: 4 }), read_n: 9, unread: 0 };
    const after = withChange(rows, ticket('n', { theirs: 5, version: 2 }), { ...open, known });
    expect(after.rows.find((r) => r.ticket.id === 'n')).toMatchObject({ read_n: 9, unread: 1 });
    expect(after.guessed).toBe(false);
  });
});
