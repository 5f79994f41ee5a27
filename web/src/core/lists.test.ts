import { describe, expect, it } from 'vitest';
import { appendPage, applyInbox, applyRead, mergeRead, removeRow } from './lists';
import { ticketWith } from './testing/examples';

const row = (id: string, version: number, theirs: number, unread: number, last_at = 1_000) => ({
  ticket: ticketWith({ id, version, theirs, last_at }),
  read_n: 0,
  unread,
});

describe('rows of a list', () => {
  it('keep the higher version and what was read stays read', () => {
    const rows = [row('a', 3, 5, 2)];
    const { rows: after, guessed } = applyInbox(rows, ticketWith({ id: 'a', version: 4, theirs: 7 }));
    expect(after[0]).toMatchObject({ unread: 4, ticket: { version: 4, theirs: 7 } });
    expect(guessed).toBe(false);
    expect(applyInbox(after, ticketWith({ id: 'a', version: 4, theirs: 9 })).rows).toBe(after);
    expect(applyInbox(after, ticketWith({ id: 'a', version: 2 })).rows).toBe(after);
  });

  it('put a new ticket in and say that its numbers are a guess', () => {
    const { rows, guessed } = applyInbox(
      [row('a', 1, 0, 0, 5_000)],
      ticketWith({ id: 'b', theirs: 2, last_at: 9_000 }),
    );
    expect(rows.map(({ ticket }) => ticket.id)).toEqual(['b', 'a']);
    expect(rows[0]?.unread).toBe(2);
    expect(guessed).toBe(true);
  });

  it('are ordered by their last change', () => {
    const rows = [row('a', 1, 0, 0, 5_000), row('b', 1, 0, 0, 4_000)];
    const after = applyInbox(rows, ticketWith({ id: 'b', version: 2, last_at: 6_000 })).rows;
    expect(after.map(({ ticket }) => ticket.id)).toEqual(['b', 'a']);
  });

  it('take unread from an own mark alone', () => {
    const mark = { participant: 'me', side: 'requester', delivered_n: 4, read_n: 4 } as const;
    expect(applyRead([row('a', 1, 3, 2)], 'a', mark, 0)[0]).toMatchObject({ unread: 0, read_n: 4 });
    expect(applyRead([row('a', 1, 3, 2)], 'a', mark, undefined)[0]).toMatchObject({ unread: 2, read_n: 0 });
  });

  it('read anew keep a row that a frame has made newer meanwhile', () => {
    const merged = mergeRead([row('a', 5, 4, 4)], [row('a', 4, 3, 1), row('b', 1, 0, 0)]);
    expect(merged[0]).toMatchObject({ unread: 2, ticket: { version: 5, theirs: 4 } });
    expect(merged).toHaveLength(2);
  });

  it('lose the one that left, and take a page without doubles', () => {
    expect(removeRow([row('a', 1, 0, 0)], 'a')).toEqual([]);
    const page = appendPage([row('a', 1, 0, 0)], [row('a', 1, 0, 0), row('b', 1, 0, 0)]);
    expect(page.map(({ ticket }) => ticket.id)).toEqual(['a', 'b']);
  });
});
