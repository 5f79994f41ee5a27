import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame } from '../protocol';
import { Outbox } from './outbox';
import { memoryStore, openStore, type Store } from './storage';
import { fakeTabs, ManualClock, settle } from './testing/fakes';

let clock: ManualClock;
let sent: Extract<ClientFrame, { type: 'send' }>[];
let stuck: number;
let connected: boolean;

function outboxOn(
  store: Store,
  { participant = 'amina', tab = 'tab-1', alive = new Set<string>() } = {},
): Outbox {
  return new Outbox({
    store,
    tabs: fakeTabs(tab, alive),
    participant,
    clock,
    onStuck: () => stuck++,
    send: (frame) => {
      if (connected && frame.type === 'send') sent.push(frame);
      return connected;
    },
  });
}

const states = (outbox: Outbox) => outbox.items.value.map(({ text, state }) => `${text}: ${state}`);
const texts = () => sent.map(({ text }) => text);
const ack = (outbox: Outbox, index: number, n = index + 1) =>
  outbox.onFrame({ type: 'sent', client_id: sent[index]?.client_id ?? '', ticket: 't1', n });

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  stuck = 0;
  connected = true;
});

const stores: [string, () => Promise<Store>][] = [
  ['memory', async () => memoryStore()],
  ['IndexedDB', () => openStore(`test-${Math.random()}`)],
];

describe.each(stores)('the outbox on %s', (_, open) => {
  it('shows at once, sends in order, one at a time for each ticket', async () => {
    const outbox = outboxOn(await open());
    outbox.connected();
    await outbox.post('t1', 'reply', 'one');
    await outbox.post('t1', 'reply', 'two');
    await outbox.post('t2', 'reply', 'elsewhere');
    expect(texts()).toEqual(['one', 'elsewhere']);
    expect(states(outbox)).toEqual(['one: sending', 'two: queued', 'elsewhere: sending']);
    ack(outbox, 0);
    expect(texts()).toEqual(['one', 'elsewhere', 'two']);
  });

  it('sends what a merged ticket refuses on, under the same id and in order', async () => {
    const store = await open();
    const outbox = outboxOn(store);
    outbox.connected();
    await outbox.post('t1', 'reply', 'one');
    await outbox.post('t1', 'reply', 'two');
    const merged = (index: number) => ({
      type: 'refused' as const,
      client_id: sent[index]?.client_id ?? '',
      code: 'merged' as const,
      message: 'It goes on there.',
      ticket: 't2',
    });
    outbox.onFrame(merged(0));
    const where = () => sent.map(({ ticket, text }) => `${text} → ${ticket}`);
    // The second asks its own ticket too: it may have been accepted there.
    expect(where()).toEqual(['one → t1', 'one → t2', 'two → t1']);
    expect(sent[1]?.client_id).toBe(sent[0]?.client_id);
    outbox.onFrame(merged(2));
    expect(where()).toHaveLength(3);
    outbox.onFrame({ type: 'sent', client_id: sent[0]?.client_id ?? '', ticket: 't2', n: 4 });
    expect(where()[3]).toBe('two → t2');
    expect(outbox.items.value.map(({ ticket, sent_on }) => [ticket, sent_on])).toEqual([
      ['t2', true],
      ['t2', true],
    ]);
    await settle();
    expect((await store.list<{ ticket: string }>('outbox', 'amina/')).map(({ ticket }) => ticket)).toEqual([
      't2',
    ]);
  });

  it('sends what was cut off again under the same id, in the same order', async () => {
    const outbox = outboxOn(await open());
    outbox.connected();
    await outbox.post('t1', 'reply', 'one');
    await outbox.post('t1', 'reply', 'two');
    for (let cut = 0; cut < 5; cut++) {
      outbox.disconnected();
      outbox.connected();
    }
    expect(new Set(sent.map(({ client_id }) => client_id)).size).toBe(1);
    ack(outbox, 0);
    expect(texts().at(-1)).toBe('two');
  });

  it('finds everything again after a reload', async () => {
    const store = await open();
    const alive = new Set<string>();
    const before = outboxOn(store, { alive });
    await before.post('t1', 'reply', 'one');
    await before.post('t1', 'reply', 'two');
    alive.clear();
    const after = outboxOn(store, { tab: 'tab-2', alive });
    await after.open();
    expect(states(after)).toEqual(['one: queued', 'two: queued']);
    after.connected();
    ack(after, 0);
    ack(after, 1);
    await settle();
    expect(texts()).toEqual(['one', 'two']);
    expect(await after.unsentCount()).toBe(0);
  });

  it('leaves the texts of a tab that is alive to that tab', async () => {
    const store = await open();
    const alive = new Set<string>();
    const first = outboxOn(store, { alive });
    await first.post('t1', 'reply', 'mine');
    const second = outboxOn(store, { tab: 'tab-2', alive });
    await second.open();
    expect(second.items.value).toEqual([]);
    expect(await second.unsentCount()).toBe(1);
    alive.delete('tab-1');
    await vi.waitFor(() => expect(states(second)).toEqual(['mine: queued']));
  });

  it('never takes another participant’s texts', async () => {
    const store = await open();
    await outboxOn(store).post('t1', 'reply', 'of Amina');
    const other = outboxOn(store, { participant: 'bela', tab: 'tab-2' });
    await other.open();
    other.connected();
    expect(texts()).toEqual([]);
    await other.clear();
    expect(await outboxOn(store).unsentCount()).toBe(1);
  });

  it('keeps a refused text with the hub’s sentence until the person decides', async () => {
    const store = await open();
    const outbox = outboxOn(store);
    outbox.connected();
    const id = await outbox.post('t1', 'reply', 'too long');
    outbox.onFrame({ type: 'refused', client_id: id, code: 'too_long', message: 'Too long.' });
    expect(outbox.items.value[0]).toMatchObject({
      state: 'failed',
      refusal: { code: 'too_long', message: 'Too long.' },
    });
    outbox.disconnected();
    outbox.connected();
    expect(sent).toHaveLength(1);
    outbox.retry(id);
    expect(sent.map(({ client_id }) => client_id)).toEqual([id, id]);
    outbox.onFrame({ type: 'refused', client_id: id, code: 'too_long', message: 'Too long.' });
    await outbox.discard(id);
    expect(outbox.items.value).toEqual([]);
    expect(await outbox.unsentCount()).toBe(0);
  });

  it('waits as the hub asks and keeps the order meanwhile', async () => {
    const outbox = outboxOn(await open());
    outbox.connected();
    const id = await outbox.post('t1', 'reply', 'one');
    await outbox.post('t1', 'reply', 'two');
    outbox.onFrame({
      type: 'refused',
      client_id: id,
      code: 'too_many_requests',
      message: 'Slowly.',
      retry_after_ms: 3_000,
    });
    clock.pass(2_999);
    expect(texts()).toEqual(['one']);
    clock.pass(1);
    expect(texts()).toEqual(['one', 'one']);
  });
});

