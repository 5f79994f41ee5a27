// The numbers beside the views and teams, and who of the colleagues is there.
// Both are read anew after something changed; neither is ever guessed from frames.

import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { LineFrame } from '../core/line';
import type { Colleagues, SavedView, Views } from '../protocol';
import { withColleague, withScope } from './colleagues/standing';
import { waitFor } from './pace';
import { ask } from './session';

const colleagues_every_ms = 45_000;

export class Counts {
  readonly views: ReadonlySignal<Views | null>;
  /** Null until they were read. */
  readonly saved: ReadonlySignal<readonly SavedView[] | null>;
  readonly colleagues: ReadonlySignal<Colleagues | null>;
  /** The hub knows this node's sessions alone: nobody may be called offline. */
  readonly of_one_node = computed(() => this.#colleagues.value?.presence === 'node');
  readonly #views = signal<Views | null>(null);
  readonly #saved = signal<readonly SavedView[] | null>(null);
  readonly #colleagues = signal<Colleagues | null>(null);
  #soon: ReturnType<typeof setTimeout> | undefined;
  #waiting_since: number | null = null;
  #read_at = 0;
  /** How often it was told how colleagues stand. */
  #told = 0;
  #saved_asked = 0;
  readonly #every = setInterval(() => {
    if (document.visibilityState === 'visible') void this.readColleagues();
  }, colleagues_every_ms);

  constructor() {
    this.views = this.#views;
    this.saved = this.#saved;
    this.colleagues = this.#colleagues;
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'inbox' || frame.type === 'inbox_gone') this.#readSoon();
    else if (frame.type === 'read' && frame.unread !== undefined && this.#views.peek()?.mentions)
      // One's own mark: what was mentioned may be read now.
      this.#readSoon();
    else if (frame.type === 'colleague') this.#change((known) => withColleague(known, frame));
    else if (frame.type === 'presence_scope') this.#change((known) => withScope(known, frame.scope));
    else if (frame.type === 'shelf') void this.readSaved();
    else if (frame.type === 'welcome' || frame.type === 'stale') this.readAll();
  }

  readAll(): void {
    void this.#readViews();
    void this.readColleagues();
  }

  /** What could not be read stays as it was; the next change tries again. */
  async readColleagues(): Promise<Colleagues | null> {
    const told = this.#told;
    const read = await ask('GET /v1/agent/colleagues').catch(() => this.#colleagues.peek());
    // What was told while it was read may be newer.
    if (told !== this.#told) return this.readColleagues();
    this.#colleagues.value = read;
    return read;
  }

  #change(to: (known: Colleagues) => Colleagues | null): void {
    this.#told++;
    const known = this.#colleagues.peek();
    const after = known && to(known);
    if (after) this.#colleagues.value = after;
    else if (known) void this.readColleagues();
  }

  /** Saved views with their numbers; a colleague may have changed the site's. */
  async readSaved(): Promise<void> {
    const asked = ++this.#saved_asked;
    const read = await ask('GET /v1/agent/saved-views').catch(() => null);
    // An answer that a later question overtook is old.
    if (read && asked === this.#saved_asked) this.#saved.value = read.views;
  }

  close(): void {
    clearTimeout(this.#soon);
    clearInterval(this.#every);
  }

  #readSoon(): void {
    const now = Date.now();
    this.#waiting_since ??= now;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.#readViews(), waitFor(now, this.#read_at, this.#waiting_since));
  }

  async #readViews(): Promise<void> {
    this.#waiting_since = null;
    this.#read_at = Date.now();
    void this.readSaved();
    this.#views.value = await ask('GET /v1/agent/views').catch(() => this.#views.peek());
  }
}
