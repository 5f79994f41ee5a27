import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attachment, ClientFrame, ErrorCode } from '../protocol';
import { Refused, Unreachable } from './api';
import { Outbox } from './outbox';
import { memoryStore, openStore, type Store } from './storage';
import { fakeTabs, ManualClock, settle } from './testing/fakes';
import type { UploadRequest } from './upload-request';
import { Uploads, unopened } from './uploads';

/** One request as the hub sees it: the test says what becomes of it. */
class Asked {
  stopped = false;
  readonly answer: Promise<Attachment>;
  #done!: { resolve: (attachment: Attachment) => void; reject: (error: unknown) => void };
  constructor(readonly request: UploadRequest) {
    this.answer = new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
    });
  }
  get name(): string {
    return decodeURIComponent(this.request.url.split('name=')[1] ?? '');
  }
  async takes(id = `at-${this.name}`): Promise<void> {
    this.#done.resolve({ id, name: this.name, media_type: 'image/png', bytes: 3 });
    await settle();
  }
  async refuses(code: ErrorCode, retry_after_s?: number): Promise<void> {
    const problem = { status: 413, code, title: `No: ${code}.`, request_id: 'r' };
    this.#done.reject(new Refused({ ...problem, ...(retry_after_s !== undefined && { retry_after_s }) }));
    await settle();
  }
  async isCut(): Promise<void> {
    this.#done.reject(new Unreachable('cut'));
    await settle();
  }
}

type Send = Extract<ClientFrame, { type: 'send' }>;
let clock: ManualClock;
let asked: Asked[];
let sent: Send[];
let told: string[];

interface Page {
  outbox: Outbox;
  uploads: Uploads;
}

function pageOn(
  store: Store,
  { participant = 'amina', tab = 'tab-1', alive = new Set<string>() } = {},
): Page {
  const tabs = fakeTabs(tab, alive);
  const outbox: Outbox = new Outbox({
    store,
    tabs,
    participant,
    clock,
    onStuck: () => {},
    send: (frame) => {
      if (frame.type === 'send') sent.push(frame);
      return true;
    },
    attached: (text) => uploads.attached(text),
  });
  const uploads: Uploads = new Uploads({
    store,
    tabs,
    participant,
    audience: 'requester',
    outbox,
    clock,
    random: () => 1,
    onBytes: (ticket, kind) => told.push(`${ticket}/${kind}`),
    request: (request) => {
      const one = new Asked(request);
      asked.push(one);
      return { answer: one.answer, stop: () => (one.stopped = true) };
    },
  });
  outbox.connected();
  return { outbox, uploads };
}

const file = (name: string) => new File(['abc'], name, { type: 'image/png' });
const states = (uploads: Uploads) => uploads.items.value.map(({ name, state }) => `${name}: ${state}`);
const ids = (uploads: Uploads) => uploads.drafts('t1', 'reply').map(({ id }) => id);
const open = async ({ outbox, uploads }: Page) => {
  await outbox.open();
  await uploads.open();
  await settle();
};

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  sent = [];
  told = [];
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response(null, { status: 204 })),
  );
});

const stores: [string, () => Promise<Store>][] = [
  ['memory', async () => memoryStore()],
  ['IndexedDB', () => openStore(`test-${Math.random()}`)],
];

