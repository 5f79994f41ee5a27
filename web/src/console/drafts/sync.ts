// Keeps the drafts of this page and those of the hub together. The browser's own copy comes first and never waits:
// the hub's follows after a pause of typing (`sending`).

import { type ReadonlySignal, signal } from '@preact/signals';
import { browserClock, type Clock } from '../../core/clock';
import type { DraftKey, Drafts } from '../../core/drafts';
import { newId } from '../../core/ids';
import type { LineFrame } from '../../core/line';
import type { Store } from '../../core/storage';
import type { DraftRevision, ParticipantId, PostKind, TicketId } from '../../protocol';
import { type DraftHub, kinds, nameOf, type PageDraft, Sending } from './sending';
import {
  askedAgain,
  due,
  give,
  isDraft,
  isUnkept,
  knows,
  leaveOther,
  met,
  nothing,
  type Standing,
  type State,
  standing,
  takenBack,
  takeOther,
  typed,
} from './standing';

/** A pause of typing; somebody who never pauses is waited for no longer than this. */
export const pause_ms = 1_500;
export const pause_ms_max = 8_000;
export const leave_ms_max = 2_000;

export interface DraftSyncOptions {
  drafts: Drafts;
  store: Store;
  me: ParticipantId;
  hub: DraftHub;
  clock?: Clock;
  newRevision?: () => DraftRevision;
}

interface Entry extends PageDraft {
  now: Standing | null;
  /** What is done before the browser's copy was read is done then. */
  waiting: ((now: Standing) => Standing)[];
  loaded: Promise<void>;
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
  readonly #sending: Sending<Entry>;
  readonly #open = new Map<TicketId, number>();
  #closed = false;

  constructor(options: DraftSyncOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.#sending = new Sending<Entry>(options.hub, this.#clock, options.newRevision ?? newId, {
      all: this.#entries,
      change: (entry, to) => this.#change(entry, to),
      meet: (entry, state) => this.#meet(entry, state),
      onKnown: () => this.#tell(),
    });
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
      this.#sending.wantsList();
      for (const ticket of this.#open.keys()) this.#sending.wants(ticket);
      this.#sending.retry();
    } else if (frame.type === 'draft') {
      const now = this.#entries.get(nameOf(frame.ticket, frame.kind))?.now;
      if (frame.revision && now && knows(now, frame.revision)) return;
      this.#sending.wants(frame.ticket);
      // A message, maybe one that was written in a ticket that has been merged: its draft stands there.
      if (!frame.revision) this.#sending.wantsList();
      this.#sending.begin();
    }
  }

  /** The ticket is on the screen: its drafts are read, and kept up to date until the returned function is called. */
  open(ticket: TicketId): () => void {
    this.#open.set(ticket, (this.#open.get(ticket) ?? 0) + 1);
    for (const kind of kinds) this.#change(this.#entry(ticket, kind), askedAgain);
    this.#sending.wants(ticket);
    this.#sending.begin();
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
    this.#sending.begin(leaving);
  }

  /** The same, waited for as long as somebody who leaves would. */
  async flushed(): Promise<void> {
    this.flush();
    await Promise.race([
      this.#sending.worked,
      new Promise<void>((done) => this.#clock.after(leave_ms_max, done)),
    ]);
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
    this.#sending.close();
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
    this.#sending.begin();
  }

  #typed(entry: Entry, local: string): void {
    this.#change(entry, (now) => typed(now, local));
    const now = this.#clock.now();
    entry.pauses_since ??= now;
    const left_ms = Math.max(0, pause_ms_max - (now - entry.pauses_since));
    entry.cancel();
    entry.cancel = this.#clock.after(Math.min(pause_ms, left_ms), () => {
      this.#makeDue(entry);
      this.#sending.begin();
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
    for (const [name, { ticket, revision }] of this.#sending.there) {
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
