// Files on their way up: kept in IndexedDB until the hub has the message they go with, so that a reload loses none.
// A file belongs to a composer (ticket and kind) until a text of the outbox names it; then it goes with that text.
// Two go up at a time; what cannot be reached is tried again for ever, what is refused waits for the person.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Attachment, ClientId, ErrorCode, ParticipantId, PostKind, TicketId } from '../protocol';
import { call, Refused } from './api';
import { browserClock, type Clock } from './clock';
import { fileName } from './file-name';
import { newId } from './ids';
import { type Attached, draftFileCount, type Outbox, type Unsent } from './outbox';
import type { Store } from './storage';
import type { Tabs } from './tabs';
import { type Uploading, type UploadRequest, upload } from './upload-request';

/** The place of a request's files, before there is a ticket. */
export const unopened = 'new';
export const at_once_max = 2;
const again_ms_min = 1_000;
const again_ms_max = 20_000;
/** What the hub wants to wait for longer is the person's to decide about. */
const wait_s_max = 60;
/** Refused for a while, as the hub says itself. */
const passing: readonly ErrorCode[] = ['unavailable', 'too_many_requests', 'disk_full'];
/** An earlier try may still be on its way: the hub holds its place for up to three minutes. */
const maybe_passing: readonly ErrorCode[] = ['conflict', 'malformed', 'internal'];
const tries_max = 14;
/** Of the whole file. */
const step_min = 0.02;

/** As it is kept. */
export interface Kept {
  id: string;
  /** The upload's idempotency key: a file that the hub forgot goes up under a new one. */
  key: ClientId;
  participant: ParticipantId;
  ticket: TicketId | typeof unopened;
  kind: PostKind;
  tab: string;
  name: string;
  bytes: Blob;
  /** Chosen for a request before there was a ticket; goes with a text of its own once there is one. */
  of_request?: true;
  /** The hub has it. */
  attachment?: Attachment;
}

/** `held`: there is no ticket yet. `waiting`: for its turn, or for the next try. */
export interface Upload extends Kept {
  state: 'held' | 'waiting' | 'sending' | 'up' | 'failed';
  sent_bytes: number;
  /** It did not work at least once. */
  tried: boolean;
  /** Why it failed, or waits. */
  refusal?: { code: ErrorCode; message: string };
}

export interface UploadsOptions {
  store: Store;
  tabs: Tabs;
  participant: ParticipantId;
  audience: 'requester' | 'agent';
  outbox: Pick<Outbox, 'items' | 'wake' | 'post' | 'startOver'>;
  /** Bytes went up just now. */
  onBytes?: (ticket: TicketId, kind: PostKind) => void;
  clock?: Clock;
  random?: () => number;
  request?: (request: UploadRequest) => Uploading;
}

