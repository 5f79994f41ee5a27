// Keeps the drafts of this page and those of the hub together. The browser's own copy comes first and never waits:
// the hub's follows after a pause of typing, one request at a time, and again for as long as it has no answer.

import { type ReadonlySignal, signal } from '@preact/signals';
import { Refused } from '../../core/api';
import { browserClock, type Clock } from '../../core/clock';
import type { DraftKey, Drafts } from '../../core/drafts';
import { newId } from '../../core/ids';
import type { LineFrame } from '../../core/line';
import type { Store } from '../../core/storage';
import type {
  Draft,
  DraftRef,
  DraftRevision,
  ErrorCode,
  KeepDraft,
  ParticipantId,
  PostKind,
  TicketId,
} from '../../protocol';
import {
  askedAgain,
  due,
  give,
  isDraft,
  isUnkept,
  kept,
  knows,
  leaveOther,
  met,
  nothing,
  refusedFor,
  type Standing,
  type State,
  sends,
  standing,
  takenBack,
  takeOther,
  typed,
} from './standing';

/** A pause of typing; somebody who never pauses is waited for no longer than this. */
export const pause_ms = 1_500;
export const pause_ms_max = 8_000;
/** Between tries that got no answer. */
export const again_ms_min = 3_000;
export const again_ms_max = 60_000;

export const leave_ms_max = 2_000;

const kinds: readonly PostKind[] = ['reply', 'ask', 'note'];
/** What may pass by itself. */
const passing: readonly ErrorCode[] = ['unavailable', 'too_many_requests', 'disk_full', 'not_signed_in'];

/** The hub, as far as drafts go. `leaving`: the request outlives the page. */
export interface DraftHub {
  list(): Promise<readonly DraftRef[]>;
  ofTicket(ticket: TicketId): Promise<readonly Draft[]>;
  keep(ticket: TicketId, kind: PostKind, body: KeepDraft, leaving: boolean): Promise<void>;
}

export interface DraftSyncOptions {
  drafts: Drafts;
  store: Store;
  me: ParticipantId;
  hub: DraftHub;
  clock?: Clock;
  newRevision?: () => DraftRevision;
}

interface Entry {
  ticket: TicketId;
  kind: PostKind;
  /** Null until the browser's copy was read; what is done meanwhile is done then. */
  now: Standing | null;
  waiting: ((now: Standing) => Standing)[];
  loaded: Promise<void>;
  /** Its pause is over. */
  is_due: boolean;
  pauses_since: number | null;
  cancel: () => void;
}

/** What is kept beside the browser's copy, over a reload. */
type Left = Pick<Standing, 'base' | 'under_way' | 'given'> & { ticket: TicketId; kind: PostKind };

export class DraftSync {
  /** The browser's drafts: what is written there is told here. */
  readonly drafts: Drafts;
  /** Tickets in which the agent has a draft, on whichever device. */
  readonly tickets: ReadonlySignal<ReadonlySet<TicketId>>;
  /** What was written elsewhere and waits for a decision, by `nameOf`. */
  readonly others: ReadonlySignal<ReadonlyMap<string, State>>;
  /** Counts the texts that came from elsewhere. */
  readonly arrived: ReadonlySignal<number>;
  readonly #tickets = signal<ReadonlySet<TicketId>>(new Set());
  readonly #others = signal<ReadonlyMap<string, State>>(new Map());
  readonly #arrived = signal(0);
  readonly #options: DraftSyncOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** What the hub was last known to have, by `nameOf`. */
  #there = new Map<string, DraftRef>();
  readonly #open = new Map<TicketId, number>();
  #wants_list = false;
  readonly #wants = new Set<TicketId>();
  #busy = false;
  #worked: Promise<void> = Promise.resolve();
  #resting: (() => void) | null = null;
  #again_ms = again_ms_min;
  #leaving = false;
  #closed = false;

  constructor(options: DraftSyncOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.drafts = this.#watched(options.drafts);
    this.tickets = this.#tickets;
    this.others = this.#others;
    this.arrived = this.#arrived;
  }

