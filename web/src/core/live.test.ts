import { beforeEach, describe, expect, it } from 'vitest';
import type { PublicEvent, PublicSnapshot, ServerFrame } from '../protocol';
import { Refused } from './api';
import type { Requesters } from './feed';
import { Live } from './live';
import { Outbox } from './outbox';
import type { SocketClass } from './socket';
import { memoryStore } from './storage';
import { me, message, nora, snapshotOf } from './testing/examples';
import { FakePage, FakeSocket, fakeTabs, ManualClock, settle } from './testing/fakes';

let clock: ManualClock;
let page: FakePage;
let snapshots: (PublicSnapshot | Error)[];
let asked: (number | undefined)[];
let outbox: Outbox;
let outboxes: Outbox[];
let live: Live<Requesters>;

beforeEach(() => {
  FakeSocket.made = [];
  clock = new ManualClock();
  page = new FakePage();
  snapshots = [];
  outboxes = [];
  asked = [];
  live = new Live<Requesters>({
    path: '/v1/realtime',
    locale: () => 'en',
    readSnapshot: async (_, before) => {
      asked.push(before);
      const next = snapshots.shift() ?? new Error('unreachable');
      if (next instanceof Error) throw next;
      return next;
    },
    me: (snapshot) => snapshot.me,
    outboxes: () => outboxes,
    clock,
    page,
    WebSocket: FakeSocket as unknown as SocketClass,
    random: () => 0.5,
    origin: 'http://localhost:8080',
  });
  outbox = new Outbox({
    store: memoryStore(),
    tabs: fakeTabs('tab'),
    participant: me.id,
    send: live.send,
    onStuck: live.line.reconnect,
    clock,
  });
  outboxes = [outbox];
});

async function opened(...events: PublicEvent[]) {
  snapshots.push(snapshotOf(events));
  live.start();
  FakeSocket.last.welcome();
  const state = live.open('t1');
  await settle();
  return state;
}

const tell = (event: PublicEvent) => FakeSocket.last.tell({ type: 'event', ticket: 't1', event });
const numbers = (state: { value: { feed: { events: PublicEvent[] } | null } }) =>
  state.value.feed?.events.map(({ n }) => n);

