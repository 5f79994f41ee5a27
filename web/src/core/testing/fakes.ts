// What tests put in the place of time, the network and other tabs: driven by hand, so nothing is waited for.

import type { ClientFrame, ServerFrame } from '../../protocol';
import type { Page } from '../attention';
import type { Clock } from '../clock';
import type { Tabs } from '../tabs';

export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; run: () => void }[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now = (): number => this.#now;

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  get waiting(): number {
    return this.#timers.length;
  }

  /** Moves on, running what becomes due in its order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

/** A websocket whose other end is the test. */
export class FakeSocket {
  static made: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }

  readyState = 0;
  readonly sent: ClientFrame[] = [];
  closed_by_page = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed_by_page = true;
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  tell(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  welcome(epoch = 'e1'): void {
    this.open();
    this.tell({ type: 'welcome', connection: 'c1', epoch, heartbeat_ms: 25_000, now: 0 });
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  sentOf<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }
}

export class FakePage implements Page {
  is_watching = true;
  #onInput: () => void = () => {};
  #onChange: () => void = () => {};
  watching = () => this.is_watching;
  listen(onInput: () => void, onChange: () => void): () => void {
    this.#onInput = onInput;
    this.#onChange = onChange;
    return () => {};
  }
  input(): void {
    this.#onInput();
  }
  look(watching: boolean): void {
    this.is_watching = watching;
    this.#onChange();
  }
}

/** Tabs of one browser: `alive` is shared by those that stand in it. */
export function fakeTabs(id: string, alive: Set<string> = new Set()): Tabs {
  alive.add(id);
  const gone = async (other: string) => {
    while (alive.has(other)) await new Promise((turn) => setTimeout(turn));
  };
  return { id, gone, alone: (_, act) => act(new Set(alive)) };
}

/** Promises that are settled get their turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
