import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PublicEvent, PublicSnapshot } from '../protocol';
import { Unreachable } from './api';
import { attend_every_ms, delivered_every_ms } from './attention';
import type { Requesters } from './feed';
import { calm_retry_ms_max, failures_before_polling } from './line';
import { Live } from './live';
import { Outbox } from './outbox';
import { grace_ms, hidden_every_ms, stale_every_ms } from './polling';
import type { SocketClass } from './socket';
import { memoryStore } from './storage';
import { me, message, nora, snapshotOf, ticketWith } from './testing/examples';
import { FakePage, FakeSocket, fakeTabs, ManualClock } from './testing/fakes';

/** What the hub would answer over HTTP: a log, and requests that are held open until it grows. */
class HttpHub {
  up = true;
  signed_in = true;
  epoch = 'e1';
  log: PublicEvent[] = [];
  read: number[] = [];
  delivered: number[] = [];
  /** What was said about attention, in order. */
  attention: string[] = [];
  asked: string[] = [];
  posts: { key: string | null; text: string }[] = [];
  refuses: { status: number; code: string; retry_after_s?: number } | null = null;
  #grown = new Set<() => void>();

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push(`${init.method} ${url}`);
    if (!this.up) throw new TypeError('connection refused');
    if (this.refuses && init.method === 'POST')
      return json(
        { ...this.refuses, title: 'No.', request_id: 'r' },
        this.refuses.status,
        'application/problem+json',
      );
    const query = new URL(url, 'http://hub').searchParams;
    if (url.includes('/events')) {
      if (query.has('wait')) await this.#more(Number(query.get('after')), init.signal);
      if (!this.up) throw new TypeError('connection reset');
      const after = Number(query.get('after'));
      return json({
        epoch: this.epoch,
        events: this.log.filter(({ n }) => n > after),
        last_n: this.log.at(-1)?.n ?? 0,
      });
    }
    if (init.method === 'PUT') {
      const { n, attends } = JSON.parse(String(init.body));
      if (url.endsWith('/read')) this.read.push(n);
      else if (url.endsWith('/delivered')) this.delivered.push(n);
      else this.attention.push(`${url.split('/').at(-2)} ${attends}`);
      return new Response(null, { status: 204 });
    }
    return json({ n: this.post(init), client_id: '' });
  };

  say(...events: PublicEvent[]): void {
    this.log.push(...events);
    this.#wake();
  }

  falls(): void {
    this.up = false;
    this.#wake();
  }

  /** As the real one: the same key is written once and gets the same number. */
  private post(init: RequestInit): number {
    const key = new Headers(init.headers).get('Idempotency-Key');
    const { text } = JSON.parse(String(init.body));
    this.posts.push({ key, text });
    const known = this.log.find(({ client_id }) => client_id === key);
    if (known) return known.n;
    const n = (this.log.at(-1)?.n ?? 0) + 1;
    this.say(message(n, me, text, { client_id: key ?? '' }));
    return n;
  }

  async #more(after: number, signal: AbortSignal | null | undefined): Promise<void> {
    if ((this.log.at(-1)?.n ?? 0) > after) return;
    await new Promise<void>((resolve, reject) => {
      this.#grown.add(resolve);
      signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  }

  #wake(): void {
    for (const resolve of this.#grown) resolve();
    this.#grown.clear();
  }
}

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } });

let hub: HttpHub;
let clock: ManualClock;
let visible: boolean;
let page: FakePage;
let snapshot: Partial<PublicSnapshot>;
let stale: number;
let live: Live<Requesters>;
let outbox: Outbox;
let outboxes: Outbox[];