describe('the outbox', () => {
  it('shows a sent text until its event is there, whichever comes first', async () => {
    const outbox = outboxOn(memoryStore());
    outbox.connected();
    const id = await outbox.post('t1', 'reply', 'one');
    ack(outbox, 0, 9);
    expect(outbox.items.value[0]).toMatchObject({ state: 'sent', n: 9 });
    outbox.shown(id);
    expect(outbox.items.value).toEqual([]);
    const second = await outbox.post('t1', 'reply', 'two');
    outbox.acknowledged(second, 10);
    outbox.shown(second);
    ack(outbox, 1, 10);
    expect(outbox.items.value).toEqual([]);
  });

  it('sends nothing more once it is closed, whatever wakes it', async () => {
    const outbox = outboxOn(memoryStore());
    outbox.connected();
    const id = await outbox.post('t1', 'reply', 'one');
    outbox.onFrame({
      type: 'refused',
      client_id: id,
      code: 'too_many_requests',
      message: 'Slowly.',
      retry_after_ms: 3_000,
    });
    outbox.close();
    outbox.connected();
    clock.pass(60_000);
    outbox.retry(id);
    expect(texts()).toEqual(['one']);
    expect(await outbox.unsentCount()).toBe(1);
  });

  it('gives up a socket that swallowed a frame', async () => {
    const outbox = outboxOn(memoryStore());
    outbox.connected();
    await outbox.post('t1', 'reply', 'one');
    clock.pass(14_999);
    expect(stuck).toBe(0);
    clock.pass(1);
    expect(stuck).toBe(1);
  });

  it('sends although nothing can be kept', async () => {
    const full: Store = { ...memoryStore(), put: async () => Promise.reject(new Error('full')) };
    const outbox = outboxOn(full);
    outbox.connected();
    await outbox.post('t1', 'reply', 'one').catch(() => {});
    expect(texts()).toEqual(['one']);
  });
});
