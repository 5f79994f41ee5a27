import { describe, expect, it } from 'vitest';
import { type Feed, feedOf, type Requesters } from '../core/feed';
import type { Unsent } from '../core/outbox';
import { eventWith, me, message, nora, snapshotOf } from '../core/testing/examples';
import type { PublicSnapshot } from '../protocol';
import { type LogItem, logItems, type MessageItem } from './log-items';

const view = { side: 'requester', now: 0, unread_after: null, me } as const;
const feed = (events: PublicSnapshot['events'], fields: Partial<PublicSnapshot> = {}): Feed<Requesters> =>
  feedOf<Requesters>(snapshotOf(events, fields), me.id);
const unsent = (client_id: string, fields: Partial<Unsent> = {}): Unsent => ({
  client_id,
  participant: me.id,
  ticket: 't1',
  kind: 'reply',
  text: client_id,
  files: [],
  at: 90_000,
  tab: 'tab',
  state: 'queued',
  ...fields,
});
const messages = (items: LogItem[]) => items.filter((item): item is MessageItem => item.kind === 'message');

describe('a conversation on the screen', () => {
  it('parts days and runs of one person', () => {
    const day_ms = 86_400_000;
    const items = logItems(
      feed([
        message(1, me, 'a'),
        message(2, me, 'b'),
        message(3, nora, 'c'),
        message(4, nora, 'd', { at: 10 * 60_000 }),
        message(5, nora, 'e', { at: day_ms + 1 }),
      ]),
      [],
      view,
    );
    expect(items.map(({ kind }) => kind)).toEqual([
      'day',
      'message',
      'message',
      'message',
      'message',
      'day',
      'message',
    ]);
    expect(messages(items).map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
      [true, true],
    ]);
  });

  it('puts one divider before the first unread message of the other side', () => {
    const events = [message(1, me), message(2, nora), message(3, me), message(4, nora), message(5, nora)];
    const items = logItems(feed(events), [], { ...view, unread_after: 2 });
    expect(items.findIndex(({ kind }) => kind === 'unread')).toBe(4);
    expect(items.filter(({ kind }) => kind === 'unread')).toHaveLength(1);
  });

  it('shows a text from greyed to seen under one key, never twice', () => {
    const before = messages(logItems(feed([message(1, me)]), [unsent('c1', { state: 'sending' })], view));
    expect(before.map(({ key, state }) => [key, state])).toEqual([
      ['n1', 'sent'],
      ['c1', 'sending'],
    ]);
    const committed = feed([message(1, me), message(2, me, 'c1', { client_id: 'c1' })], {
      marks: [{ participant: 'nora', side: 'agent', delivered_n: 2, read_n: 1 }],
    });
    const after = messages(logItems(committed, [unsent('c1', { state: 'sent', n: 2 })], view));
    expect(after.map(({ key, state, shows_state }) => [key, state, shows_state])).toEqual([
      ['n1', 'seen', true],
      ['c1', 'delivered', true],
    ]);
  });

  it('keeps a sent text until its event comes, and leaves other tickets’ texts out', () => {
    const items = messages(
      logItems(
        feed([message(1, me)]),
        [unsent('c1', { state: 'sent', n: 2 }), unsent('c2', { ticket: 't2' })],
        view,
      ),
    );
    expect(items.map(({ key, state }) => [key, state])).toEqual([
      ['n1', 'sent'],
      ['c1', 'sent'],
    ]);
  });

  it('parts a note that calls whoever looks from what was read, and no other note', () => {
    const agent = { ...me, side: 'agent' } as const;
    const note = (n: number, mentions: { id: string; name: string }[]) =>
      ({ n, at: n, author: nora, body: { kind: 'note', text: 'x', attachments: [], mentions } }) as never;
    const items = logItems(feed([note(1, []), note(2, [{ id: me.id, name: 'Amina' }])]), [], {
      ...view,
      side: 'agent',
      me: agent,
      own: ({ side }) => side === 'agent',
      unread_after: 0,
    });
    expect(items.map(({ kind }) => kind)).toEqual(['day', 'message', 'unread', 'message']);
    expect(messages(items).map(({ calls_me }) => calls_me)).toEqual([false, true]);
  });

  it('shows other events as lines', () => {
    const items = logItems(
      feed([eventWith(1, nora, { kind: 'status', from: 'open', to: 'solved' })]),
      [],
      view,
    );
    expect(items.map(({ kind }) => kind)).toEqual(['day', 'line']);
  });
});
