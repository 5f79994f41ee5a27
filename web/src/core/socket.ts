// One websocket per page: hello, heartbeat, reconnecting for ever, moving to another node without a gap.
// Knows no ticket's content: cursors come from its owner, frames go to its owner.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ClientFrame, Cursor, ServerFrame } from '../protocol';
import { visibleNames } from './bidi';
import { browserClock, type Clock } from './clock';

/** `signed_out`: sign in first. `stopped`: this page can do no more than be reloaded. */
export type SocketState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'signed_out' | 'stopped';

export const silence_ms_max = 35_000;
const welcome_ms_max = 10_000;
const retry_ms_min = 500;
export const retry_ms_max = 20_000;

export type SocketClass = new (url: string, protocol: string) => WebSocket;

export interface SocketOptions {
  path: '/v1/realtime' | '/v1/agent/realtime';
  locale: () => string;
  /** Asked at each hello: what the page knows by now. */
  cursors: () => Cursor[];
  onFrame: (frame: ServerFrame) => void;
  /** Was there input within the last five minutes? Rides on each pong. */
  active?: () => boolean;
  /** The longest wait between two tries, asked before each: less is at stake while there is another way. */
  retry_ms_max?: () => number;
  WebSocket?: SocketClass;
  clock?: Clock;
  random?: () => number;
  origin?: string;
}

/** Counts of the last close, for whoever explains it. */
export interface Closed {
  code: number;
  reason: string;
}

