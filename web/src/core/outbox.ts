// What was written and is not yet acknowledged: kept in IndexedDB, sent in order, for ever, under one client id.
// One text of a ticket is under way at a time, so that no refusal or reconnect can change their order.
// A text leaves the store when the hub acknowledged it or the person discarded it, never otherwise.
import { type ReadonlySignal, signal } from '@preact/signals';
import type {
  Attachment,
  AttachmentId,
  ClientFrame,
  ClientId,
  DraftRevision,
  ErrorCode,
  MacroActions,
  ParticipantId,
  PostKind,
  ServerFrame,
  TicketId,
} from '../protocol';
import { browserClock, type Clock } from './clock';
import { newId } from './ids';
import type { Store } from './storage';
import type { Tabs } from './tabs';

export interface Refusal {
  code: ErrorCode;
  message: string;
  field?: string;
}

/**
 * `held` until it is due, when it can still be taken back → `queued` → `sending` → `sent` (until its event shows it),
 * or `failed`: the person decides. `returned`: taken back, and kept only until its draft is.
 */
export interface Unsent {
  client_id: ClientId;
  participant: ParticipantId;
  ticket: TicketId;
  kind: PostKind;
  /** Empty: its files go without a word. */
  text: string;
  /** Ids of the files that go with it (`uploads.ts`); it waits until the hub has them all. */
  files: readonly string[];
  /** Of a note: the colleagues whom it calls. */
  mentions?: readonly ParticipantId[];
  /** The states of the draft that it was made from: it ends with this. */
  drafts?: readonly DraftRevision[];
  /** What was sent, once it was: whatever becomes of the files, a repeat is the same message. */
  sent_as?: { text: string; attachments: AttachmentId[] };
  at: number;
  tab: string;
  state: 'held' | 'queued' | 'sending' | 'sent' | 'failed' | 'returned';
  /** When a held one goes. */
  due?: number;
  /** What is done once the hub has it, under this key: after a reload it is done all the same, and once. */
  follow?: { solve?: ClientId; macro?: MacroFollow & { key: ClientId } };
  /** The number it was committed under. */
  n?: number;
  refusal?: Refusal;
  /** The ticket that it was written in, which was merged or continued: it goes to where that leads. */
  sent_on?: TicketId;
}

/** The acts of the macros that a text is made with, and what these are called. */
export interface MacroFollow {
  names: readonly string[];
  actions: MacroActions;
}

/** What the hub has of a text's files; `coming`: not all yet; `stuck`: one of them needs the person. */
export type Attached = readonly Pick<Attachment, 'id' | 'name'>[] | 'coming' | 'stuck';

/** The hub answers every `send`; without an answer for this long the socket is taken for dead. */
export const answer_ms_max = 15_000;
const tries_at_once_max = 100;
/** However the clock was set meanwhile, nothing is held for longer. */
export const hold_ms_max = 20_000;

export interface PostOptions {
  /** How long it can be taken back. */
  hold_ms?: number;
  then_solve?: boolean;
  /** Of a note: the colleagues whom it calls. */
  mentions?: readonly ParticipantId[];
  /** The states of the draft that it was made from. */
  drafts?: readonly DraftRevision[];
  macro?: MacroFollow | undefined;
}

export interface OutboxOptions {
  store: Store;
  tabs: Tabs;
  /** Whose texts: nothing of another participant is ever read or sent. A guest has one outbox per ticket. */
  participant: ParticipantId;
  /** False when there is no connection right now. */
  send: (frame: ClientFrame) => boolean;
  /** The socket swallowed a frame: replace it. */
  onStuck: () => void;
  attached?: (item: Unsent) => Attached;
  /** The hub has a text that something was to follow. */
  onFollow?: (item: Unsent) => Promise<unknown>;
  /** Puts a text that was taken back into its draft; resolves when that survives a reload. */
  giveBack?: (item: Unsent) => Promise<void>;
  /** It was thrown away. */
  onDiscard?: (item: Unsent) => void;
  clock?: Clock;
}

