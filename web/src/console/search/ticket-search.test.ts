import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SearchHit, SearchHits } from '../../protocol';
import { row, ticket } from '../example-tickets';
import { TicketSearch } from './ticket-search';

const hit = (id: string, n: number): SearchHit => ({
  row: row(id),
  matched: 'message',
  n,
  at: n,
  excerpt: [{ text: 'card', found: true }],
});

/** A hub whose answers are given by hand, in any order. */
function hub() {
  const asked: { q: string; after: string | undefined; answer: (hits: SearchHits | Error) => void }[] = [];
  const search = new TicketSearch(
    (q, after) =>
      new Promise((done, fail) => {
        asked.push({ q, after, answer: (hits) => (hits instanceof Error ? fail(hits) : done(hits)) });
      }),
  );
  const answered = async (index: number, hits: SearchHits | Error) => {
    asked[index]?.answer(hits);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { search, asked, answered };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a search', () => {
  it('waits for a pause, and an answer that was overtaken changes nothing', async () => {
    const { search, asked, answered } = hub();
    for (const q of ['c', 'ca', ' car ']) search.type(q);
    await vi.advanceTimersByTimeAsync(250);
    expect(asked.map(({ q }) => q)).toEqual(['car']);
    search.type('card');
    await vi.advanceTimersByTimeAsync(250);
    await answered(0, { hits: [hit('old', 1)] });
    expect(search.state.value).toMatchObject({ q: 'card', phase: 'loading', hits: [] });
    await answered(1, { hits: [hit('a', 2)] });
    expect(search.state.value).toMatchObject({ phase: 'ready', next: null });
    expect(search.state.value.hits.map(({ n }) => n)).toEqual([2]);
    search.type(' ');
    expect(search.state.value).toMatchObject({ q: '', hits: [], phase: 'ready' });
  });

  it('goes on page by page, past an empty one, and stops at a page that failed', async () => {
    const { search, asked, answered } = hub();
    search.type('card');
    await vi.advanceTimersByTimeAsync(250);
    await answered(0, { hits: [hit('a', 5)], next: 'p2' });
    void search.readMore();
    void search.readMore();
    expect(asked.map(({ after }) => after)).toEqual([undefined, 'p2']);
    await answered(1, { hits: [], next: 'p3' });
    expect(search.state.value).toMatchObject({ next: 'p3', loading_more: false });
    void search.readMore();
    await answered(2, new Error('cut off'));
    expect(search.state.value).toMatchObject({ next: 'p3', more_failed: true, phase: 'ready' });
    void search.readMore();
    await answered(3, { hits: [hit('b', 3)] });
    expect(search.state.value.hits.map(({ n }) => n)).toEqual([5, 3]);
    expect(search.state.value).toMatchObject({ next: null, more_failed: false });
  });

  it('keeps its hits, with their tickets as they are now, and loses what left the reach', async () => {
    const { search, answered } = hub();
    search.type('card');
    await vi.advanceTimersByTimeAsync(250);
    await answered(0, { hits: [hit('a', 5), hit('b', 4), hit('a', 3)] });
    const before = search.state.value.hits[0]?.row.ticket.version ?? 0;
    search.onFrame({ type: 'inbox', ticket: ticket('a', { status: 'solved', version: before + 1 }) });
    expect(search.state.value.hits.map(({ row }) => row.ticket.status)).toEqual(['solved', 'open', 'solved']);
    search.onFrame({ type: 'inbox_gone', ticket: 'a' });
    expect(search.state.value.hits.map(({ n }) => n)).toEqual([4]);
  });
});