export class Uploads {
  readonly items: ReadonlySignal<readonly Upload[]>;
  readonly #items = signal<readonly Upload[]>([]);
  readonly #options: UploadsOptions;
  readonly #clock: Clock;
  readonly #running = new Map<string, Uploading>();
  readonly #rests = new Map<string, () => void>();
  readonly #attempts = new Map<string, number>();
  /** Texts whose files were sent up once more: a hub that refuses them again has another reason. */
  readonly #renewed = new Set<ClientId>();
  /** Which text a file went with, until that one is committed or thrown away. */
  readonly #goes_with = new Map<string, ClientId>();
  readonly #outlived = new Set<string>();
  /** What a browser that could not keep it has lost. */
  readonly #missing = signal<ReadonlySet<string>>(new Set());
  /** Tickets whose request's files are to be posted as soon as they are here. */
  readonly #wanted = new Set<TicketId>();
  readonly #unwatch: () => void;
  #closed = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.items = this.#items;
    this.#unwatch = options.outbox.items.subscribe((texts) => this.#follow(texts));
    if (typeof window !== 'undefined') window.addEventListener('online', this.wake);
  }

  /** Takes over what earlier pages of this participant left, and what other tabs will leave when they go. */
  async open(): Promise<void> {
    const { store, tabs, participant, outbox } = this.#options;
    await tabs.alone(`outbox:${participant}`, async (alive) => {
      const kept = await store.list<Kept>('files', `${participant}/`);
      const texts = await store.list<Unsent>('outbox', `${participant}/`);
      const mine = new Set(outbox.items.peek().flatMap(({ files }) => files));
      const others = new Set(texts.flatMap(({ files }) => files ?? []).filter((id) => !mine.has(id)));
      for (const file of kept) {
        if (mine.has(file.id)) this.#restore(file);
        else if (file.tab !== tabs.id && alive.has(file.tab)) this.#outlive(file.tab);
        else if (!others.has(file.id)) this.#restore(file);
      }
    });
    for (const ticket of this.#wanted) this.#postRequest(ticket);
    outbox.wake();
    this.#pump();
  }

  /** The files of a composer, in the order they were added. */
  drafts(ticket: TicketId | typeof unopened, kind: PostKind): readonly Upload[] {
    const named = new Set(this.#options.outbox.items.value.flatMap(({ files }) => files));
    return this.#items.value.filter(
      (item) =>
        item.ticket === ticket && item.kind === kind && !named.has(item.id) && !this.#goes_with.has(item.id),
    );
  }

  /** Is one of its files neither here nor kept? */
  isMissing({ files, sent_as }: Pick<Unsent, 'files' | 'sent_as'>): boolean {
    return !sent_as && files.some((id) => this.#missing.value.has(id));
  }

  /** Those of a text that waits for them. */
  of({ files }: Pick<Unsent, 'files'>): readonly Upload[] {
    return this.#items.value.filter(({ id }) => files.includes(id));
  }

  /** What the outbox asks before it sends a text. */
  attached({ files }: Pick<Unsent, 'files'>): Attached {
    const known = files.map((id) => this.#find(id));
    if (known.some((file) => file?.state === 'failed')) return 'stuck';
    if (files.some((id) => this.#missing.peek().has(id))) return 'stuck';
    if (known.some((file) => file?.attachment === undefined)) return 'coming';
    return known.flatMap((file) => (file?.attachment ? [file.attachment] : []));
  }

  add(ticket: TicketId | typeof unopened, kind: PostKind, files: readonly File[]): void {
    const { participant, tabs } = this.#options;
    const added = files.map((file): Kept => {
      const id = newId(this.#clock.now());
      const of_request = ticket === unopened && ({ of_request: true } as const);
      const name = fileName(file.name);
      return { id, key: id, participant, ticket, kind, tab: tabs.id, name, bytes: file, ...of_request };
    });
    this.#items.value = [...this.#items.peek(), ...added.map(began)];
    for (const file of added) this.#keep(file);
    this.#pump();
  }

  /** Neither here nor at the hub is anything left of it. */
  cancel(id: string): void {
    const file = this.#find(id);
    if (!file) return;
    this.#forget(file);
    const { attachment, ticket } = file;
    if (attachment) {
      const route =
        this.#options.audience === 'agent'
          ? 'DELETE /v1/agent/tickets/{id}/attachments/{attachment}'
          : 'DELETE /v1/tickets/{id}/attachments/{attachment}';
      // What the hub was not told it forgets after a day.
      call(route, { path: { id: ticket, attachment: attachment.id } }).catch(() => {});
    }
    this.#options.outbox.wake();
    this.#pump();
  }

  /** Their text is taken back: they stand in its composer again. */
  giveBack({ files }: Pick<Unsent, 'files'>): void {
    for (const id of files) this.#goes_with.delete(id);
  }

  retry(id: string): void {
    this.#rested(id);
    this.#attempts.delete(id);
    this.#change(id, ({ refusal: _, ...file }) =>
      file.state === 'failed' || file.state === 'waiting'
        ? { ...file, state: 'waiting', tried: false }
        : file,
    );
    this.#pump();
  }

  /** The line is back: no reason to sit out a wait. */
  wake = (): void => {
    for (const id of [...this.#rests.keys()]) this.#rested(id);
    this.#pump();
  };

  /** The request was opened: its files belong to the ticket now. Resolves when that survives a reload. */
  async opened(ticket: TicketId): Promise<void> {
    for (const { id } of this.#items.peek().filter((file) => file.ticket === unopened)) {
      this.#change(id, (file) => ({ ...file, ticket }));
      const file = this.#find(id);
      if (file) await this.#keep(file);
    }
  }

  /** Posts what was chosen for this ticket's request, by this participant or by the visitor they were. */
  async postOpened(ticket: TicketId, visitor: ParticipantId): Promise<void> {
    const { store, participant, tabs } = this.#options;
    this.#wanted.add(ticket);
    await moveFiles(store, visitor, { participant, tab: tabs.id }, (file) => file.ticket === ticket);
    await this.open();
  }

  /** Somebody else may be at the keyboard from now on: nothing of this participant goes up any more. */
  close(): void {
    this.#closed = true;
    this.#unwatch();
    if (typeof window !== 'undefined') window.removeEventListener('online', this.wake);
    for (const { stop } of this.#running.values()) stop();
    for (const cancel of this.#rests.values()) cancel();
    this.#running.clear();
    this.#rests.clear();
  }

  /** How many of them logging out would lose, beside those of unsent texts; other tabs' included. */
  draftCount(): Promise<number> {
    return draftFileCount(this.#options.store, this.#options.participant);
  }

  /** Logging out: no file of this participant stays in this browser. */
  async clear(): Promise<void> {
    this.close();
    this.#items.value = [];
    await this.#options.store.removeAll('files', `${this.#options.participant}/`);
  }

  #postRequest(ticket: TicketId): void {
    const files = this.#items.peek().filter((file) => file.of_request && file.ticket === ticket);
    if (files.length === 0) return;
    for (const { id } of files) {
      this.#change(id, ({ of_request: _, ...file }) => ({ ...file, state: 'waiting' }));
      const file = this.#find(id);
      if (file) void this.#keep(file);
    }
    void this.#options.outbox.post(
      ticket,
      'reply',
      '',
      files.map(({ id }) => id),
    );
  }

  #restore(file: Kept): void {
    if (this.#find(file.id)) return;
    const mine = { ...file, tab: this.#options.tabs.id };
    if (mine.tab !== file.tab) this.#keep(mine);
    this.#items.value = [...this.#items.peek(), began(mine)].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #outlive(tab: string): void {
    if (this.#outlived.has(tab)) return;
    this.#outlived.add(tab);
    void this.#options.tabs.gone(tab).then(() => (this.#closed ? undefined : this.open()));
  }

  /** Files go with the text that names them: up, away, or up again. */
  #follow(texts: readonly Unsent[]): void {
    for (const { client_id, ticket, files, state, refusal } of texts) {
      if (files.some((id) => !this.#find(id)) && state !== 'sent') void this.#fetch(files);
      for (const id of files) this.#goes_with.set(id, client_id);
      if (state === 'queued') this.#moveTo(ticket, files);
      if (state === 'failed' && refusal?.code === 'not_found' && refusal.field === 'attachments')
        this.#sendAgain(client_id, files);
    }
    const waited_for = new Set(texts.filter(({ state }) => state !== 'sent').flatMap(({ files }) => files));
    for (const id of [...this.#goes_with.keys()]) {
      if (waited_for.has(id)) continue;
      const file = this.#find(id);
      if (file) this.#forget(file);
      else this.#goes_with.delete(id);
    }
  }

  /** A text was taken over from another tab: so are its files. */
  async #fetch(ids: readonly string[]): Promise<void> {
    const { store, participant } = this.#options;
    for (const id of ids) {
      if (this.#find(id)) continue;
      const file = await store.get<Kept>('files', `${participant}/${id}`);
      if (this.#closed) return;
      if (file) this.#restore(file);
      else this.#missing.value = new Set(this.#missing.peek()).add(id);
    }
    this.#options.outbox.wake();
    this.#pump();
  }

  /** The text's ticket was merged: its files go where it goes. */
  #moveTo(ticket: TicketId, files: readonly string[]): void {
    const elsewhere = files.filter((id) => {
      const file = this.#find(id);
      return file && file.ticket !== ticket && file.ticket !== unopened;
    });
    for (const id of elsewhere) this.#upAnew(id, { ticket });
    if (elsewhere.length > 0) queueMicrotask(() => this.#pump());
  }

  #upAnew(id: string, to: { ticket?: TicketId }): void {
    this.#running.get(id)?.stop();
    this.#running.delete(id);
    this.#rested(id);
    this.#change(id, ({ attachment: _, refusal: __, ...file }) => ({
      ...file,
      ...to,
      key: newId(this.#clock.now()),
      state: 'waiting',
      sent_bytes: 0,
      tried: false,
    }));
    const file = this.#find(id);
    if (file) this.#keep(file);
  }

  /** What no message named for a day is gone at the hub; it is still here. */
  #sendAgain(client_id: ClientId, files: readonly string[]): void {
    if (this.#renewed.has(client_id)) return;
    this.#renewed.add(client_id);
    for (const id of files) this.#upAnew(id, {});
    queueMicrotask(() => {
      this.#options.outbox.startOver(client_id);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#closed) return;
    for (const file of this.#items.peek()) {
      if (this.#running.size >= at_once_max) return;
      if (file.state === 'waiting' && !this.#rests.has(file.id)) void this.#start(file);
    }
  }

  async #start({ id, key, ticket, name, kind, bytes }: Upload): Promise<void> {
    const { audience, onBytes, request = upload } = this.#options;
    const base = audience === 'agent' ? '/v1/agent/tickets' : '/v1/tickets';
    this.#change(id, (file) => ({ ...file, state: 'sending', sent_bytes: 0 }));
    const uploading = request({
      url: `${base}/${ticket}/attachments?name=${encodeURIComponent(name)}`,
      key,
      bytes,
      clock: this.#clock,
      onProgress: (sent_bytes) => {
        const shown = this.#find(id)?.sent_bytes ?? 0;
        // The conversation is drawn anew each time: a step that nobody sees is none.
        if (sent_bytes - shown >= bytes.size * step_min)
          this.#change(id, (file) => ({ ...file, sent_bytes }));
        onBytes?.(ticket, kind);
      },
    });
    this.#running.set(id, uploading);
    onBytes?.(ticket, kind);
    try {
      const attachment = await uploading.answer;
      this.#ended(id, uploading, ({ refusal: _, ...file }) => ({
        ...file,
        state: 'up',
        sent_bytes: bytes.size,
        attachment,
      }));
    } catch (error) {
      this.#failed(id, uploading, error);
    }
  }

  #failed(id: string, uploading: Uploading, error: unknown): void {
    if (this.#running.get(id) !== uploading) return;
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    const refusal = error instanceof Refused && { code: error.code, message: error.problem.title };
    const wait_ms = this.#waitAfter(error, attempt);
    if (wait_ms !== null)
      this.#rests.set(
        id,
        this.#clock.after(wait_ms, () => {
          this.#rests.delete(id);
          this.#pump();
        }),
      );
    this.#ended(id, uploading, ({ refusal: _, ...file }) => ({
      ...file,
      state: wait_ms === null ? 'failed' : 'waiting',
      sent_bytes: 0,
      tried: true,
      ...(refusal && { refusal }),
    }));
  }

  #ended(id: string, uploading: Uploading, to: (file: Upload) => Upload): void {
    if (this.#running.get(id) !== uploading) return;
    this.#running.delete(id);
    this.#change(id, to);
    const file = this.#find(id);
    if (file?.attachment) this.#keep(file);
    this.#options.outbox.wake();
    this.#pump();
  }

  /** Until another try is worth it; null: that is for the person to decide. */
  #waitAfter(error: unknown, attempt: number): number | null {
    const most = Math.min(again_ms_max, again_ms_min * 2 ** (attempt - 1));
    const jittered = most * (0.5 + (this.#options.random ?? Math.random)() / 2);
    if (!(error instanceof Refused)) return jittered;
    const { code, retry_after_s = 0 } = error.problem;
    if (maybe_passing.includes(code) && attempt < tries_max) return jittered;
    if (!passing.includes(code)) return null;
    return retry_after_s > wait_s_max ? null : Math.max(jittered, retry_after_s * 1_000);
  }

  #rested(id: string): void {
    this.#rests.get(id)?.();
    this.#rests.delete(id);
  }

  #forget({ id }: Upload): void {
    this.#running.get(id)?.stop();
    this.#running.delete(id);
    this.#rested(id);
    this.#goes_with.delete(id);
    this.#items.value = this.#items.peek().filter((file) => file.id !== id);
    const { store, participant } = this.#options;
    void store.remove('files', `${participant}/${id}`).catch(() => {});
  }

  /** A full disk must not keep a file from being sent. */
  async #keep({ id, key, participant, ticket, kind, tab, name, bytes, ...maybe }: Kept): Promise<void> {
    const { of_request, attachment } = maybe;
    const kept: Kept = {
      ...{ id, key, participant, ticket, kind, tab, name, bytes },
      ...(of_request && { of_request }),
      ...(attachment && { attachment }),
    };
    await this.#options.store.put('files', `${participant}/${id}`, kept).catch(() => {});
  }

  #find(id: string): Upload | undefined {
    return this.#items.peek().find((file) => file.id === id);
  }

  #change(id: string, to: (file: Upload) => Upload): void {
    this.#items.value = this.#items.peek().map((file) => (file.id === id ? to(file) : file));
  }
}

function began(file: Kept): Upload {
  const { attachment, of_request, bytes } = file;
  if (attachment) return { ...file, state: 'up', sent_bytes: bytes.size, tried: false };
  return { ...file, state: of_request ? 'held' : 'waiting', sent_bytes: 0, tried: false };
}

/** Another participant's from now on, such as the guest's that a request made of a visitor. */
export async function moveFiles(
  store: Store,
  from: ParticipantId,
  to: Pick<Kept, 'participant' | 'tab'>,
  which: (file: Kept) => boolean,
): Promise<void> {
  if (from === to.participant) return;
  for (const file of (await store.list<Kept>('files', `${from}/`)).filter(which)) {
    await store.put('files', `${to.participant}/${file.id}`, { ...file, ...to });
    await store.remove('files', `${from}/${file.id}`);
  }
}

/** Can trying once more help? What is too large stays too large. */
export const isWorthARetry = ({ refusal }: Upload): boolean =>
  !refusal || !['too_large', 'bad_value', 'bad_character', 'too_long', 'required'].includes(refusal.code);