export class Socket {
  readonly connection: ReadonlySignal<SocketState>;
  /** Tries in a row that were not welcomed. A refused handshake has no code that a page could read. */
  readonly failures: ReadonlySignal<number>;
  readonly latency_ms: ReadonlySignal<number | null>;
  readonly closed: ReadonlySignal<Closed | null>;
  readonly #connection = signal<SocketState>('connecting');
  readonly #failures = signal(0);
  readonly #latency_ms = signal<number | null>(null);
  readonly #closed = signal<Closed | null>(null);
  readonly #options: SocketOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #Class: SocketClass;
  #current: WebSocket | null = null;
  #next: WebSocket | null = null;
  #epoch: string | undefined;
  #running = false;
  #hello_at = 0;
  #heard_at = 0;
  #send_at = new Map<string, number>();
  #cancelRetry: (() => void) | null = null;
  #cancelSilence: (() => void) | null = null;
  #cancelMove: (() => void) | null = null;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.#random = options.random ?? Math.random;
    this.#Class = options.WebSocket ?? WebSocket;
    this.connection = this.#connection;
    this.failures = this.#failures;
    this.latency_ms = this.#latency_ms;
    this.closed = this.#closed;
  }

  get epoch(): string | undefined {
    return this.#epoch;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#failures.value = 0;
    this.#connection.value = 'connecting';
    this.#listen('add');
    this.#open();
  }

  stop(): void {
    this.#running = false;
    this.#listen('remove');
    this.#drop();
  }

  /** False: not connected, the frame is not kept. Frames worth keeping live in the outbox and in cursors. */
  send(frame: ClientFrame): boolean {
    if (this.#connection.value !== 'live' || this.#current?.readyState !== 1) return false;
    if (frame.type === 'send') this.#send_at.set(frame.client_id, this.#clock.now());
    this.#current.send(JSON.stringify(frame));
    return true;
  }

  /** Tries at once, for a person's button; also drops a socket that its owner found stuck. */
  reconnect = (): void => {
    if (!this.#running) return;
    this.#drop();
    this.#connection.value = this.#waiting();
    this.#open();
  };

  /** There is a reason to believe that it works now: the wait is cut short. */
  hurry(): void {
    if (this.#cancelRetry) this.reconnect();
  }

  /** Learned elsewhere: nobody is signed in any more. */
  signedOut(): void {
    if (!this.#running) return;
    this.#drop();
    this.#end('signed_out');
  }

  #open(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    const socket = this.#make();
    this.#current = socket;
    if (socket) this.#listenForSilence(socket, welcome_ms_max);
    else this.#retry();
  }

  #make(): WebSocket | null {
    try {
      const origin = this.#options.origin ?? location.origin;
      const socket = new this.#Class(origin.replace(/^http/, 'ws') + this.#options.path, 'hub.v1.json');
      socket.onopen = () => this.#hello(socket);
      socket.onmessage = (message) => this.#receive(socket, message.data);
      socket.onclose = ({ code, reason }) => this.#onClose(socket, { code, reason });
      return socket;
    } catch {
      return null;
    }
  }

  #hello(socket: WebSocket): void {
    this.#hello_at = this.#clock.now();
    const frame: ClientFrame = {
      type: 'hello',
      locale: this.#options.locale(),
      feeds: this.#options.cursors(),
    };
    if (this.#epoch) frame.epoch = this.#epoch;
    socket.send(JSON.stringify(frame));
  }

  #receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.#current && socket !== this.#next) return;
    this.#heard_at = this.#clock.now();
    if (socket === this.#current) this.#listenForSilence(socket, silence_ms_max);
    const frame = read(data);
    if (!frame) return;
    if (frame.type === 'welcome') this.#welcome(socket, frame.epoch);
    else if (frame.type === 'ping')
      socket.send(JSON.stringify({ type: 'pong', active: this.#options.active?.() ?? false }));
    else if (frame.type === 'move') this.#move(frame.in_ms);
    else if (frame.type === 'sent') this.#measure(frame.client_id);
    this.#options.onFrame(frame);
  }

  #welcome(socket: WebSocket, epoch: string): void {
    this.#epoch = epoch;
    this.#failures.value = 0;
    this.#latency_ms.value = Math.max(0, this.#clock.now() - this.#hello_at);
    if (socket === this.#next) this.#swap(socket);
    this.#closed.value = null;
    this.#connection.value = 'live';
  }

  #measure(client_id: string): void {
    const at = this.#send_at.get(client_id);
    if (at === undefined) return;
    this.#send_at.delete(client_id);
    this.#latency_ms.value = Math.max(0, this.#clock.now() - at);
  }

  /** The node is going away: a second socket resumes from our cursors, then takes the first one's place. */
  #move(in_ms: number): void {
    if (this.#next || this.#cancelMove) return;
    // Spread over the first half, so that the hub's clients do not all come at once and each has time left.
    this.#cancelMove = this.#clock.after(Math.floor((this.#random() * in_ms) / 2), () => {
      this.#cancelMove = null;
      this.#next = this.#make();
    });
  }

  #swap(socket: WebSocket): void {
    const old = this.#current;
    this.#current = socket;
    this.#next = null;
    this.#send_at.clear();
    this.#listenForSilence(socket, silence_ms_max);
    if (old) discard(old);
  }

  #onClose(socket: WebSocket, closed: Closed): void {
    if (socket === this.#next) {
      this.#next = null;
      return;
    }
    if (socket !== this.#current) return;
    // A move that has begun goes on: its socket becomes the current one when it is welcomed.
    if (this.#next) {
      this.#current = this.#next;
      this.#next = null;
      this.#connection.value = 'reconnecting';
      this.#listenForSilence(this.#current, welcome_ms_max);
      return;
    }
    this.#drop();
    this.#closed.value = closed;
    if (closed.code === 4401 || closed.code === 4402) this.#end('signed_out');
    else if (closed.code >= 4500 && closed.code < 4600) this.#end('stopped');
    else this.#retry();
  }

  #retry(): void {
    if (!this.#running) return;
    this.#connection.value = this.#waiting();
    const longest_ms = this.#options.retry_ms_max?.() ?? retry_ms_max;
    const cap_ms = Math.min(longest_ms, retry_ms_min * 2 ** (this.#failures.peek() + 1));
    const wait_ms = retry_ms_min + this.#random() * (cap_ms - retry_ms_min);
    this.#cancelRetry = this.#clock.after(wait_ms, () => this.#open());
    this.#failures.value++;
  }

  #waiting(): 'offline' | 'reconnecting' {
    return typeof navigator !== 'undefined' && navigator.onLine === false ? 'offline' : 'reconnecting';
  }

  #end(state: 'signed_out' | 'stopped'): void {
    this.#running = false;
    this.#listen('remove');
    this.#connection.value = state;
  }

  #listenForSilence(socket: WebSocket, ms: number): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#clock.after(ms, () => {
      if (socket !== this.#current) return;
      this.#drop();
      this.#retry();
    });
  }

  #drop(): void {
    for (const cancel of [this.#cancelRetry, this.#cancelSilence, this.#cancelMove]) cancel?.();
    this.#cancelRetry = this.#cancelSilence = this.#cancelMove = null;
    this.#send_at.clear();
    for (const socket of [this.#current, this.#next]) if (socket) discard(socket);
    this.#current = this.#next = null;
  }

  #listen(how: 'add' | 'remove'): void {
    if (typeof window === 'undefined') return;
    const act = how === 'add' ? 'addEventListener' : 'removeEventListener';
    window[act]('online', this.#wake);
    window[act]('offline', this.#wake);
    document[act]('visibilitychange', this.#wake);
  }

  /** The network or the person came back: no reason to sit out the wait. Timers of hidden pages are not trusted. */
  #wake = (): void => {
    if (!this.#running) return;
    if (this.#connection.value === 'live') {
      if (this.#clock.now() - this.#heard_at > silence_ms_max) this.reconnect();
      return;
    }
    if (this.#waiting() === 'offline' || this.#connection.value === 'offline')
      this.#connection.value = this.#waiting();
    if (this.#waiting() !== 'offline') this.hurry();
  };
}

function read(data: unknown): ServerFrame | null {
  try {
    const frame: unknown = typeof data === 'string' ? JSON.parse(data, visibleNames) : null;
    return frame && typeof frame === 'object' && 'type' in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

/** Closed without hearing of it again. */
function discard(socket: WebSocket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  try {
    socket.close(1000);
  } catch {
    // Never opened: there is nothing to close.
  }
}
