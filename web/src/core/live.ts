// The page's live state: one line to the hub, the feeds of its open tickets, each with a cursor. For either audience.
// It keeps the promise of the protocol: every feed is its snapshot plus all events after it, in order, once.
import { effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import type { ClientFrame, Cursor, ParticipantId, ServerFrame, TicketId } from '../protocol';
import { Refused } from './api';
import { type Attention, makeAttention, type Page } from './attention';
import { browserClock, type Clock } from './clock';
import {
  type Agents,
  type Audience,
  applyEvent,
  applyMark,
  applyPresence,
  applyTicket,
  applyTyping,
  expireTyping,
  type Feed,
  feedOf,
  place,
  prependOlder,
  refreshed,
  typing_ms,
} from './feed';
import { type Connection, isConnected, Line, type LineFrame } from './line';
import type { Outbox } from './outbox';
import type { SocketClass } from './socket';

/** `gone`: it is not there for this person. `failed`: not read yet, tried again by itself. */
export interface OpenFeed<A extends Audience> {
  phase: 'loading' | 'ready' | 'gone' | 'failed';
  feed: Feed<A> | null;
  loading_older: boolean;
}

export interface LiveOptions<A extends Audience> {
  path: '/v1/realtime' | '/v1/agent/realtime';
  locale: () => string;
  readSnapshot: (ticket: TicketId, before?: number) => Promise<A['snapshot']>;
  /** Who reads: a requester is told by the snapshot, an agent knows from `/v1/agent/me`. */
  me: (snapshot: A['snapshot']) => ParticipantId;
  /** Where own texts for this ticket wait; their events and answers are passed on to it. */
  outboxes?: () => Iterable<Outbox>;
  /** Is the login still there? Throws when the hub cannot be reached. */
  signedIn?: () => Promise<boolean>;
  clock?: Clock;
  WebSocket?: SocketClass;
  random?: () => number;
  origin?: string;
  page?: Page;
  visible?: () => boolean;
}

interface Entry<A extends Audience> {
  state: Signal<OpenFeed<A>>;
  holders: number;
  /** Between `reset` and the new snapshot nothing is applied. */
  reading: number | null;
  healing: boolean;
  cancels: Set<() => void>;
}

const read_again_ms = 3_000;

export class Live<A extends Audience = Audience> {
  readonly line: Line;
  readonly attention: Attention;
  readonly connection: ReadonlySignal<Connection>;
  readonly #options: LiveOptions<A>;
  readonly #clock: Clock;
  readonly #feeds = new Map<TicketId, Entry<A>>();
  readonly #subscribed = new Set<TicketId>();
  readonly #listeners = new Set<(frame: LineFrame) => void>();
  readonly #stopEffect: () => void;
  #readings = 0;

  constructor(options: LiveOptions<A>) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.line = new Line({
      ...options,
      cursors: () => this.#cursors(),
      onFrame: (frame) => this.#onFrame(frame),
      active: () => this.attention.active(),
    });
    this.connection = this.line.connection;
    this.attention = makeAttention({
      send: this.send,
      clock: this.#clock,
      ...(options.page && { page: options.page }),
    });
    this.#stopEffect = effect(() => {
      if (!isConnected(this.connection.value)) for (const outbox of this.#outboxes()) outbox.disconnected();
    });
  }

  start(): void {
    this.line.start();
  }

  stop(): void {
    this.#stopEffect();
    this.attention.stop();
    this.line.stop();
    for (const outbox of this.#outboxes()) outbox.disconnected();
    for (const ticket of [...this.#feeds.keys()]) this.#drop(ticket);
  }

  send = (frame: ClientFrame): boolean => this.line.send(frame);

  /** Every frame, after the feeds took it: for lists. Returns what ends it. */
  listen(listener: (frame: LineFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Opens a ticket's feed; several holders share one. Each calls `close` once. */
  open(ticket: TicketId): ReadonlySignal<OpenFeed<A>> {
    const known = this.#feeds.get(ticket);
    if (known) {
      known.holders++;
      return known.state;
    }
    const entry: Entry<A> = {
      state: signal({ phase: 'loading', feed: null, loading_older: false }),
      holders: 1,
      reading: null,
      healing: false,
      cancels: new Set(),
    };
    this.#feeds.set(ticket, entry);
    void this.#readAnew(ticket, entry);
    return entry.state;
  }

  close(ticket: TicketId): void {
    const entry = this.#feeds.get(ticket);
    if (!entry || --entry.holders > 0) return;
    this.#drop(ticket);
    if (this.#subscribed.delete(ticket)) this.send({ type: 'unsubscribe', tickets: [ticket] });
  }

  /** Asks for the page before the oldest event known. False: there was none, or it could not be read now. */
  async loadOlder(ticket: TicketId): Promise<boolean> {
    const entry = this.#feeds.get(ticket);
    const { feed, loading_older } = entry?.state.peek() ?? {};
    const before = feed?.events[0]?.n;
    if (!entry || !feed?.has_older || loading_older || before === undefined) return false;
    this.#set(entry, { loading_older: true });
    try {
      const older = await this.#options.readSnapshot(ticket, before);
      this.#change(entry, (now) => prependOlder(now, older));
      return true;
    } catch {
      return false;
    } finally {
      this.#set(entry, { loading_older: false });
    }
  }

  #cursors(): Cursor[] {
    this.#subscribed.clear();
    const cursors: Cursor[] = [];
    for (const [ticket, entry] of this.#feeds) {
      const feed = entry.state.peek().feed;
      if (!feed || entry.reading !== null) continue;
      this.#subscribed.add(ticket);
      entry.healing = false;
      cursors.push({ ticket, after: feed.cursor });
    }
    return cursors;
  }

  #onFrame(frame: LineFrame): void {
    if (frame.type === 'stale') this.#refresh();
    else this.#onServerFrame(frame);
    for (const listener of [...this.#listeners]) listener(frame);
  }

  #onServerFrame(frame: ServerFrame): void {
    if (frame.type === 'welcome') this.#welcomed();
    for (const outbox of this.#outboxes()) outbox.onFrame(frame);
    if ('ticket' in frame && typeof frame.ticket === 'string') {
      const entry = this.#feeds.get(frame.ticket);
      if (entry) this.#onFeedFrame(frame.ticket, entry, frame);
    } else if (frame.type === 'inbox') {
      const entry = this.#feeds.get(frame.ticket.id);
      if (entry) this.#change(entry, (feed) => applyTicket(feed, frame.ticket as A['ticket']));
    }
  }

  /** Nobody tells of marks and presence now: they are read with a snapshot. What cannot be read stays as it was. */
  #refresh(): void {
    for (const [ticket, entry] of this.#feeds) {
      if (entry.state.peek().phase !== 'ready' || entry.reading !== null) continue;
      this.#options.readSnapshot(ticket).then(
        (snapshot) => this.#change(entry, (feed) => refreshed(feed, snapshot)),
        () => {},
      );
    }
  }

  #welcomed(): void {
    for (const [ticket, entry] of this.#feeds) {
      if (entry.state.peek().phase === 'failed') void this.#readAnew(ticket, entry);
      else if (!this.#subscribed.has(ticket)) this.#subscribe(ticket, entry);
    }
    for (const outbox of this.#outboxes()) outbox.connected();
    this.attention.renew();
  }

  #onFeedFrame(ticket: TicketId, entry: Entry<A>, frame: ServerFrame): void {
    if (frame.type === 'sync') entry.healing = false;
    else if (frame.type === 'reset') this.#reset(ticket, entry, frame.reason);
    else if (frame.type === 'event') this.#onEvent(ticket, entry, frame.event as A['event']);
    else if (frame.type === 'presence') this.#change(entry, (feed) => applyPresence(feed, frame.people));
    else if (frame.type === 'read') this.#change(entry, (feed) => applyMark(feed, frame.mark, frame.unread));
    else if (frame.type === 'inbox_gone') this.#set(entry, { phase: 'gone' });
    else if (frame.type === 'typing') {
      const { type: _, ticket: __, ...typing } = frame;
      this.#change(entry, (feed) => applyTyping(feed, typing, this.#clock.now()));
      this.#later(entry, typing_ms, () =>
        this.#change(entry, (feed) => expireTyping(feed, this.#clock.now())),
      );
    }
  }

  #onEvent(ticket: TicketId, entry: Entry<A>, event: A['event']): void {
    const feed = entry.state.peek().feed;
    if (!feed || entry.reading !== null) return;
    const where = place(feed as Feed, event);
    if (where === 'hole' && !entry.healing) {
      entry.healing = true;
      this.send({ type: 'subscribe', feeds: [{ ticket, after: feed.cursor }] });
    }
    if (where !== 'next') return;
    this.#change(entry, (now) => applyEvent(now, event));
    this.#settle(event);
    if (event.author.id !== feed.me) this.attention.delivered(ticket, event.n);
  }

  /** An own event is as good as `sent`. */
  #settle({ client_id, n }: A['event']): void {
    if (!client_id) return;
    for (const outbox of this.#outboxes()) {
      outbox.acknowledged(client_id, n);
      outbox.shown(client_id);
    }
  }

  #reset(ticket: TicketId, entry: Entry<A>, reason: string): void {
    this.#subscribed.delete(ticket);
    if (reason === 'forbidden') this.#set(entry, { phase: 'gone', feed: null });
    else void this.#readAnew(ticket, entry);
  }

  /** The old state stays on the screen until the new one is there. */
  async #readAnew(ticket: TicketId, entry: Entry<A>): Promise<void> {
    const reading = ++this.#readings;
    entry.reading = reading;
    if (entry.state.peek().phase === 'failed') this.#set(entry, { phase: 'loading' });
    try {
      const snapshot = await this.#options.readSnapshot(ticket);
      if (entry.reading !== reading || this.#feeds.get(ticket) !== entry) return;
      entry.reading = null;
      this.#take(ticket, entry, snapshot);
    } catch (error) {
      if (entry.reading !== reading || this.#feeds.get(ticket) !== entry) return;
      entry.reading = null;
      this.#notRead(ticket, entry, error);
    }
  }

  #take(ticket: TicketId, entry: Entry<A>, snapshot: A['snapshot']): void {
    const feed = feedOf<A>(snapshot, this.#options.me(snapshot));
    this.#set(entry, { phase: 'ready', feed });
    for (const event of feed.events) this.#settle(event);
    const last_theirs = feed.events.findLast((event) => event.author.id !== feed.me);
    if (last_theirs) this.attention.delivered(ticket, last_theirs.n);
    this.#subscribe(ticket, entry);
  }

  #notRead(ticket: TicketId, entry: Entry<A>, error: unknown): void {
    if (error instanceof Refused && ['not_found', 'forbidden', 'not_signed_in'].includes(error.code)) {
      this.#set(entry, { phase: 'gone', feed: null });
      return;
    }
    this.#set(entry, { phase: entry.state.peek().feed ? 'ready' : 'failed' });
    this.#later(
      entry,
      read_again_ms,
      () => void (this.#subscribed.has(ticket) || this.#readAnew(ticket, entry)),
    );
  }

  #subscribe(ticket: TicketId, entry: Entry<A>): void {
    const feed = entry.state.peek().feed;
    if (!feed || entry.reading !== null || entry.state.peek().phase === 'gone') return;
    if (!this.send({ type: 'subscribe', feeds: [{ ticket, after: feed.cursor }] })) return;
    this.#subscribed.add(ticket);
    this.attention.subscribed(ticket);
  }

  #drop(ticket: TicketId): void {
    const entry = this.#feeds.get(ticket);
    for (const cancel of entry?.cancels ?? []) cancel();
    this.#feeds.delete(ticket);
  }

  #outboxes(): Outbox[] {
    // Asked within an effect too: which outboxes there are must not become a reason to run it again.
    return untracked(() => [...(this.#options.outboxes?.() ?? [])]);
  }

  #set(entry: Entry<A>, change: Partial<OpenFeed<A>>): void {
    entry.state.value = { ...entry.state.peek(), ...change };
  }

  #change(entry: Entry<A>, to: (feed: Feed<A>) => Feed<A>): void {
    const { feed } = entry.state.peek();
    if (feed) this.#set(entry, { feed: to(feed) });
  }

  #later(entry: Entry<A>, ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      entry.cancels.delete(cancel);
      run();
    });
    entry.cancels.add(cancel);
  }
}

export type AgentLive = Live<Agents>;