export class Outbox {
  readonly items: ReadonlySignal<readonly Unsent[]>;
  readonly #items = signal<readonly Unsent[]>([]);
  readonly #options: OutboxOptions;
  readonly #clock: Clock;
  #live = false;
  #closed = false;
  /** Tabs whose end is waited for. */
  #outlived = new Set<string>();
  #timers = new Map<ClientId, () => void>();
  /** Until each held text is due. */
  #holds = new Map<ClientId, () => void>();
  /** Tickets whose first text has to wait, as the hub asked. */
  #resting = new Map<TicketId, () => void>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.items = this.#items;
  }

  get participant(): ParticipantId {
    return this.#options.participant;
  }

  /** Takes over what earlier pages of this participant left, and what other tabs will leave when they go. */
  async open(): Promise<void> {
    const { store, tabs, participant } = this.#options;
    const taken = await tabs.alone(`outbox:${participant}`, async (alive) => {
      const left = await store.list<Unsent>('outbox', `${participant}/`);
      for (const tab of new Set(left.map((item) => item.tab)))
        if (tab !== tabs.id && alive.has(tab)) this.#outlive(tab);
      const orphans = left.filter(({ tab }) => tab === tabs.id || !alive.has(tab));
      for (const item of orphans) {
        if (item.state === 'returned') await this.#giveBack(item).catch(() => {});
        else if (item.tab !== tabs.id) await this.#keep({ ...item, tab: tabs.id });
      }
      return orphans.filter(({ state }) => state !== 'returned');
    });
    const known = new Set(this.#items.peek().map(({ client_id }) => client_id));
    const restored = taken
      .filter(({ client_id }) => !known.has(client_id))
      .map((item) => restart({ ...item, tab: tabs.id }));
    if (restored.length > 0) this.#items.value = [...restored, ...this.#items.peek()].sort(byAge);
    for (const item of restored) if (item.state === 'held') this.#hold(item);
    this.#pump();
  }

  #outlive(tab: string): void {
    if (this.#outlived.has(tab)) return;
    this.#outlived.add(tab);
    void this.#options.tabs.gone(tab).then(() => this.open());
  }

  /** Shown at once; resolves when it would survive a reload. */
  async post(
    ticket: TicketId,
    kind: PostKind,
    text: string,
    files: readonly string[] = [],
    { hold_ms = 0, then_solve = false, macro, mentions = [], drafts = [] }: PostOptions = {},
  ): Promise<ClientId> {
    const { participant, tabs } = this.#options;
    const at = this.#clock.now();
    const item: Unsent = {
      client_id: newId(at),
      participant,
      ticket,
      kind,
      text,
      files,
      ...(mentions.length > 0 && { mentions }),
      ...(drafts.length > 0 && { drafts }),
      at,
      tab: tabs.id,
      ...((then_solve || macro) && {
        follow: {
          ...(then_solve && { solve: newId(at) }),
          ...(macro && { macro: { ...macro, key: newId(at) } }),
        },
      }),
      ...(hold_ms > 0 ? { state: 'held', due: at + hold_ms } : { state: 'queued' }),
    };
    this.#items.value = [...this.#items.peek(), item];
    if (item.state === 'held') this.#hold(item);
    try {
      await this.#keep(item);
    } finally {
      // A full disk must not keep a text from being sent.
      this.#pump();
    }
    return item.client_id;
  }

  /** Takes a held text back into its draft. False: it is on its way already, and stays so. */
  async takeBack(client_id: ClientId): Promise<boolean> {
    const item = this.#find(client_id);
    if (item?.state !== 'held') return false;
    this.#forget(client_id);
    const returned: Unsent = { ...item, state: 'returned' };
    // From here on no page sends it, whatever happens to this one.
    const marked = this.#keep(returned).catch(() => {});
    const given = this.#giveBack(returned, marked);
    this.#pump();
    await given.catch(() => {});
    return true;
  }

  async #giveBack(item: Unsent, marked: Promise<unknown> = Promise.resolve()): Promise<void> {
    await Promise.all([this.#options.giveBack?.(item), marked]);
    await this.#options.store.remove('outbox', name(item));
  }

  /** It cannot be taken back from when it is due. */
  #hold({ client_id, due = 0 }: Unsent): void {
    const left_ms = Math.min(due - this.#clock.now(), hold_ms_max);
    const release = () => {
      this.#holds.delete(client_id);
      this.#change(client_id, ({ due: _, ...item }) => ({ ...item, state: 'queued' }));
      void this.#keepNow(client_id);
      this.#pump();
    };
    if (left_ms <= 0) release();
    else this.#holds.set(client_id, this.#clock.after(left_ms, release));
  }

  retry(client_id: ClientId): void {
    this.#change(client_id, ({ refusal, ...item }) =>
      item.state === 'failed' ? { ...item, state: 'queued' } : { ...item, ...(refusal && { refusal }) },
    );
    void this.#keepNow(client_id);
    this.#pump();
  }

  /** A file came up, or nothing more can be done about one: what waited for it may go on. */
  wake(): void {
    this.#pump();
  }

  /** It goes without this file; without a word and a file nothing of it is left. */
  async withoutFile(client_id: ClientId, file: string): Promise<void> {
    const item = this.#find(client_id);
    if (!item || item.state === 'sending' || item.state === 'sent') return;
    const files = item.files.filter((each) => each !== file);
    if (files.length === 0 && item.text === '') return this.discard(client_id);
    this.#change(client_id, ({ sent_as: _, ...each }) => ({ ...each, files }));
    await this.#keepNow(client_id);
    this.#pump();
  }

  /** The hub has lost its files: they are sent up once more, then it is. */
  startOver(client_id: ClientId): void {
    this.#change(client_id, ({ sent_as: _, refusal: __, ...item }) => ({ ...item, state: 'queued' }));
    void this.#keepNow(client_id);
  }

  async discard(client_id: ClientId): Promise<void> {
    const item = this.#find(client_id);
    if (!item || item.state === 'sending') return;
    this.#forget(client_id);
    this.#options.onDiscard?.(item);
    await this.#options.store.remove('outbox', name(item));
    this.#pump();
  }

  /** A new socket was welcomed: whatever had no answer is sent again, in order. */
  connected(): void {
    this.disconnected();
    this.#live = !this.#closed;
    this.#pump();
  }

  disconnected(): void {
    this.#live = false;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#items.value = this.#items
      .peek()
      .map((item) => (item.state === 'sending' ? { ...item, state: 'queued' } : item));
  }

  /** `sent` and `refused` frames, in any order with the event. Others are none of its business. */
  onFrame(frame: ServerFrame): void {
    if (frame.type === 'sent') this.acknowledged(frame.client_id, frame.n);
    else if (frame.type === 'refused' && frame.client_id) {
      if (frame.ticket) this.#sendOn(frame.client_id, frame.ticket);
      else this.#refused(frame.client_id, frame, frame.retry_after_ms);
    }
  }

  /** By `sent`, or by its own event, whichever came first. */
  acknowledged(client_id: ClientId, n: number): void {
    const item = this.#find(client_id);
    if (!item || item.state === 'sent') return;
    this.#cancelTimer(client_id);
    this.#change(client_id, ({ refusal: _, ...rest }) => ({ ...rest, state: 'sent', n }));
    void this.#finish(item);
    this.#pump();
  }

  /** It stays kept until what was to follow is done, or was tried and told: after a reload the hub knows both by their keys. */
  async #finish(item: Unsent): Promise<void> {
    try {
      if (item.follow) await this.#options.onFollow?.(item);
    } catch {
      return;
    }
    await this.#options.store.remove('outbox', name(item));
  }

  /** Its event is on the screen: the bubble is the event's now. */
  shown(client_id: ClientId): void {
    const item = this.#find(client_id);
    if (item?.state === 'sent') this.#forget(client_id);
  }

  /** Somebody else may be at the keyboard from now on: nothing of this participant goes out any more. */
  close(): void {
    this.disconnected();
    for (const cancel of this.#holds.values()) cancel();
    this.#holds.clear();
    this.#closed = true;
  }

  /** How many texts of this participant in this browser would be lost by logging out, other tabs' included. */
  async unsentCount(): Promise<number> {
    const stored = await this.#options.store.list<Unsent>('outbox', `${this.participant}/`);
    const unkept = this.#items
      .peek()
      .filter(
        (item) => item.state !== 'sent' && !stored.some(({ client_id }) => client_id === item.client_id),
      );
    return stored.length + unkept.length;
  }

  /** Logging out: everything of this participant leaves this browser. */
  async clear(): Promise<void> {
    this.disconnected();
    for (const cancel of [...this.#resting.values(), ...this.#holds.values()]) cancel();
    this.#resting.clear();
    this.#holds.clear();
    this.#items.value = [];
    await this.#options.store.removeAll('outbox', `${this.participant}/`);
  }

  #pump(): void {
    if (!this.#live) return;
    for (let round = 0; round < tries_at_once_max; round++) {
      const next = this.#due();
      if (!next) return;
      const { client_id, ticket, kind, files, mentions, drafts } = next.item;
      const more = { ...(mentions && { mentions: [...mentions] }), ...(drafts && { drafts: [...drafts] }) };
      if (!this.#options.send({ type: 'send', ticket, client_id, kind, ...next.as, ...more })) return;
      this.#change(client_id, (item) => ({
        ...item,
        state: 'sending',
        ...(files.length > 0 && { sent_as: next.as }),
      }));
      if (files.length > 0) void this.#keepNow(client_id);
      this.#timers.set(client_id, this.#clock.after(answer_ms_max, this.#options.onStuck));
    }
  }

  /** The oldest queued text of a ticket that has none under way and is not told to wait. */
  #due(): { item: Unsent; as: NonNullable<Unsent['sent_as']> } | undefined {
    const items = this.#items.peek();
    const busy = new Set(items.filter(({ state }) => state === 'sending').map(({ ticket }) => ticket));
    for (const item of items) {
      // What is written after a held text waits with it, for the order.
      if (item.state === 'held') busy.add(item.ticket);
      if (item.state !== 'queued' || busy.has(item.ticket) || this.#resting.has(item.ticket)) continue;
      const as = this.#asSent(item);
      // What comes after it waits with it, so that the order stays; what is stuck may need a day.
      if (as === 'coming') busy.add(item.ticket);
      else if (as !== 'stuck') return { item, as };
    }
    return undefined;
  }

  #asSent(item: Unsent): NonNullable<Unsent['sent_as']> | 'coming' | 'stuck' {
    const { text, files, sent_as } = item;
    if (sent_as) return sent_as;
    if (files.length === 0) return { text, attachments: [] };
    const attached = this.#options.attached?.(item) ?? 'coming';
    if (typeof attached === 'string') return attached;
    // A message has words: without any it says what its files are called, for lists and for those who cannot see.
    const names = attached.map(({ name: each }) => each).join(', ');
    return { text: text === '' ? names : text, attachments: attached.map(({ id }) => id) };
  }

  #refused(client_id: ClientId, { code, message, field }: Refusal, retry_after_ms: number | undefined): void {
    const item = this.#find(client_id);
    if (!item || item.state === 'sent') return;
    this.#cancelTimer(client_id);
    const refusal = { code, message, ...(field && { field }) };
    if (retry_after_ms !== undefined) {
      this.#change(client_id, (each) => ({ ...each, state: 'queued', refusal }));
      this.#rest(item.ticket, retry_after_ms);
      return;
    }
    // It is shown where it was written: the other ticket may not be there for this person.
    this.#change(client_id, ({ sent_on, ...each }) => ({
      ...each,
      ticket: sent_on ?? each.ticket,
      state: 'failed',
      refusal,
    }));
    void this.#keepNow(client_id);
    this.#pump();
  }

  /**
   * Its ticket leads on, and took nothing of it: it goes where that leads, under the same id. It had been
   * accepted there before, or never will be; so it ends in one of the two, once.
   */
  #sendOn(client_id: ClientId, ticket: TicketId): void {
    const item = this.#find(client_id);
    if (!item || item.state === 'sent') return;
    this.#cancelTimer(client_id);
    // Files are bound to their ticket: they go up anew before it (`uploads.ts`).
    // Nor does what was to follow: nobody asked to solve the other ticket.
    this.#change(client_id, ({ sent_as: _, refusal: __, follow: ___, ...each }) => ({
      ...each,
      ticket,
      sent_on: each.sent_on ?? each.ticket,
      state: 'queued',
    }));
    void this.#keepNow(client_id);
    this.#pump();
  }

  #rest(ticket: TicketId, ms: number): void {
    this.#resting.get(ticket)?.();
    this.#resting.set(
      ticket,
      this.#clock.after(Math.max(200, ms), () => {
        this.#resting.delete(ticket);
        this.#pump();
      }),
    );
  }

  #keep(item: Unsent): Promise<void> {
    return this.#options.store.put('outbox', name(item), item);
  }

  async #keepNow(client_id: ClientId): Promise<void> {
    const item = this.#find(client_id);
    if (item && item.state !== 'sent') await this.#keep(item).catch(() => {});
  }

  #find(client_id: ClientId): Unsent | undefined {
    return this.#items.peek().find((item) => item.client_id === client_id);
  }

  #change(client_id: ClientId, to: (item: Unsent) => Unsent): void {
    this.#items.value = this.#items.peek().map((item) => (item.client_id === client_id ? to(item) : item));
  }

  #forget(client_id: ClientId): void {
    this.#cancelTimer(client_id);
    this.#holds.get(client_id)?.();
    this.#holds.delete(client_id);
    this.#items.value = this.#items.peek().filter((item) => item.client_id !== client_id);
  }

  #cancelTimer(client_id: ClientId): void {
    this.#timers.get(client_id)?.();
    this.#timers.delete(client_id);
  }
}

const name = ({ participant, client_id }: Unsent) => `${participant}/${client_id}`;
const byAge = (a: Unsent, b: Unsent) => (a.client_id < b.client_id ? -1 : 1);

/** What was under way when a page died is simply sent again; a refusal stays until the person retries. */
function restart({ refusal, ...kept }: Unsent): Unsent {
  // One of a page that knew no files yet has none.
  const item = { ...kept, files: kept.files ?? [] };
  if (item.state === 'held') return item;
  return item.state === 'failed' && refusal ? { ...item, refusal } : { ...item, state: 'queued' };
}

/** How many files of composers would be lost by logging out; those of unsent texts are counted with these. */
export async function draftFileCount(store: Store, participant: ParticipantId): Promise<number> {
  const [files, texts] = await Promise.all([
    store.list<{ id: string }>('files', `${participant}/`),
    store.list<Unsent>('outbox', `${participant}/`),
  ]);
  const named = new Set(texts.flatMap((text) => text.files ?? []));
  return files.filter(({ id }) => !named.has(id)).length;
}