  /** Goes on with what earlier pages left. */
  async start(): Promise<void> {
    const left = await this.#options.store.list<Left>('drafts', this.#prefix).catch(() => []);
    for (const { ticket, kind } of left) this.#entry(ticket, kind);
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'welcome' || frame.type === 'stale') {
      this.#wants_list = true;
      for (const ticket of this.#open.keys()) this.#wants.add(ticket);
      this.#rested();
    } else if (frame.type === 'draft') {
      const now = this.#entries.get(nameOf(frame.ticket, frame.kind))?.now;
      if (frame.revision && now && knows(now, frame.revision)) return;
      this.#wants.add(frame.ticket);
      // A message, maybe one that was written in a ticket that has been merged: its draft stands there.
      if (!frame.revision) this.#wants_list = true;
      void this.#work();
    }
  }

  /** The ticket is on the screen: its drafts are read, and kept up to date until the returned function is called. */
  open(ticket: TicketId): () => void {
    this.#open.set(ticket, (this.#open.get(ticket) ?? 0) + 1);
    for (const kind of kinds) this.#change(this.#entry(ticket, kind), askedAgain);
    this.#wants.add(ticket);
    void this.#work();
    return () => {
      const left = (this.#open.get(ticket) ?? 1) - 1;
      if (left > 0) this.#open.set(ticket, left);
      else this.#open.delete(ticket);
      this.flush();
    };
  }

  /** The text of this composer becomes a message; the states that its draft may stand in go with it. */
  give(ticket: TicketId, kind: PostKind): DraftRevision[] {
    const entry = this.#entry(ticket, kind);
    // Whoever was quicker than the browser's own store has sent nothing to the hub yet.
    if (!entry.now) return [];
    const given = give(entry.now);
    this.#change(entry, () => given.now);
    return given.states;
  }

  /** The message that it became was taken back or thrown away. */
  takenBack(ticket: TicketId, kind: PostKind): void {
    this.#change(this.#entry(ticket, kind), takenBack);
  }

  takeOther(ticket: TicketId, kind: PostKind): void {
    this.#decide(ticket, kind, takeOther);
  }

  leaveOther(ticket: TicketId, kind: PostKind): void {
    this.#decide(ticket, kind, leaveOther);
  }

  /** What was typed goes to the hub now. `leaving`: this page may be gone at once. */
  flush(leaving = false): void {
    for (const entry of this.#entries.values()) {
      if (entry.now && due(entry.now) !== null) this.#makeDue(entry);
    }
    this.#leaving = leaving;
    void this.#work();
  }

  /** The same, waited for as long as somebody who leaves would. */
  async flushed(): Promise<void> {
    this.flush();
    await Promise.race([this.#worked, new Promise<void>((done) => this.#clock.after(leave_ms_max, done))]);
  }

  /** How many drafts of this browser the hub does not have. */
  async countUnkept(): Promise<number> {
    const entries = [...this.#entries.values()];
    await Promise.all(entries.map(({ loaded }) => loaded));
    const texts = await this.#options.drafts.count(this.#options.me);
    const safe = entries.filter(({ now }) => now && now.local.trim() !== '' && !isUnkept(now)).length;
    return Math.max(0, texts - safe);
  }

  /** The agent leaves this browser; what the hub has stays there. */
  async forget(): Promise<void> {
    this.close();
    await this.#options.store.removeAll('drafts', this.#prefix);
  }

  close(): void {
    this.#closed = true;
    this.#resting?.();
    for (const entry of this.#entries.values()) entry.cancel();
  }

  get #prefix(): string {
    return `${this.#options.me}+sync/`;
  }

  #key({ ticket, kind }: Pick<Entry, 'ticket' | 'kind'>): DraftKey {
    return { participant: this.#options.me, place: ticket, kind };
  }

  /** The same drafts; what changes in one's own ones is told here, too. */
  #watched(drafts: Drafts): Drafts {
    const own = ({ participant, place, kind }: DraftKey): Entry | null =>
      participant === this.#options.me ? this.#entry(place, kind as PostKind) : null;
    return {
      ...drafts,
      save: (key, value) => {
        const entry = own(key);
        if (entry) this.#typed(entry, typeof value === 'string' ? value : '');
        return drafts.save(key, value);
      },
      giveBack: async (key, text) => {
        const entry = own(key);
        if (entry) this.#change(entry, takenBack);
        await drafts.giveBack(key, text);
        const local = entry && (drafts.shown(key) ?? (await drafts.load(key)));
        if (entry && typeof local === 'string') this.#typed(entry, local);
      },
    };
  }

  #entry(ticket: TicketId, kind: PostKind): Entry {
    const name = nameOf(ticket, kind);
    const known = this.#entries.get(name);
    if (known) return known;
    const entry: Entry = {
      ticket,
      kind,
      now: null,
      waiting: [],
      loaded: Promise.resolve(),
      is_due: false,
      pauses_since: null,
      cancel: () => {},
    };
    this.#entries.set(name, entry);
    entry.loaded = this.#load(entry);
    return entry;
  }

  async #load(entry: Entry): Promise<void> {
    const { drafts, store } = this.#options;
    const [local, record] = await Promise.all([
      drafts.load(this.#key(entry)).catch(() => undefined),
      store.get<Left>('drafts', this.#prefix + nameOf(entry.ticket, entry.kind)).catch(() => undefined),
    ]);
    const { base = nothing, under_way = null, given = [] } = record ?? {};
    entry.now = { ...standing(typeof local === 'string' ? local : ''), base, under_way, given };
    // What an earlier page left is not being typed.
    if (under_way || (entry.waiting.length === 0 && due(entry.now) !== null)) this.#makeDue(entry);
    const waiting = entry.waiting.splice(0);
    this.#change(entry, (now) => waiting.reduce((each, to) => to(each), now));
    if (!record) this.#keepRecord(entry, entry.now);
    this.#tell();
    void this.#work();
  }

  #typed(entry: Entry, local: string): void {
    this.#change(entry, (now) => typed(now, local));
    const now = this.#clock.now();
    entry.pauses_since ??= now;
    const left_ms = Math.max(0, pause_ms_max - (now - entry.pauses_since));
    entry.cancel();
    entry.cancel = this.#clock.after(Math.min(pause_ms, left_ms), () => {
      this.#makeDue(entry);
      void this.#work();
    });
  }

