// The numbers beside the views and teams, and who of the colleagues is there.
// Both are read anew a little after something changed; neither is ever guessed from frames.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { LineFrame } from '../core/line';
import type { Colleagues, Views } from '../protocol';
import { ask } from './session';

/** Several changes in a row cost one reading. */
export const settle_ms = 700;
/** A busy inbox must not keep the numbers from ever being read. */
export const settle_ms_max = 3_000;
const colleagues_every_ms = 45_000;

export class Counts {
  readonly views: ReadonlySignal<Views | null>;
  readonly colleagues: ReadonlySignal<Colleagues | null>;
  readonly #views = signal<Views | null>(null);
  readonly #colleagues = signal<Colleagues | null>(null);
  #soon: ReturnType<typeof setTimeout> | undefined;
  #waiting_since: number | null = null;
  readonly #every = setInterval(() => {
    if (document.visibilityState === 'visible') void this.readColleagues();
  }, colleagues_every_ms);

  constructor() {
    this.views = this.#views;
    this.colleagues = this.#colleagues;
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'inbox' || frame.type === 'inbox_gone') this.#readSoon();
    else if (frame.type === 'read' && frame.unread !== undefined && this.#views.peek()?.mentions)
      // One's own mark: what was mentioned may be read now.
      this.#readSoon();
    else if (frame.type === 'welcome' || frame.type === 'stale') this.readAll();
  }

  readAll(): void {
    void this.#readViews();
    void this.readColleagues();
  }

  /** What could not be read stays as it was; the next change tries again. */
  async readColleagues(): Promise<Colleagues | null> {
    this.#colleagues.value = await ask('GET /v1/agent/colleagues').catch(() => this.#colleagues.peek());
    return this.#colleagues.peek();
  }

  close(): void {
    clearTimeout(this.#soon);
    clearInterval(this.#every);
  }

  #readSoon(): void {
    const now = Date.now();
    this.#waiting_since ??= now;
    const left = Math.max(0, settle_ms_max - (now - this.#waiting_since));
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.#readViews(), Math.min(settle_ms, left));
  }

  async #readViews(): Promise<void> {
    this.#waiting_since = null;
    this.#views.value = await ask('GET /v1/agent/views').catch(() => this.#views.peek());
  }
}
