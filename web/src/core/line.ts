// How a page and the hub talk: over a websocket, or over HTTP where the network lets no websocket through.
// Which of the two it is changes the pace, never what arrives: both take and give the same frames.
import { computed, effect, type ReadonlySignal, untracked } from '@preact/signals';
import type { ClientFrame } from '../protocol';
import { type LineFrame, Polling, type PollingOptions } from './polling';
import { retry_ms_max, Socket, type SocketOptions, type SocketState } from './socket';

export type { LineFrame } from './polling';

/** `polling`: connected over HTTP alone. */
export type Connection = SocketState | 'polling';
export const isConnected = (connection: Connection): boolean =>
  connection === 'live' || connection === 'polling';

/** One failure is a hub that restarts; a second begins to look like a network that blocks sockets. */
export const failures_before_polling = 2;
/** While HTTP serves, the socket is tried now and then only. */
export const calm_retry_ms_max = 60_000;

export interface LineOptions
  extends Omit<SocketOptions, 'onFrame' | 'retry_ms_max'>,
    Pick<PollingOptions, 'path' | 'visible'> {
  onFrame: (frame: LineFrame) => void;
  /** Is the login still there? Throws when the hub cannot be reached. */
  signedIn?: () => Promise<boolean>;
}

export class Line {
  readonly connection: ReadonlySignal<Connection>;
  readonly latency_ms: ReadonlySignal<number | null>;
  readonly #socket: Socket;
  readonly #polling: Polling;
  readonly #stopEffect: () => void;

  constructor(options: LineOptions) {
    const { signedIn = async () => true } = options;
    this.#socket = new Socket({
      ...options,
      retry_ms_max: () => (this.#polling.ready.peek() ? calm_retry_ms_max : retry_ms_max),
    });
    this.#polling = new Polling({
      ...options,
      signedIn,
      epoch: () => this.#socket.epoch,
      onAnswer: () => this.#socket.hurry(),
      onSignedOut: () => this.#socket.signedOut(),
    });
    this.latency_ms = this.#socket.latency_ms;
    this.connection = computed(() => {
      const socket = this.#socket.connection.value;
      return this.#polling.ready.value && isWaiting(socket) ? 'polling' : socket;
    });
    this.#stopEffect = effect(() => {
      const waiting = isWaiting(this.#socket.connection.value);
      const failed = this.#socket.failures.value >= failures_before_polling;
      untracked(() => {
        if (!waiting) this.#polling.stop();
        else if (failed) this.#polling.start();
      });
    });
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#stopEffect();
    this.#polling.stop();
    this.#socket.stop();
  }

  /** False: not connected, the frame is not kept. Frames worth keeping live in the outbox and in cursors. */
  send = (frame: ClientFrame): boolean => this.#socket.send(frame) || this.#polling.send(frame);

  /** Tries at once, for a person's button; also drops a connection that its owner found stuck. */
  reconnect = (): void => {
    this.#socket.reconnect();
    this.#polling.reconnect();
  };
}

const isWaiting = (socket: SocketState): boolean =>
  socket === 'connecting' || socket === 'reconnecting' || socket === 'offline';
