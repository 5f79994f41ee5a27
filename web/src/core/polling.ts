// A ticket's feed over HTTP, for networks that let no websocket through: to its owner it is a socket that takes
// the frames of a page and gives those of the hub. Events are waited for by long requests; what events do not
// tell (marks, people, lists) is `stale` now and then. Typing is told over a socket alone.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ClientFrame, Cursor, ServerFrame, TicketId } from '../protocol';
import { type Answer, call, Refused } from './api';
import { browserClock, type Clock } from './clock';

/** `stale`: nobody told of marks, people and lists for a while; whoever shows them reads them again. */
export type LineFrame = ServerFrame | { type: 'stale' };

/** The hub holds a request open for at most this long. */
export const wait_s = 25;
const wait_ms_max = (wait_s + 15) * 1_000;
const events_max = 500;
/** Marks, people and lists are read again this often. */
export const stale_every_ms = 20_000;
/** A browser opens six connections to a host: hidden pages hold none open, and ask rarely. */
export const hidden_every_ms = 60_000;
/** After something happened here its marks and rows are worth a look; a burst is one look. */
const settle_ms = 700;
/** A wait that brought nothing, or the hub's word that it is busy, is followed by a breath. */
const breath_ms = 500;
const busy_ms = 2_000;
/** HTTP answers: a socket that works after all shows it within this time. */
export const grace_ms = 1_000;
const retry_ms_min = 1_000;
const retry_ms_max = 8_000;

export interface PollingOptions {
  path: '/v1/realtime' | '/v1/agent/realtime';
  cursors: () => Cursor[];
  onFrame: (frame: LineFrame) => void;
  /** Throws when the hub cannot be reached. */
  signedIn: () => Promise<boolean>;
  /** The epoch that the cursors belong to, as far as the socket ever knew it. */
  epoch: () => string | undefined;
  /** The hub answers over HTTP. */
  onAnswer: () => void;
  onSignedOut: () => void;
  visible?: () => boolean;
  clock?: Clock;
  random?: () => number;
}

/** One ticket's feed; replaced by a new one when it is subscribed again. */
interface Follow {
  ticket: TicketId;
  after: number;
  stopped: AbortController;
}

type Send = Extract<ClientFrame, { type: 'send' }>;
type Events = Answer<'GET /v1/tickets/{id}/events' | 'GET /v1/agent/tickets/{id}/events'>;

export class Polling {
  /** The hub answers over HTTP: what is sent now arrives. */
  readonly ready: ReadonlySignal<boolean>;
  readonly #ready = signal(false);
  readonly #options: PollingOptions;
  readonly #clock: Clock;
  readonly #agents: boolean;
  readonly #follows = new Map<TicketId, Follow>();
  readonly #timers = new Set<() => void>();
  /** Pauses that end at once when the page is looked at again. */
  readonly #pauses = new Set<() => void>();
  #cancelStale: (() => void) | null = null;
  /** Ends with every stop and every loss: whatever was asked before is of no interest any more. */
  #run: AbortController | null = null;
  #epoch: string | undefined;
  /** The ticket of the lease that the hub gave for this page, as far as it is known. */
  #attending: TicketId | undefined;
  /** One word about attention after the other: the last one holds. */
  #attention: Promise<void> = Promise.resolve();

  constructor(options: PollingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.#agents = options.path === '/v1/agent/realtime';
    this.ready = this.#ready;
  }

  start(): void {
    if (this.#run) return;
    this.#listen('add');
    this.#reach();
  }

  stop(): void {
    if (!this.#run) return;
    this.#listen('remove');
    // A socket has leases of its own.
    this.#attend(undefined);
    this.#halt();
    this.#run = null;
  }

  /** The owner found it stuck: everything is asked anew. */
  reconnect(): void {
    if (!this.#run) return;
    this.#halt();
    this.#reach();
  }

  /** False: the hub cannot be reached right now. */
  send(frame: ClientFrame): boolean {
    if (!this.#ready.peek()) return false;
    if (frame.type === 'send') void this.#post(frame);
    else if (frame.type === 'read') void this.#read(frame.ticket, frame.n);
    else if (frame.type === 'delivered') void this.#delivered(frame.ticket, frame.n);
    else if (frame.type === 'attend') this.#attend(frame.ticket);
    else if (frame.type === 'subscribe')
      for (const { ticket, after } of frame.feeds) this.#follow(ticket, after);
    else if (frame.type === 'unsubscribe') for (const ticket of frame.tickets) this.#unfollow(ticket);
    return true;
  }

  /** Asks until the hub answers, then begins, unless the socket is welcomed first. */
  #reach(): void {
    const run = new AbortController();
    this.#run = run;
    const answered = (signed_in: boolean) => {
      if (run.signal.aborted) return;
      if (!signed_in) return this.#options.onSignedOut();
      this.#options.onAnswer();
      this.#later(grace_ms, () => this.#begin());
    };
    const failed = () => {
      if (!run.signal.aborted) this.#later(this.#spread(retry_ms_min, retry_ms_max), () => this.#reach());
    };
    this.#options.signedIn().then(answered, failed);
  }

  #begin(): void {
    this.#epoch = this.#options.epoch() ?? this.#epoch;
    this.#ready.value = true;
    for (const { ticket, after } of this.#options.cursors()) this.#follow(ticket, after);
    this.#options.onFrame({
      type: 'welcome',
      connection: '',
      epoch: this.#epoch ?? '',
      heartbeat_ms: stale_every_ms,
      now: this.#clock.now(),
    });
    this.#staleIn(this.#staleEvery());
  }

  /** The hub does not answer any more. */
  #lost(): void {
    this.#halt();
    this.#later(this.#spread(retry_ms_min, retry_ms_max), () => this.#reach());
  }

