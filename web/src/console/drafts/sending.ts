// What goes between this page's drafts and the hub: one request at a time, and again for as long as it has no answer.
// When something is due, and what an answer does to it, is decided elsewhere (`sync`, `standing`).

import { Refused } from '../../core/api';
import type { Clock } from '../../core/clock';
import type {
  Draft,
  DraftRef,
  DraftRevision,
  ErrorCode,
  KeepDraft,
  PostKind,
  TicketId,
} from '../../protocol';
import { due, kept, knows, nothing, refusedFor, type Standing, type State, sends } from './standing';

/** Between tries that got no answer. */
export const again_ms_min = 3_000;
export const again_ms_max = 60_000;

export const kinds: readonly PostKind[] = ['reply', 'ask', 'note'];
/** What may pass by itself. */
const passing: readonly ErrorCode[] = ['unavailable', 'too_many_requests', 'disk_full', 'not_signed_in'];

/** The hub, as far as drafts go. `leaving`: the request outlives the page. */
export interface DraftHub {
  list(): Promise<readonly DraftRef[]>;
  ofTicket(ticket: TicketId): Promise<readonly Draft[]>;
  keep(ticket: TicketId, kind: PostKind, body: KeepDraft, leaving: boolean): Promise<void>;
}

/** One draft of the page. */
export interface PageDraft {
  readonly ticket: TicketId;
  readonly kind: PostKind;
  /** Null until the browser's copy was read. */
  readonly now: Standing | null;
  /** Its pause is over. */
  is_due: boolean;
}

/** The page's drafts, by `nameOf`, and what an answer does to them. */
export interface PageDrafts<D extends PageDraft> {
  readonly all: ReadonlyMap<string, D>;
  change(draft: D, to: (now: Standing) => Standing): void;
  /** The hub's state comes together with what is here. */
  meet(draft: D, state: State): Promise<void>;
  /** What the hub has is known anew. */
  onKnown(): void;
}

export class Sending<D extends PageDraft> {
  readonly #hub: DraftHub;
  readonly #clock: Clock;
  readonly #newRevision: () => DraftRevision;
  readonly #page: PageDrafts<D>;
  /** What the hub was last known to have, by `nameOf`. */
  #there = new Map<string, DraftRef>();
  #wants_list = false;
  readonly #wants = new Set<TicketId>();
  #busy = false;
  #worked: Promise<void> = Promise.resolve();
  #resting: (() => void) | null = null;
  #again_ms = again_ms_min;
  #leaving = false;
  #closed = false;

  constructor(hub: DraftHub, clock: Clock, newRevision: () => DraftRevision, page: PageDrafts<D>) {
    this.#hub = hub;
    this.#clock = clock;
    this.#newRevision = newRevision;
    this.#page = page;
  }

  get there(): ReadonlyMap<string, DraftRef> {
    return this.#there;
  }

  /** Until there is nothing more to do for now, or no answer. */
  get worked(): Promise<void> {
    return this.#worked;
  }

  /** The ticket's drafts are to be read. */
  wants(ticket: TicketId): void {
    this.#wants.add(ticket);
  }

  wantsList(): void {
    this.#wants_list = true;
  }

  /** There is something to do. `leaving`: this page may be gone at once. */
  begin(leaving = this.#leaving): void {
    this.#leaving = leaving;
    void this.#work();
  }

  /** The hub may answer again: nothing is waited for. */
  retry(): void {
    this.#resting?.();
    this.#resting = null;
    void this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#resting?.();
  }

  /** One request at a time, for as long as there is something to do and the hub answers. */
  async #work(): Promise<void> {
    if (this.#busy || this.#closed || this.#resting) return;
    this.#busy = true;
    this.#worked = this.#steps();
    await this.#worked;
    this.#busy = false;
    this.#leaving = false;
  }

  async #steps(): Promise<void> {
    try {
      while (!this.#closed && (await this.#step())) this.#again_ms = again_ms_min;
    } catch {
      this.#rest();
    }
  }

  #rest(): void {
    if (this.#closed) return;
    this.#resting = this.#clock.after(this.#again_ms, () => this.retry());
    this.#again_ms = Math.min(again_ms_max, this.#again_ms * 2);
  }

  /** False: there is nothing more to do. Throws when the hub gave no answer that holds. */
  async #step(): Promise<boolean> {
    for (const draft of this.#page.all.values()) {
      if (!draft.is_due || !draft.now) continue;
      // What is typed from here on has a pause of its own.
      draft.is_due = false;
      if (await this.#put(draft, draft.now)) return true;
    }
    const [ticket] = this.#wants;
    if (ticket !== undefined) {
      this.#wants.delete(ticket);
      await this.#read(ticket);
      return true;
    }
    if (!this.#wants_list) return false;
    this.#wants_list = false;
    await this.#readList();
    return true;
  }

  /** False: the hub has it already. */
  async #put(draft: D, now: Standing): Promise<boolean> {
    if (!now.under_way) {
      const text = due(now);
      if (text === null) return false;
      const revision = this.#newRevision();
      this.#page.change(draft, (each) => sends(each, text, revision));
    }
    const { text, base, revision } = draft.now?.under_way ?? {};
    if (text === undefined || revision === undefined) return false;
    const body: KeepDraft = { text, revision, ...(base && { base }) };
    const { ticket, kind } = draft;
    try {
      await this.#hub.keep(ticket, kind, body, this.#leaving);
    } catch (error) {
      if (!(error instanceof Refused) || passing.includes(error.code)) {
        draft.is_due = true;
        throw error;
      }
      const { draft: other } = error.problem;
      if (other) await this.#page.meet(draft, other);
      else this.#page.change(draft, refusedFor);
      return true;
    }
    this.#page.change(draft, kept);
    this.#has(ticket, kind, { text, revision });
    this.#page.onKnown();
    return true;
  }

  async #read(ticket: TicketId): Promise<void> {
    let found: readonly Draft[];
    try {
      found = await this.#hub.ofTicket(ticket);
    } catch (error) {
      if (!(error instanceof Refused) || passing.includes(error.code)) {
        this.#wants.add(ticket);
        throw error;
      }
      // It is out of reach: what this browser has of it stays here.
      for (const kind of kinds) this.#there.delete(nameOf(ticket, kind));
      this.#page.onKnown();
      return;
    }
    for (const kind of kinds) {
      const state = found.find((each) => each.kind === kind) ?? nothing;
      this.#has(ticket, kind, state);
      const draft = this.#page.all.get(nameOf(ticket, kind));
      if (draft) await this.#page.meet(draft, state);
    }
    this.#page.onKnown();
  }

  async #readList(): Promise<void> {
    try {
      const list = await this.#hub.list();
      this.#there = new Map(list.map((each) => [nameOf(each.ticket, each.kind), each]));
    } catch (error) {
      if (error instanceof Refused && !passing.includes(error.code)) return;
      this.#wants_list = true;
      throw error;
    }
    // What this page has and the hub has otherwise changed while nobody told it.
    for (const [name, { ticket, now }] of this.#page.all) {
      const there = this.#there.get(name)?.revision;
      if (now && (there ? !knows(now, there) : now.base.text !== '')) this.#wants.add(ticket);
    }
    this.#page.onKnown();
  }

  #has(ticket: TicketId, kind: PostKind, { text, revision }: State): void {
    const name = nameOf(ticket, kind);
    if (text === '' || revision === null) this.#there.delete(name);
    else this.#there.set(name, { ticket, kind, revision });
  }
}

export const nameOf = (ticket: TicketId, kind: PostKind): string => `${ticket}/${kind}`;