describe.each(stores)('files on their way up, kept in %s', (_, openOne) => {
  it('go two at a time, under a key of their own each', async () => {
    const { uploads } = pageOn(await openOne());
    uploads.add('t1', 'reply', [file('a'), file('b'), file('c')]);
    expect(states(uploads)).toEqual(['a: sending', 'b: sending', 'c: waiting']);
    expect(asked.map(({ request }) => request.url)).toEqual([
      '/v1/tickets/t1/attachments?name=a',
      '/v1/tickets/t1/attachments?name=b',
    ]);
    await asked[0]?.takes();
    expect(states(uploads)).toEqual(['a: up', 'b: sending', 'c: sending']);
    expect(new Set(asked.map(({ request }) => request.key)).size).toBe(3);
    expect(told).toContain('t1/reply');
  });

  it('hold their text back until all are up, and what was written after it too', async () => {
    const { outbox, uploads } = pageOn(await openOne());
    uploads.add('t1', 'reply', [file('a'), file('b')]);
    await outbox.post('t1', 'reply', 'see both', ids(uploads));
    await outbox.post('t1', 'reply', 'after it');
    await outbox.post('t2', 'reply', 'elsewhere');
    expect(uploads.drafts('t1', 'reply')).toEqual([]);
    await asked[0]?.takes('at-1');
    expect(sent.map(({ text }) => text)).toEqual(['elsewhere']);
    await asked[1]?.takes('at-2');
    expect(sent.at(-1)).toMatchObject({ text: 'see both', attachments: ['at-1', 'at-2'] });
    outbox.acknowledged(sent.at(-1)?.client_id ?? '', 4);
    expect(sent.at(-1)).toMatchObject({ text: 'after it', attachments: [] });
    expect(uploads.items.value).toEqual([]);
  });

  it('go on after a reload: those of a composer there, those of a text with it, once', async () => {
    const store = await openOne();
    const alive = new Set<string>();
    const before = pageOn(store, { alive });
    before.uploads.add('t1', 'reply', [file('sent')]);
    await before.outbox.post('t1', 'reply', '', ids(before.uploads));
    before.uploads.add('t1', 'reply', [file('draft')]);
    const [first] = asked;
    await vi.waitFor(async () => expect(await store.list('files', 'amina/')).toHaveLength(2));
    before.outbox.close();
    before.uploads.close();
    alive.clear();
    const after = pageOn(store, { tab: 'tab-2', alive });
    await open(after);
    await vi.waitFor(() => expect(states(after.uploads)).toEqual(['sent: sending', 'draft: sending']));
    expect(after.uploads.drafts('t1', 'reply').map(({ name }) => name)).toEqual(['draft']);
    expect(asked[2]?.request.key).toBe(first?.request.key);
    expect(await asked[2]?.request.bytes.text()).toBe('abc');
    await asked[2]?.takes();
    expect(sent).toMatchObject([{ text: 'sent', attachments: ['at-sent'] }]);
  });

  it('send the same message again although the page died before the answer', async () => {
    const store = await openOne();
    const alive = new Set<string>();
    const before = pageOn(store, { alive });
    before.uploads.add('t1', 'reply', [file('a')]);
    await before.outbox.post('t1', 'reply', 'words', ids(before.uploads));
    await asked[0]?.takes();
    await vi.waitFor(async () =>
      expect(await store.list('outbox', 'amina/')).toMatchObject([{ sent_as: { attachments: ['at-a'] } }]),
    );
    // The hub has it, and the file with it.
    await store.removeAll('files', 'amina/');
    before.outbox.close();
    before.uploads.close();
    alive.clear();
    const after = pageOn(store, { tab: 'tab-2', alive });
    await open(after);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(sent[0]);
    expect(asked).toHaveLength(1);
  });

  it('of a request wait until there is a ticket, and then go with a message of whoever opened it', async () => {
    const store = await openOne();
    const visitor = pageOn(store, { participant: 'visitor' });
    visitor.uploads.add(unopened, 'reply', [file('a'), file('b')]);
    expect(states(visitor.uploads)).toEqual(['a: held', 'b: held']);
    expect(asked).toEqual([]);
    await visitor.uploads.opened('t1');
    expect(asked).toEqual([]);
    const guest = pageOn(store, { participant: 'guest', tab: 'tab-2' });
    await open(guest);
    await guest.uploads.postOpened('t1', 'visitor');
    await guest.uploads.postOpened('t1', 'visitor');
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    for (const each of asked) await each.takes();
    expect(sent).toMatchObject([{ ticket: 't1', text: 'a, b', attachments: ['at-a', 'at-b'] }]);
    expect(await store.list('files', 'visitor/')).toEqual([]);
  });
});