  #makeDue(entry: Entry): void {
    entry.cancel();
    entry.pauses_since = null;
    entry.is_due = true;
  }

  #decide(ticket: TicketId, kind: PostKind, to: (now: Standing) => Standing): void {
    const entry = this.#entry(ticket, kind);
    const here = this.#options.drafts.shown(this.#key(entry)) ?? entry.now?.local ?? '';
    this.#change(entry, (now) => to(typed(now, here)));
    if (entry.now && entry.now.local !== here) this.#arrive(entry, entry.now.local);
    this.flush();
  }

  #change(entry: Entry, to: (now: Standing) => Standing): void {
    const before = entry.now;
    if (!before) {
      entry.waiting.push(to);
      return;
    }
    const now = to(before);
    if (now === before) return;
    entry.now = now;
    const begun = (now.local === '') !== (before.local === '');
    if (begun || now.base !== before.base || now.under_way !== before.under_way || now.given !== before.given)
      this.#keepRecord(entry, now);
    this.#tell();
  }

  #keepRecord({ ticket, kind }: Entry, { local, base, under_way, given }: Standing): void {
    // Whoever left this browser leaves nothing in it.
    if (this.#closed) return;
    const { store } = this.#options;
    const name = this.#prefix + nameOf(ticket, kind);
    const over = local === '' && base.text === '' && !under_way && given.length === 0;
    const record: Left = { ticket, kind, base, under_way, given };
    void (over ? store.remove('drafts', name) : store.put('drafts', name, record)).catch(() => {});
  }

  #tell(): void {
    const tickets = new Set<TicketId>();
    for (const [name, { ticket, revision }] of this.#there) {
      const now = this.#entries.get(name)?.now;
      if (!now || !knows(now, revision)) tickets.add(ticket);
    }
    const others = new Map<string, State>();
    for (const [name, { ticket, now }] of this.#entries) {
      if (now && isDraft(now)) tickets.add(ticket);
      if (now?.other) others.set(name, now.other);
    }
    const known = this.#tickets.peek();
    if (tickets.size !== known.size || [...tickets].some((each) => !known.has(each)))
      this.#tickets.value = tickets;
    const waiting = this.#others.peek();
    if (others.size !== waiting.size || [...others].some(([name, each]) => waiting.get(name) !== each))
      this.#others.value = others;
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
    const cancel = this.#clock.after(this.#again_ms, () => this.#rested());
    this.#resting = cancel;
    this.#again_ms = Math.min(again_ms_max, this.#again_ms * 2);
  }

  #rested(): void {
    this.#resting?.();
    this.#resting = null;
    void this.#work();
  }

  /** False: there is nothing more to do. Throws when the hub gave no answer that holds. */
  async #step(): Promise<boolean> {
    for (const entry of this.#entries.values()) {
      if (!entry.is_due || !entry.now) continue;
      // What is typed from here on has a pause of its own.
      entry.is_due = false;
      if (await this.#put(entry, entry.now)) return true;
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
  async #put(entry: Entry, now: Standing): Promise<boolean> {
    if (!now.under_way) {
      const text = due(now);
      if (text === null) return false;
      const revision = (this.#options.newRevision ?? newId)();
      this.#change(entry, (each) => sends(each, text, revision));
    }
    const { text, base, revision } = entry.now?.under_way ?? {};
    if (text === undefined || revision === undefined) return false;
    const body: KeepDraft = { text, revision, ...(base && { base }) };
    const { ticket, kind } = entry;
    try {
      await this.#options.hub.keep(ticket, kind, body, this.#leaving);
    } catch (error) {
      if (!(error instanceof Refused) || passing.includes(error.code)) {
        entry.is_due = true;
        throw error;
      }
      const { draft } = error.problem;
      if (draft) await this.#meet(entry, draft);
      else this.#change(entry, refusedFor);
      return true;
    }
    this.#change(entry, kept);
    this.#has(ticket, kind, { text, revision });
    this.#tell();
    return true;
  }

  async #read(ticket: TicketId): Promise<void> {
    let found: readonly Draft[];
    try {
      found = await this.#options.hub.ofTicket(ticket);
    } catch (error) {
      if (!(error instanceof Refused) || passing.includes(error.code)) {
        this.#wants.add(ticket);
        throw error;
      }
      // It is out of reach: what this browser has of it stays here.
      found = [];
      for (const kind of kinds) this.#there.delete(nameOf(ticket, kind));
      this.#tell();
      return;
    }
    for (const kind of kinds) {
      const state = found.find((each) => each.kind === kind) ?? nothing;
      this.#has(ticket, kind, state);
      const entry = this.#entries.get(nameOf(ticket, kind));
      if (entry) await this.#meet(entry, state);
    }
    this.#tell();
  }

  async #readList(): Promise<void> {
    try {
      const list = await this.#options.hub.list();
      this.#there = new Map(list.map((each) => [nameOf(each.ticket, each.kind), each]));
    } catch (error) {
      if (error instanceof Refused && !passing.includes(error.code)) return;
      this.#wants_list = true;
      throw error;
    }
    // What this page has and the hub has otherwise changed while nobody told it.
    for (const [name, { ticket, now }] of this.#entries) {
      const there = this.#there.get(name)?.revision;
      if (now && (there ? !knows(now, there) : now.base.text !== '')) this.#wants.add(ticket);
    }
    this.#tell();
  }

  #has(ticket: TicketId, kind: PostKind, { text, revision }: State): void {
    const name = nameOf(ticket, kind);
    if (text === '' || revision === null) this.#there.delete(name);
    else this.#there.set(name, { ticket, kind, revision });
  }

  /** The hub's state comes together with what is here, as it is at this very moment. */
  async #meet(entry: Entry, state: State): Promise<void> {
    await entry.loaded;
    const { drafts } = this.#options;
    const key = this.#key(entry);
    let local = drafts.shown(key);
    if (local === undefined) {
      // Another tab may show it.
      const loaded = await drafts.load(key).catch(() => undefined);
      local = drafts.shown(key) ?? (typeof loaded === 'string' ? loaded : '');
    }
    const here = local;
    // From here to the composer nothing is waited for: no key that is pressed meanwhile is lost.
    this.#change(entry, (now) => met(typed(now, here), state));
    const after = entry.now?.local ?? here;
    if (after !== here) this.#arrive(entry, after);
    if (entry.now && due(entry.now) !== null) entry.is_due = true;
  }

  #arrive(entry: Entry, text: string): void {
    if (this.#closed) return;
    const { drafts } = this.#options;
    if (!drafts.replace(this.#key(entry), text)) void drafts.save(this.#key(entry), text).catch(() => {});
    this.#arrived.value++;
  }
}

export const nameOf = (ticket: TicketId, kind: PostKind): string => `${ticket}/${kind}`;