describe('a live feed', () => {
  it('is its snapshot plus what comes after it', async () => {
    const state = await opened(message(1, me), message(2, nora));
    expect(FakeSocket.last.sentOf('subscribe')).toEqual([
      { type: 'subscribe', feeds: [{ ticket: 't1', after: 2 }] },
    ]);
    tell(message(2, nora));
    tell(message(3, nora));
    tell(message(3, nora));
    tell(message(4, me));
    expect(numbers(state)).toEqual([1, 2, 3, 4]);
  });

  it('subscribes anew, once, when it sees a hole', async () => {
    const state = await opened(message(1, me));
    tell(message(3, nora));
    tell(message(4, nora));
    expect(numbers(state)).toEqual([1]);
    expect(FakeSocket.last.sentOf('subscribe').map(({ feeds }) => feeds[0]?.after)).toEqual([1, 1]);
    FakeSocket.last.tell({ type: 'sync', ticket: 't1', from: 2, to: 4 });
    for (const n of [2, 3, 4]) tell(message(n, nora));
    expect(numbers(state)).toEqual([1, 2, 3, 4]);
  });

  it('resumes from its cursor after a cut, by hello alone', async () => {
    const state = await opened(message(1, me));
    tell(message(2, nora));
    FakeSocket.last.drop(1006);
    clock.pass(1_000);
    FakeSocket.last.welcome();
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'hello', feeds: [{ ticket: 't1', after: 2 }] });
    expect(FakeSocket.last.sentOf('subscribe')).toEqual([]);
    tell(message(3, nora));
    expect(numbers(state)).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined]);
  });

  // Invariant 10.
  it('applies nothing between reset and the new snapshot', async () => {
    const state = await opened(message(1, me), message(2, nora));
    snapshots.push(snapshotOf([message(1, me)], { epoch: 'e2' }));
    FakeSocket.last.tell({ type: 'reset', ticket: 't1', reason: 'epoch' });
    tell(message(3, nora));
    expect(numbers(state)).toEqual([1, 2]);
    await settle();
    expect(numbers(state)).toEqual([1]);
    expect(FakeSocket.last.sentOf('subscribe').at(-1)?.feeds).toEqual([{ ticket: 't1', after: 1 }]);
    tell(message(2, nora));
    expect(numbers(state)).toEqual([1, 2]);
  });

  // Invariant 22.
  it('is not changed by frames that this page does not know', async () => {
    const state = await opened(message(1, me));
    const before = state.value;
    const sent = FakeSocket.last.sent.length;
    for (const frame of [
      { type: 'weather', ticket: 't1' },
      { type: 'event' },
      { no: 'type' },
      7,
      null,
      'text',
      [],
    ])
      FakeSocket.last.tell(frame as unknown as ServerFrame);
    expect(state.value).toBe(before);
    expect(FakeSocket.last.sent.length).toBe(sent);
    tell(message(2, nora));
    expect(numbers(state)).toEqual([1, 2]);
  });

  it('is gone when it is not there for us', async () => {
    const state = await opened(message(1, me));
    FakeSocket.last.tell({ type: 'reset', ticket: 't1', reason: 'forbidden' });
    expect(state.value.phase).toBe('gone');
    snapshots.push(new Refused({ status: 404, code: 'not_found', title: 'No.', request_id: 'r' }));
    const other = live.open('t2');
    await settle();
    expect(other.value.phase).toBe('gone');
  });

  it('is read again by itself when the hub could not be reached', async () => {
    live.start();
    const state = live.open('t1');
    await settle();
    expect(state.value.phase).toBe('failed');
    snapshots.push(snapshotOf([message(1, me)]));
    clock.pass(3_000);
    await settle();
    expect(state.value.phase).toBe('ready');
    FakeSocket.last.welcome();
    expect(FakeSocket.last.sent[0]).toMatchObject({ feeds: [{ ticket: 't1', after: 1 }] });
  });

  it('replaces the greyed bubble by its event, and sends again what a cut swallowed', async () => {
    const state = await opened(message(1, me));
    await outbox.post('t1', 'reply', 'hello');
    const [first] = FakeSocket.last.sentOf('send');
    FakeSocket.last.drop(1006);
    expect(outbox.items.value[0]?.state).toBe('queued');
    clock.pass(1_000);
    FakeSocket.last.welcome();
    const [again] = FakeSocket.last.sentOf('send');
    expect(again).toEqual(first);
    tell(message(2, me, 'hello', { client_id: again?.client_id ?? '' }));
    expect(outbox.items.value).toEqual([]);
    FakeSocket.last.tell({ type: 'sent', client_id: again?.client_id ?? '', ticket: 't1', n: 2 });
    expect(outbox.items.value).toEqual([]);
    expect(numbers(state)).toEqual([1, 2]);
  });

  it('reports what reached it, at most every two seconds, and reads older pages once', async () => {
    snapshots.push(snapshotOf([message(5, nora)], { has_older: true }));
    live.start();
    FakeSocket.last.welcome();
    const state = live.open('t1');
    await settle();
    tell(message(6, nora));
    tell(message(7, nora));
    expect(FakeSocket.last.sentOf('delivered')).toEqual([]);
    clock.pass(2_000);
    expect(FakeSocket.last.sentOf('delivered')).toEqual([{ type: 'delivered', ticket: 't1', n: 7 }]);
    snapshots.push(snapshotOf([message(3, me), message(4, nora)]));
    expect(await Promise.all([live.loadOlder('t1'), live.loadOlder('t1')])).toEqual([true, false]);
    expect(numbers(state)).toEqual([3, 4, 5, 6, 7]);
    expect(asked).toEqual([undefined, 5]);
  });

  it('shares one feed between holders and unsubscribes after the last', async () => {
    await opened(message(1, me));
    live.open('t1');
    live.close('t1');
    expect(FakeSocket.last.sentOf('unsubscribe')).toEqual([]);
    live.close('t1');
    expect(FakeSocket.last.sentOf('unsubscribe')).toEqual([{ type: 'unsubscribe', tickets: ['t1'] }]);
  });
});
