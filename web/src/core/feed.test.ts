import { describe, expect, it } from 'vitest';
import {
  applyEvent,
  applyMark,
  applyTicket,
  applyTyping,
  expireTyping,
  type Feed,
  feedOf,
  place,
  prependOlder,
  type Requesters,
  reach,
} from './feed';
import { eventWith, me, message, nora, snapshotOf, ticketWith } from './testing/examples';

const feedWith = (...events: Parameters<typeof snapshotOf>[0]) =>
  feedOf<Requesters>(snapshotOf(events), me.id);
const texts = (feed: Feed<Requesters>) =>
  feed.events.map(({ body }) => (body.kind === 'message' ? body.text : body.kind));

describe('a feed', () => {
  it('takes the next event, drops known ones and sees holes', () => {
    const feed = feedWith(message(1, me), message(2, nora));
    expect([1, 2, 3, 4].map((n) => place(feed as Feed, message(n, nora)))).toEqual([
      'known',
      'known',
      'next',
      'hole',
    ]);
    expect(applyEvent(feed, message(2, nora))).toBe(feed);
    expect(applyEvent(feed, message(4, nora))).toBe(feed);
    expect(applyEvent(feed, message(3, nora)).cursor).toBe(3);
  });

  it('folds an edit into its message and keeps its own number', () => {
    const feed = feedWith(message(1, me, 'first'), message(2, nora, 'secnd'));
    const after = applyEvent(
      feed,
      eventWith(3, nora, { kind: 'edited', target: 2, text: 'second' }, { at: 9 }),
    );
    expect(texts(after)).toEqual(['first', 'second']);
    expect(after.cursor).toBe(3);
    expect(after.events[1]?.body).toMatchObject({ edited_at: 9 });
  });

  it('folds a redaction: the text and the files are gone', () => {
    const feed = feedWith(message(1, me, 'my card number'));
    const after = applyEvent(feed, eventWith(2, nora, { kind: 'redacted', target: 1 }, { at: 9 }));
    expect(after.events[0]?.body).toEqual({
      kind: 'message',
      text: '',
      asks: false,
      attachments: [],
      redacted_at: 9,
    });
  });

  it('keeps the ticket: status, last line, what the other side wrote', () => {
    let feed = feedWith(message(1, me));
    feed = applyEvent(feed, message(2, nora, 'é'.repeat(200)));
    feed = applyEvent(feed, eventWith(3, nora, { kind: 'status', from: 'open', to: 'solved' }));
    expect(feed.ticket).toMatchObject({ status: 'solved', theirs: 1, last_n: 3, last_at: 4_000 });
    expect(feed.ticket.last_line).toEqual({ side: 'agent', name: 'Nora', text: `${'é'.repeat(139)}…` });
    expect(feed.unread).toBe(1);
  });

  it('counts no own message as unread', () => {
    expect(applyEvent(feedWith(), message(1, me)).unread).toBe(0);
  });

  it('is not set back by an inbox frame that events have overtaken', () => {
    let feed = feedWith(message(1, me));
    feed = applyEvent(feed, message(2, nora));
    expect(applyTicket(feed, ticketWith({ version: 2, last_n: 1, status: 'pending' }))).toBe(feed);
    expect(
      applyTicket(feed, ticketWith({ version: 2, last_n: 2, agent: { id: 'nora', name: 'Nora' } })).ticket
        .agent?.name,
    ).toBe('Nora');
  });

  it('is not changed twice by an event that an inbox frame has told already', () => {
    let feed = feedWith(message(1, me));
    feed = applyTicket(feed, ticketWith({ version: 2, last_n: 2, theirs: 1 }));
    expect(applyEvent(feed, message(2, nora)).ticket.theirs).toBe(1);
  });

  it('puts older pages in front and drops what overlaps', () => {
    const feed = { ...feedWith(message(3, me), message(4, nora)), has_older: true };
    const older = prependOlder(feed, snapshotOf([message(1, me), message(2, me), message(3, me)]));
    expect(older.events.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
    expect(older.has_older).toBe(false);
  });

  it('knows how far an own message has got', () => {
    let feed = feedWith(message(1, me), message(2, me), message(3, me));
    feed = applyMark(feed, { participant: 'nora', side: 'agent', delivered_n: 2, read_n: 1 });
    expect([1, 2, 3].map((n) => reach(feed as Feed, n, 'requester'))).toEqual(['seen', 'delivered', 'sent']);
  });

  it('takes its own mark as read, from whichever page it came', () => {
    const feed = { ...feedWith(message(1, nora)), read_n: 0, unread: 1 };
    const after = applyMark(feed, { participant: 'me', side: 'requester', delivered_n: 1, read_n: 1 }, 0);
    expect([after.read_n, after.unread]).toEqual([1, 0]);
  });

  it('ends typing after six seconds, or by the message', () => {
    const typing = { participant: 'nora', side: 'agent', name: 'Nora', kind: 'reply', file: false } as const;
    const feed = applyTyping(feedWith(), typing, 1_000);
    expect(feed.typing).toHaveLength(1);
    expect(expireTyping(feed, 6_999).typing).toHaveLength(1);
    expect(expireTyping(feed, 7_000).typing).toHaveLength(0);
    expect(applyEvent(feed, message(1, nora)).typing).toHaveLength(0);
    expect(applyTyping(feedWith(), { ...typing, participant: 'me' }, 1_000).typing).toHaveLength(0);
  });
});