beforeEach(() => {
  FakeSocket.made = [];
  hub = new HttpHub();
  clock = new ManualClock();
  visible = true;
  page = new FakePage();
  snapshot = {};
  stale = 0;
  outboxes = [];
  vi.stubGlobal('fetch', hub.fetch);
  live = new Live<Requesters>({
    path: '/v1/realtime',
    locale: () => 'en',
    readSnapshot: async () => {
      if (!hub.up) throw new Unreachable('no');
      return snapshotOf([...hub.log], { epoch: hub.epoch, ...snapshot });
    },
    me: (each) => each.me,
    outboxes: () => outboxes,
    signedIn: async () => {
      if (!hub.up) throw new Unreachable('no');
      return hub.signed_in;
    },
    clock,
    page,
    visible: () => visible,
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
  outboxes.push(outbox);
  live.listen((frame) => {
    if (frame.type === 'stale') stale++;
  });
});
afterEach(() => {
  live.stop();
  vi.unstubAllGlobals();
});

const until = (check: () => void) => vi.waitFor(check, { timeout: 2_000, interval: 1 });
/** The next socket is refused at once, as by a network that blocks them. */
const refused = () => FakeSocket.last.drop(1006);

/** Where sockets are blocked: a few refusals, then HTTP. */
async function blocked() {
  live.start();
  for (let failure = 1; failure < failures_before_polling; failure++) {
    refused();
    while (FakeSocket.made.length === failure) clock.pass(100);
  }
  refused();
  // The hub answers over HTTP: the socket is given one more chance.
  await until(() => expect(FakeSocket.made.length).toBeGreaterThan(failures_before_polling));
  refused();
  clock.pass(grace_ms);
  expect(live.connection.value).toBe('polling');
}

async function talking() {
  hub.log = [message(1, me)];
  const state = live.open('t1');
  await until(() => expect(state.value.phase).toBe('ready'));
  await blocked();
  await until(() => expect(hub.asked).toContain('GET /v1/tickets/t1/events?after=1&limit=500'));
  return state;
}
const numbers = (state: { value: { feed: { events: PublicEvent[] } | null } }) =>
  state.value.feed?.events.map(({ n }) => n);

describe('a line whose sockets are blocked', () => {
  it('shows over HTTP what others write, in order, once', async () => {
    const state = await talking();
    hub.say(message(2, nora), message(3, nora));
    await until(() => expect(numbers(state)).toEqual([1, 2, 3]));
    hub.say(message(4, nora));
    await until(() => expect(numbers(state)).toEqual([1, 2, 3, 4]));
  });

  it('sends under the client id, so that a repeat doubles nothing', async () => {
    const state = await talking();
    const client_id = await outbox.post('t1', 'reply', 'hello');
    await until(() => expect(numbers(state)).toEqual([1, 2]));
    expect(outbox.items.value).toEqual([]);
    expect(hub.posts).toEqual([{ key: client_id, text: 'hello' }]);
  });

  it('keeps what is written while the hub is down, and sends it once when it is back', async () => {
    const state = await talking();
    hub.falls();
    await until(() => expect(live.connection.value).toBe('reconnecting'));
    await outbox.post('t1', 'reply', 'one');
    await outbox.post('t1', 'reply', 'two');
    expect(outbox.items.value.map(({ state: each }) => each)).toEqual(['queued', 'queued']);
    hub.up = true;
    await until(() => {
      clock.pass(1_000);
      if (FakeSocket.last.readyState === 0) refused();
      expect(live.connection.value).toBe('polling');
    });
    await until(() => expect(numbers(state)).toEqual([1, 2, 3]));
    expect(hub.log.map(({ body }) => 'text' in body && body.text)).toEqual(['text 1', 'one', 'two']);
    expect(outbox.items.value).toEqual([]);
  });

  it('tells a refusal, and rests when it is asked to', async () => {
    await talking();
    hub.refuses = { status: 422, code: 'too_long' };
    await outbox.post('t1', 'reply', 'long');
    await until(() =>
      expect(outbox.items.value[0]).toMatchObject({ state: 'failed', refusal: { code: 'too_long' } }),
    );
    hub.refuses = { status: 503, code: 'unavailable', retry_after_s: 2 };
    await outbox.post('t1', 'reply', 'later');
    await until(() =>
      expect(outbox.items.value[1]).toMatchObject({ state: 'queued', refusal: { code: 'unavailable' } }),
    );
    hub.refuses = null;
    clock.pass(2_000);
    await until(() => expect(hub.log).toHaveLength(2));
    expect(live.connection.value).toBe('polling');
  });

  it('moves the read mark by PUT, and reads marks, people and lists again', async () => {
    const state = await talking();
    hub.say(message(2, nora));
    await until(() => expect(state.value.feed?.unread).toBe(1));
    snapshot = {
      unread: 0,
      read_n: 2,
      marks: [{ participant: 'nora', side: 'agent', delivered_n: 2, read_n: 2 }],
      people: [{ id: 'nora', side: 'agent', name: 'Nora', state: 'online' }],
      ticket: ticketWith({ last_n: 2, version: 7, agent: { id: 'nora', name: 'Nora' } }),
    };
    live.attention.read('t1', 2);
    await until(() => expect(hub.read).toEqual([2]));
    await until(() => {
      clock.pass(500);
      expect(stale).toBeGreaterThan(0);
    });
    await until(() =>
      expect(state.value.feed).toMatchObject({ unread: 0, read_n: 2, people: [{ state: 'online' }] }),
    );
    expect(state.value.feed?.ticket.agent?.name).toBe('Nora');
    const before = stale;
    clock.pass(stale_every_ms * 1.25);
    await until(() => expect(stale).toBe(before + 1));
  });

  it('tells where somebody is, what reached the page, and the end of it, by PUT and in order', async () => {
    await talking();
    live.attention.look('t1');
    await until(() => expect(hub.attention.at(-1)).toBe('t1 true'));
    const before = hub.attention.length;
    clock.pass(attend_every_ms);
    await until(() => expect(hub.attention.length).toBe(before + 1));
    live.attention.look('t2');
    live.attention.look(null);
    await until(() => expect(hub.attention.slice(before + 1)).toEqual(['t2 true', 't2 false']));
    live.attention.delivered('t1', 2);
    clock.pass(delivered_every_ms);
    await until(() => expect(hub.delivered.at(-1)).toBe(2));
  });

  it('gives its attention up to the socket that is let through', async () => {
    await talking();
    live.attention.look('t1');
    await until(() => expect(hub.attention.at(-1)).toBe('t1 true'));
    const made = FakeSocket.made.length;
    while (FakeSocket.made.length === made) {
      page.input();
      clock.pass(1_000);
    }
    FakeSocket.last.welcome();
    await until(() => expect(hub.attention.at(-1)).toBe('t1 false'));
    expect(FakeSocket.last.sentOf('attend').at(-1)).toMatchObject({ ticket: 't1' });
  });

  it('holds no request open while nobody looks', async () => {
    await talking();
    visible = false;
    hub.say(message(2, nora));
    await until(() => expect(hub.asked.at(-1)).toContain('after=1'));
    hub.asked = [];
    await until(() => {
      clock.pass(hidden_every_ms);
      expect(hub.asked.filter((each) => each.includes('/events')).length).toBeGreaterThan(1);
    });
    expect(hub.asked.some((each) => each.includes('wait='))).toBe(false);
  });

  it('goes back to the socket when one is let through', async () => {
    const state = await talking();
    const made = FakeSocket.made.length;
    while (FakeSocket.made.length === made) clock.pass(calm_retry_ms_max);
    FakeSocket.last.welcome();
    expect(live.connection.value).toBe('live');
    FakeSocket.last.tell({ type: 'event', ticket: 't1', event: message(2, nora) });
    expect(numbers(state)).toEqual([1, 2]);
    hub.asked = [];
    clock.pass(30_000);
    await outbox.post('t1', 'reply', 'by socket');
    expect(FakeSocket.last.sentOf('send').map(({ text }) => text)).toEqual(['by socket']);
    expect(hub.asked).toEqual([]);
  });

  it('reads the snapshot anew when a backup was restored', async () => {
    const state = await talking();
    hub.epoch = 'e2';
    hub.log = [];
    hub.say(message(1, me, 'of the backup'), message(2, nora));
    await until(() => expect(state.value.feed?.epoch).toBe('e2'));
    hub.say(message(3, nora));
    await until(() => expect(numbers(state)).toEqual([1, 2, 3]));
  });

  it('ends signed out when nobody is', async () => {
    await talking();
    hub.signed_in = false;
    clock.pass(stale_every_ms * 1.25);
    await until(() => expect(live.connection.value).toBe('signed_out'));
    expect(live.send({ type: 'read', ticket: 't1', n: 1 })).toBe(false);
  });
});

describe('a line whose hub is down', () => {
  it('does not fall back: the socket is welcomed in the moment it is given', async () => {
    live.start();
    hub.up = false;
    for (let failure = 0; failure < 5; failure++) {
      const made = FakeSocket.made.length;
      refused();
      while (FakeSocket.made.length === made) clock.pass(100);
    }
    expect(live.connection.value).toBe('reconnecting');
    hub.up = true;
    refused();
    const made = FakeSocket.made.length;
    await until(() => {
      clock.pass(1_000);
      expect(FakeSocket.made.length).toBeGreaterThan(made);
    });
    FakeSocket.last.welcome();
    clock.pass(grace_ms * 2);
    expect(live.connection.value).toBe('live');
  });

  it('learns over HTTP that the login is gone', async () => {
    hub.signed_in = false;
    live.start();
    for (let failure = 1; failure <= failures_before_polling; failure++) {
      refused();
      if (failure < failures_before_polling) while (FakeSocket.made.length === failure) clock.pass(100);
    }
    await until(() => expect(live.connection.value).toBe('signed_out'));
  });

  it('leaves a ticket that is not there for us', async () => {
    const state = await talking();
    const answer = hub.fetch;
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      if (url.includes('/events'))
        return json(
          { status: 404, code: 'not_found', title: 'No.', request_id: 'r' },
          404,
          'application/problem+json',
        );
      return answer(url, init);
    });
    hub.say(message(2, nora));
    await until(() => expect(state.value.phase).toBe('gone'));
  });
});