  #halt(): void {
    this.#run?.abort();
    this.#run = new AbortController();
    for (const { stopped } of this.#follows.values()) stopped.abort();
    this.#follows.clear();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#cancelStale?.();
    this.#cancelStale = null;
    for (const go_on of this.#pauses) go_on();
    this.#ready.value = false;
  }

  #follow(ticket: TicketId, after: number): void {
    this.#unfollow(ticket);
    const follow = { ticket, after, stopped: new AbortController() };
    this.#follows.set(ticket, follow);
    void this.#wait(follow);
  }

  #unfollow(ticket: TicketId): void {
    this.#follows.get(ticket)?.stopped.abort();
    this.#follows.delete(ticket);
  }

  async #wait(follow: Follow): Promise<void> {
    let first = true;
    // The first answer tells what was missed and does not wait.
    for (let wait = 0; !follow.stopped.signal.aborted; ) {
      try {
        const answer = await this.#events(follow, wait);
        if (follow.stopped.signal.aborted) return;
        this.#take(follow, answer, first);
        first = false;
        const breath = wait > 0 && answer.events.length === 0;
        wait = this.#visible() ? wait_s : 0;
        if (wait === 0) await this.#pause(hidden_every_ms);
        else if (breath) await this.#pause(breath_ms);
      } catch (error) {
        if (follow.stopped.signal.aborted) return;
        // Something between here and the hub may end what takes long: asked once more without waiting.
        if (wait > 0 && !(error instanceof Refused)) wait = 0;
        else await this.#pause(this.#failed(error, follow.ticket));
      }
    }
  }

  #events({ ticket, after, stopped }: Follow, wait: number): Promise<Events> {
    const route = this.#agents ? 'GET /v1/agent/tickets/{id}/events' : 'GET /v1/tickets/{id}/events';
    return call(route, {
      path: { id: ticket },
      query: { after, limit: events_max, ...(wait > 0 && { wait }) },
      signal: stopped.signal,
      ...(wait > 0 && { timeout_ms: wait_ms_max }),
    });
  }

  #take(follow: Follow, { epoch, events, last_n }: Events, first: boolean): void {
    const { ticket, after } = follow;
    const { onFrame } = this.#options;
    if (this.#epoch !== undefined && epoch !== this.#epoch) {
      this.#resetAll(epoch);
      return;
    }
    this.#epoch = epoch;
    if (last_n < after) {
      this.#unfollow(ticket);
      onFrame({ type: 'reset', ticket, reason: 'ahead' });
      return;
    }
    if (first) onFrame({ type: 'sync', ticket, from: after + 1, to: last_n });
    for (const event of events) {
      // A frame may have made its owner subscribe anew: then the rest is the new one's.
      if (follow.stopped.signal.aborted) return;
      follow.after = event.n;
      onFrame({ type: 'event', ticket, event });
    }
    if (events.length > 0) this.#staleIn(settle_ms);
  }

  /** A backup was restored: no cursor means anything any more. */
  #resetAll(epoch: string): void {
    this.#epoch = epoch;
    for (const ticket of [...this.#follows.keys()]) {
      this.#unfollow(ticket);
      this.#options.onFrame({ type: 'reset', ticket, reason: 'epoch' });
    }
  }

  async #post({ ticket, client_id, kind, text, attachments, mentions, drafts }: Send): Promise<void> {
    const run = this.#run;
    const route = this.#agents ? 'POST /v1/agent/tickets/{id}/messages' : 'POST /v1/tickets/{id}/messages';
    try {
      const body = { kind, text, attachments, ...(mentions && { mentions }), ...(drafts && { drafts }) };
      const written = await call(route, { path: { id: ticket }, body, key: client_id });
      // Committed is committed, whatever became of the connection meanwhile.
      this.#options.onFrame({ type: 'sent', client_id, ticket: written.ticket, n: written.n });
      if (this.#run === run && this.#ready.peek()) this.#staleIn(settle_ms);
    } catch (error) {
      if (this.#run !== run || run?.signal.aborted) return;
      if (error instanceof Refused && error.code !== 'not_signed_in') this.#refused(client_id, error);
      else this.#failed(error);
    }
  }

  #refused(client_id: string, { problem }: Refused): void {
    const { code, title, field, limit, retry_after_s, ticket } = problem;
    const retry_after_ms = retry_after_s === undefined ? undefined : retry_after_s * 1_000;
    this.#options.onFrame({
      type: 'refused',
      client_id,
      code,
      message: title,
      ...(field && { field }),
      ...(limit !== undefined && { limit }),
      ...(retry_after_ms !== undefined && { retry_after_ms }),
      ...(ticket && { ticket }),
    });
  }

  /** A mark that did not arrive is sent again with the next welcome, and overtaken by the next one. */
  async #read(ticket: TicketId, n: number): Promise<void> {
    const route = this.#agents ? 'PUT /v1/agent/tickets/{id}/read' : 'PUT /v1/tickets/{id}/read';
    try {
      await call(route, { path: { id: ticket }, body: { n } });
      if (this.#ready.peek()) this.#staleIn(settle_ms);
    } catch {
      // Nothing is lost.
    }
  }

  async #delivered(ticket: TicketId, n: number): Promise<void> {
    const route = this.#agents ? 'PUT /v1/agent/tickets/{id}/delivered' : 'PUT /v1/tickets/{id}/delivered';
    try {
      await call(route, { path: { id: ticket }, body: { n } });
    } catch {
      // As with a read mark.
    }
  }

  /** The lease ends by itself: what does not arrive costs a postponed mail, or a mail too many. */
  #attend(ticket: TicketId | undefined): void {
    const about = ticket ?? this.#attending;
    if (!about) return;
    this.#attending = ticket;
    const route = this.#agents ? 'PUT /v1/agent/tickets/{id}/attend' : 'PUT /v1/tickets/{id}/attend';
    const body = { attends: ticket !== undefined };
    const told = () => call(route, { path: { id: about }, body, keepalive: true });
    this.#attention = this.#attention.then(told).catch(() => {});
  }

  /** How long to wait after a failure, when there is anything to go on with. */
  #failed(error: unknown, ticket?: TicketId): number {
    if (!(error instanceof Refused)) this.#lost();
    else if (error.code === 'not_signed_in') this.#options.onSignedOut();
    else if (ticket && (error.code === 'not_found' || error.code === 'forbidden')) {
      this.#unfollow(ticket);
      this.#options.onFrame({ type: 'reset', ticket, reason: 'forbidden' });
    } else return Math.max(busy_ms, (error.problem.retry_after_s ?? 0) * 1_000);
    return 0;
  }

  async #stale(): Promise<void> {
    const run = this.#run;
    try {
      // Also the pulse of a page that follows no ticket.
      const signed_in = await this.#options.signedIn();
      if (this.#run !== run || !this.#ready.peek()) return;
      if (!signed_in) return this.#options.onSignedOut();
      this.#options.onFrame({ type: 'stale' });
      this.#staleIn(this.#staleEvery());
    } catch (error) {
      if (this.#run !== run || !this.#ready.peek()) return;
      const wait_ms = this.#failed(error);
      if (this.#ready.peek()) this.#staleIn(wait_ms);
    }
  }

  #staleIn(ms: number): void {
    this.#cancelStale?.();
    this.#cancelStale = this.#clock.after(ms, () => void this.#stale());
  }

  #staleEvery(): number {
    return this.#visible() ? this.#spread(stale_every_ms * 0.75, stale_every_ms * 1.25) : hidden_every_ms;
  }

  /** Many pages must not ask all at once. */
  #spread(ms_min: number, ms_max: number): number {
    return ms_min + (this.#options.random ?? Math.random)() * (ms_max - ms_min);
  }

  #later(ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go_on = () => {
        cancel();
        this.#pauses.delete(go_on);
        resolve();
      };
      const cancel = this.#clock.after(ms, go_on);
      this.#pauses.add(go_on);
    });
  }

  #visible(): boolean {
    return (
      this.#options.visible?.() ?? (typeof document === 'undefined' || document.visibilityState === 'visible')
    );
  }

  #listen(how: 'add' | 'remove'): void {
    if (typeof window === 'undefined') return;
    const act = how === 'add' ? 'addEventListener' : 'removeEventListener';
    window[act]('online', this.#wake);
    window[act]('offline', this.#goneOffline);
    document[act]('visibilitychange', this.#wake);
  }

  /** A request that is held open says nothing of it for a while. */
  #goneOffline = (): void => {
    if (this.#ready.peek()) this.#lost();
  };

  /** The network or the person came back: no reason to sit out a wait. */
  #wake = (): void => {
    if (!this.#visible()) return;
    for (const go_on of this.#pauses) go_on();
    if (this.#ready.peek()) this.#staleIn(0);
    else this.reconnect();
  };
}