describe('files on their way up', () => {
  it('are tried again when the line was cut, later and later, or at once when it is back', async () => {
    const { uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    await asked[0]?.isCut();
    expect(states(uploads)).toEqual(['a: waiting']);
    clock.pass(999);
    expect(asked).toHaveLength(1);
    clock.pass(1);
    expect(asked).toHaveLength(2);
    await asked[1]?.isCut();
    clock.pass(1_999);
    expect(asked).toHaveLength(2);
    uploads.wake();
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ request }) => request.key)).size).toBe(1);
  });

  it('wait as long as the hub says, while it says why', async () => {
    const { uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    await asked[0]?.refuses('disk_full', 30);
    expect(uploads.items.value[0]).toMatchObject({
      state: 'waiting',
      refusal: { message: 'No: disk_full.' },
    });
    clock.pass(29_999);
    expect(asked).toHaveLength(1);
    clock.pass(1);
    expect(asked).toHaveLength(2);
  });

  it('that are refused wait for the person and let other texts pass', async () => {
    const { outbox, uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    const id = await outbox.post('t1', 'reply', 'with it', ids(uploads));
    await outbox.post('t1', 'reply', 'after it');
    await asked[0]?.refuses('quota_reached');
    expect(states(uploads)).toEqual(['a: failed']);
    expect(sent.map(({ text }) => text)).toEqual(['after it']);
    outbox.acknowledged(sent[0]?.client_id ?? '', 1);
    const [failed] = uploads.items.value;
    uploads.retry(failed?.id ?? '');
    await asked[1]?.refuses('quota_reached');
    uploads.cancel(failed?.id ?? '');
    await outbox.withoutFile(id, failed?.id ?? '');
    expect(sent.map(({ text, attachments }) => [text, attachments])).toEqual([
      ['after it', []],
      ['with it', []],
    ]);
  });

  it('that are taken out of a text without a word take it with them', async () => {
    const { outbox, uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    const id = await outbox.post('t1', 'reply', '', ids(uploads));
    const [one] = uploads.items.value;
    uploads.cancel(one?.id ?? '');
    await outbox.withoutFile(id, one?.id ?? '');
    expect(asked[0]?.stopped).toBe(true);
    expect([outbox.items.value, uploads.items.value, sent]).toEqual([[], [], []]);
  });

  it('of a text that is taken back stand in its composer again, and go with the next', async () => {
    const { outbox, uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    const id = await outbox.post('t1', 'reply', 'too soon', ids(uploads), { hold_ms: 10_000 });
    expect(uploads.drafts('t1', 'reply')).toEqual([]);
    const [text] = outbox.items.value;
    if (text) uploads.giveBack(text);
    await outbox.takeBack(id);
    await asked[0]?.takes('at-1');
    expect(uploads.drafts('t1', 'reply').map(({ name }) => name)).toEqual(['a']);
    await outbox.post('t1', 'reply', 'now', ids(uploads));
    expect(sent).toMatchObject([{ text: 'now', attachments: ['at-1'] }]);
  });

  it('go up anew where a merged ticket leads, with the text that names them', async () => {
    const { outbox, uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    await outbox.post('t1', 'reply', 'late', ids(uploads));
    await asked[0]?.takes('of-t1');
    const client_id = sent[0]?.client_id ?? '';
    outbox.onFrame({ type: 'refused', client_id, code: 'merged', message: 'There.', ticket: 't2' });
    await settle();
    expect(asked.map(({ request }) => request.url)).toEqual([
      '/v1/tickets/t1/attachments?name=a',
      '/v1/tickets/t2/attachments?name=a',
    ]);
    await asked[1]?.takes('of-t2');
    expect(sent.map(({ ticket, attachments }) => [ticket, attachments])).toEqual([
      ['t1', ['of-t1']],
      ['t2', ['of-t2']],
    ]);
    expect(sent[1]?.client_id).toBe(client_id);
  });

  it('that the hub forgot go up once more, under another key', async () => {
    const { outbox, uploads } = pageOn(memoryStore());
    uploads.add('t1', 'reply', [file('a')]);
    await outbox.post('t1', 'reply', 'a day later', ids(uploads));
    await asked[0]?.takes('old');
    const refused = () =>
      outbox.onFrame({
        type: 'refused',
        client_id: sent[0]?.client_id ?? '',
        code: 'not_found',
        message: 'Not there.',
        field: 'attachments',
      });
    refused();
    await settle();
    expect(asked).toHaveLength(2);
    expect(asked[1]?.request.key).not.toBe(asked[0]?.request.key);
    await asked[1]?.takes('new');
    expect(sent.map(({ attachments }) => attachments)).toEqual([['old'], ['new']]);
    refused();
    await settle();
    expect(asked).toHaveLength(2);
    expect(outbox.items.value[0]?.state).toBe('failed');
  });

  it('of one composer are none of another’s', async () => {
    const { uploads } = pageOn(memoryStore());
    uploads.add('t1', 'note', [file('secret')]);
    expect(uploads.drafts('t1', 'reply')).toEqual([]);
    expect(uploads.drafts('t2', 'note')).toEqual([]);
    expect(uploads.drafts('t1', 'note').map(({ name }) => name)).toEqual(['secret']);
  });

  it('are counted and forgotten when somebody signs out', async () => {
    const store = memoryStore();
    const { outbox, uploads } = pageOn(store);
    uploads.add('t1', 'reply', [file('sent')]);
    await outbox.post('t1', 'reply', 'words', ids(uploads));
    uploads.add('t1', 'reply', [file('draft')]);
    await settle();
    expect([await outbox.unsentCount(), await uploads.draftCount()]).toEqual([1, 1]);
    await uploads.clear();
    expect(asked.every(({ stopped }) => stopped)).toBe(true);
    expect(await store.list('files', 'amina/')).toEqual([]);
  });

  it('are sent although nothing can be kept', async () => {
    const full: Store = { ...memoryStore(), put: async () => Promise.reject(new Error('full')) };
    const { outbox, uploads } = pageOn(full);
    uploads.add('t1', 'reply', [file('a')]);
    await outbox.post('t1', 'reply', 'words', ids(uploads)).catch(() => {});
    await asked[0]?.takes();
    expect(sent).toMatchObject([{ text: 'words', attachments: ['at-a'] }]);
  });
});
