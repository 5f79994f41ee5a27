import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame } from '../protocol';
import { Outbox, type OutboxOptions, type Unsent } from './outbox';
import { memoryStore, openStore, type Store } from './storage';
import { fakeTabs, ManualClock, settle } from './testing/fakes';

let clock: ManualClock;
let sent: Extract<ClientFrame, { type: 'send' }>[];
let stuck: number;
let connected: boolean;

function outboxOn(
  store: Store,
  {
    participant = 'amina',
    tab = 'tab-1',
    alive = new Set<string>(),
    ...acts
  }: { participant?: string; tab?: string; alive?: Set<string> } & Pick<
    OutboxOptions,
    'giveBack' | 'onFollow'
  > = {},
): Outbox {
  return new Outbox({
    ...acts,
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

  it.each(['merged', 'continued'] as const)(
    'sends what a %s ticket refuses on, under the same id and in order',
    async (code) => {
      const store = await open();
      const outbox = outboxOn(store);
      outbox.connected();
      await outbox.post('t1', 'reply', 'one');
      await outbox.post('t1', 'reply', 'two');
      const merged = (index: number) => ({
        type: 'refused' as const,
        client_id: sent[index]?.client_id ?? '',
        code,
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
        ['t2', 't1'],
        ['t2', 't1'],
      ]);
      await settle();
      expect((await store.list<{ ticket: string }>('outbox', 'amina/')).map(({ ticket }) => ticket)).toEqual([
        't2',
      ]);
    },
  );

  it('shows what is refused there too where it was written', async () => {
    const store = await open();
    const solved: string[] = [];
    const outbox = outboxOn(store, { onFollow: async () => void solved.push('solved') });
    outbox.connected();
    await outbox.post('t1', 'reply', 'late', [], { hold_ms: 5_000, then_solve: true });
    clock.pass(5_000);
    const client_id = sent[0]?.client_id ?? '';
    const merged = { type: 'refused', client_id, code: 'merged', message: 'There.', ticket: 't2' } as const;
    outbox.onFrame(merged);
    outbox.onFrame({ type: 'refused', client_id, code: 'not_found', message: 'Not there.' });
    expect(outbox.items.value).toMatchObject([{ ticket: 't1', state: 'failed', text: 'late' }]);
    outbox.retry(client_id);
    outbox.onFrame(merged);
    outbox.onFrame({ type: 'sent', client_id, ticket: 't2', n: 4 });
    expect(sent.map(({ ticket }) => ticket)).toEqual(['t1', 't2', 't1', 't2']);
    await vi.waitFor(async () => expect(await store.list('outbox', 'amina/')).toEqual([]));
    // To solve the other ticket is not what was asked for.
    expect(solved).toEqual([]);
  });

  it('says whom a note calls, also after a reload, and nothing where it calls nobody', async () => {
    const store = await open();
    connected = false;
    await outboxOn(store).post('t1', 'note', '@Léna look', [], { mentions: ['lena'] });
    connected = true;
    const outbox = outboxOn(store);
    await outbox.open();
    outbox.connected();
    ack(outbox, 0);
    await outbox.post('t1', 'note', 'nobody');
    expect(sent.map((frame) => frame.mentions)).toEqual([['lena'], undefined]);
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

describe.each(stores)('a text that can be taken back, on %s', (_, open) => {
  const held = { hold_ms: 10_000 };

  it('goes when its time is over, and what was written after it after it', async () => {
    const outbox = outboxOn(await open());
    outbox.connected();
    await outbox.post('t1', 'reply', 'held', [], held);
    await outbox.post('t1', 'note', 'after it');
    await outbox.post('t2', 'reply', 'elsewhere');
    expect(states(outbox)).toEqual(['held: held', 'after it: queued', 'elsewhere: sending']);
    clock.pass(9_999);
    expect(texts()).toEqual(['elsewhere']);
    clock.pass(1);
    expect(texts()).toEqual(['elsewhere', 'held']);
    ack(outbox, 1);
    expect(texts()).toEqual(['elsewhere', 'held', 'after it']);
  });

  it('is given back, or sent: one of the two', async () => {
    const store = await open();
    const given: string[] = [];
    const outbox = outboxOn(store, { giveBack: async ({ text }) => void given.push(text) });
    outbox.connected();
    const early = await outbox.post('t1', 'reply', 'early', [], held);
    expect(await outbox.takeBack(early)).toBe(true);
    expect([await outbox.takeBack(early), given, states(outbox)]).toEqual([false, ['early'], []]);
    const late = await outbox.post('t1', 'reply', 'late', [], held);
    clock.pass(10_000);
    expect(await outbox.takeBack(late)).toBe(false);
    clock.pass(60_000);
    expect([given, texts()]).toEqual([['early'], ['late']]);
    await vi.waitFor(async () =>
      expect((await store.list<{ text: string }>('outbox', 'amina/')).map(({ text }) => text)).toEqual([
        'late',
      ]),
    );
  });

  it('goes on after a reload with the time that is left, in another tab too', async () => {
    const store = await open();
    const alive = new Set<string>();
    const before = outboxOn(store, { alive });
    before.connected();
    await before.post('t1', 'reply', 'held', [], held);
    clock.pass(4_000);
    before.close();
    alive.clear();
    const after = outboxOn(store, { tab: 'tab-2', alive });
    after.connected();
    await after.open();
    expect(states(after)).toEqual(['held: held']);
    clock.pass(5_999);
    expect(texts()).toEqual([]);
    clock.pass(1);
    expect(texts()).toEqual(['held']);
  });

  it('whose time is over at a reload goes at once', async () => {
    const store = await open();
    const alive = new Set<string>();
    const before = outboxOn(store, { alive });
    await before.post('t1', 'reply', 'held', [], held);
    before.close();
    alive.clear();
    clock.pass(11_000);
    const after = outboxOn(store, { tab: 'tab-2', alive });
    after.connected();
    await after.open();
    expect(texts()).toEqual(['held']);
  });

  it('that was taken back while the page died is given back by the next, and never sent', async () => {
    const store = await open();
    const alive = new Set<string>();
    const before = outboxOn(store, { alive, giveBack: () => new Promise(() => {}) });
    before.connected();
    const id = await before.post('t1', 'reply', 'wrong', [], held);
    void before.takeBack(id);
    await vi.waitFor(async () =>
      expect(await store.list('outbox', 'amina/')).toMatchObject([{ state: 'returned' }]),
    );
    before.close();
    alive.clear();
    const given: string[] = [];
    const after = outboxOn(store, {
      tab: 'tab-2',
      alive,
      giveBack: async ({ text }) => void given.push(text),
    });
    after.connected();
    await after.open();
    clock.pass(60_000);
    expect([given, texts(), await store.list('outbox', 'amina/')]).toEqual([['wrong'], [], []]);
  });

  it('has what follows done once it is sent, under one key over a reload', async () => {
    const store = await open();
    const alive = new Set<string>();
    const solved: (string | undefined)[] = [];
    const onFollow = async ({ follow }: Pick<Unsent, 'follow'>) => void solved.push(follow?.solve);
    const before = outboxOn(store, { alive, onFollow: () => new Promise(() => {}) });
    before.connected();
    await before.post('t1', 'reply', 'done', [], { ...held, then_solve: true });
    clock.pass(10_000);
    ack(before, 0);
    before.close();
    alive.clear();
    const after = outboxOn(store, { tab: 'tab-2', alive, onFollow });
    after.connected();
    await after.open();
    expect(sent[1]).toEqual(sent[0]);
    ack(after, 1);
    await vi.waitFor(async () => expect(await store.list('outbox', 'amina/')).toEqual([]));
    expect(solved).toEqual([expect.any(String)]);
  });

  it('keeps a text whose acts could not even be tried, with their key, for the next page', async () => {
    const store = await open();
    const alive = new Set<string>();
    const macro = { names: ['Refund'], actions: { solve: true, add_tags: [], remove_tags: [] } };
    const keys: (string | undefined)[] = [];
    const followed = async ({ follow }: Pick<Unsent, 'follow'>) => {
      keys.push(follow?.macro?.key);
      expect(follow?.macro).toMatchObject(macro);
      expect(follow?.solve).toBe(undefined);
    };
    const failing = async (item: Unsent) => {
      await followed(item);
      throw new Error('a part of the page could not be loaded');
    };
    const before = outboxOn(store, { alive, onFollow: failing });
    before.connected();
    await before.post('t1', 'reply', 'done', [], { macro });
    ack(before, 0);
    await vi.waitFor(() => expect(keys.length).toBe(1));
    before.close();
    alive.clear();
    const after = outboxOn(store, { tab: 'tab-2', alive, onFollow: followed });
    after.connected();
    await after.open();
    ack(after, 1);
    await vi.waitFor(async () => expect(await store.list('outbox', 'amina/')).toEqual([]));
    expect(keys).toEqual([expect.any(String), keys[0]]);
  });
});
