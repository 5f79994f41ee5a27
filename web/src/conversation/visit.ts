// One visit of a customer or guest in this browser: who they are, their socket, their unsent texts.
// Texts belong to participants: after a sign-in or sign-out nothing of one is sent as another.
import { type ReadonlySignal, signal } from '@preact/signals';
import { call, retrying } from '../core/api';
import { type Drafts, makeDrafts } from '../core/drafts';
import type { Requesters } from '../core/feed';
import { isConnected } from '../core/line';
import { Live } from '../core/live';
import { draftFileCount, Outbox } from '../core/outbox';
import { openStore, type Store } from '../core/storage';
import { openTabs, type Tabs } from '../core/tabs';
import type { Uploads } from '../core/uploads';
import { locale } from '../i18n';
import type { Me, ParticipantId, PublicSnapshot, Site, TicketId } from '../protocol';

/** Drafts of somebody who has not said who they are. */
export const anonymous = 'visitor';

interface Files {
  here: ReadonlySignal<Uploads | null>;
  opened: Promise<void>;
}

export class Visit {
  readonly site: Site;
  readonly store: Store;
  readonly drafts: Drafts;
  readonly me: ReadonlySignal<Me>;
  readonly live: ReadonlySignal<Live<Requesters>>;
  /** A guest's address as a ticket has it, while it can be corrected. */
  readonly unconfirmed = signal<ReadonlyMap<TicketId, string>>(new Map());
  readonly #me = signal<Me>({ guest_tickets: [] });
  readonly #live: ReturnType<typeof signal<Live<Requesters>>>;
  readonly #tabs: Tabs;
  #outboxes = new Map<ParticipantId, Outbox>();
  #uploads = new Map<ParticipantId, Files>();

  private constructor(site: Site, me: Me, store: Store, tabs: Tabs) {
    this.site = site;
    this.store = store;
    this.drafts = makeDrafts(store);
    this.#tabs = tabs;
    this.#me.value = me;
    this.me = this.#me;
    this.#live = signal(this.#makeLive());
    this.live = this.#live as ReadonlySignal<Live<Requesters>>;
    this.#connect();
  }

  static async open(site: Site, me: Me): Promise<Visit> {
    const [store, tabs] = await Promise.all([openStore(), openTabs()]);
    return new Visit(site, me, store, tabs);
  }

  get isKnown(): boolean {
    return isKnown(this.me.value);
  }

  /** The outbox of one participant; what an earlier page left in it goes out by itself. */
  outbox(participant: ParticipantId): Outbox {
    const known = this.#outboxes.get(participant);
    if (known) return known;
    const outbox = new Outbox({
      store: this.store,
      tabs: this.#tabs,
      participant,
      send: (frame) => this.live.peek().send(frame),
      onStuck: () => this.live.peek().line.reconnect(),
      attached: (text) => this.#uploads.get(participant)?.here.peek()?.attached(text) ?? 'coming',
    });
    this.#outboxes.set(participant, outbox);
    void outbox.open().then(() => {
      if (outbox.items.peek().some(({ files }) => files.length > 0)) this.uploads(participant);
    });
    if (isConnected(this.live?.peek().connection.peek() ?? 'connecting')) outbox.connected();
    return outbox;
  }

  /** One participant's files on their way up: null until their code is here, which the first load does not have. */
  uploads(participant: ParticipantId): ReadonlySignal<Uploads | null> {
    return this.#files(participant).here;
  }

  /** The same, waited for; null: its code cannot be had. */
  async uploadsReady(participant: ParticipantId): Promise<Uploads | null> {
    const files = this.#files(participant);
    await files.opened;
    return files.here.peek();
  }

  #files(participant: ParticipantId): Files {
    const known = this.#uploads.get(participant);
    if (known) return known;
    const here = signal<Uploads | null>(null);
    const files: Files = { here, opened: Promise.resolve() };
    this.#uploads.set(participant, files);
    files.opened = this.#openUploads(participant, files).then(
      (uploads) => {
        here.value = uploads;
      },
      () => void this.#uploads.delete(participant),
    );
    return files;
  }

  /** What was chosen for a request before signing in goes on with its draft. */
  async adoptFiles(from: ParticipantId, to: ParticipantId): Promise<void> {
    const { moveFiles, unopened } = await import('../core/uploads');
    const mine = { participant: to, tab: this.#tabs.id };
    await moveFiles(this.store, from, mine, ({ ticket }) => ticket === unopened);
  }

  async #openUploads(participant: ParticipantId, files: Files): Promise<Uploads | null> {
    const { Uploads } = await import('../core/uploads');
    const uploads = new Uploads({
      store: this.store,
      tabs: this.#tabs,
      participant,
      audience: 'requester',
      outbox: this.outbox(participant),
      onBytes: (ticket, kind) => this.live.peek().attention.typing(ticket, kind, 'file'),
    });
    await uploads.open();
    if (this.#uploads.get(participant) === files) return uploads;
    // Somebody else signed in meanwhile.
    uploads.close();
    return null;
  }

  /** After a sign-in, a sign-out or an expiry: everything is asked anew under the new cookie. */
  async changed(me: Me): Promise<void> {
    this.live.peek().stop();
    for (const outbox of this.#outboxes.values()) outbox.close();
    for (const { here } of this.#uploads.values()) here.peek()?.close();
    this.#outboxes = new Map();
    this.#uploads = new Map();
    this.#me.value = me;
    this.#live.value = this.#makeLive();
    this.#connect();
  }

  renamed(me: Me): void {
    this.#me.value = me;
  }

  /** What signing out would lose: unsent messages and drafts of this person in this browser. */
  async unsentCount(): Promise<number> {
    const counts = (await this.#everybody()).map((each) => this.#unsentOf(each));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  async signOut(): Promise<void> {
    const everybody = await this.#everybody();
    await call('POST /v1/sign-out', { body: {} });
    for (const each of everybody) await this.#forget(each);
    await this.changed(await retrying(() => call('GET /v1/me')));
  }

  /** What the end of a guest's access would lose. */
  async unsentIn(ticket: TicketId): Promise<number> {
    const { me } = await this.#readSnapshot(ticket);
    return this.#unsentOf(me);
  }

  /** The guest of this ticket leaves, and with them whatever this browser kept of theirs. */
  async endAccess(ticket: TicketId, everywhere: boolean): Promise<void> {
    const { me } = await this.#readSnapshot(ticket);
    await call('POST /v1/tickets/{id}/end-access', { path: { id: ticket }, body: { everywhere } });
    await this.#forget(me);
    await this.changed(await retrying(() => call('GET /v1/me')));
  }

  async #unsentOf(participant: ParticipantId): Promise<number> {
    const counts = [
      this.outbox(participant).unsentCount(),
      this.drafts.count(participant),
      draftFileCount(this.store, participant),
    ];
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  /** Nothing of theirs stays in this browser. */
  async #forget(participant: ParticipantId): Promise<void> {
    this.#uploads.get(participant)?.here.peek()?.close();
    await this.outbox(participant).clear();
    await this.drafts.forget(participant);
    await this.store.removeAll('files', `${participant}/`);
  }

  /** Whoever this person is here: signing out ends the access to guest tickets too. */
  async #everybody(): Promise<ParticipantId[]> {
    const { customer, guest_tickets } = this.me.peek();
    const guests = await Promise.all(
      guest_tickets.map((ticket) =>
        this.#readSnapshot(ticket).then(
          ({ me }) => [me],
          () => [],
        ),
      ),
    );
    return [...new Set([...(customer ? [customer.id] : []), ...guests.flat(), anonymous])];
  }

  #makeLive(): Live<Requesters> {
    const live = new Live<Requesters>({
      path: '/v1/realtime',
      locale: () => locale.peek(),
      readSnapshot: (ticket, before) => this.#readSnapshot(ticket, before),
      me: (snapshot) => snapshot.me,
      outboxes: () => this.#outboxes.values(),
      signedIn,
    });
    live.listen(({ type }) => {
      if (type === 'welcome') for (const { here } of this.#uploads.values()) here.peek()?.wake();
    });
    return live;
  }

  #connect(): void {
    const { customer } = this.me.peek();
    if (customer) this.outbox(customer.id);
    if (this.isKnown) this.live.peek().start();
  }

  async #readSnapshot(id: TicketId, before?: number): Promise<PublicSnapshot> {
    const snapshot = await call('GET /v1/tickets/{id}', {
      path: { id },
      query: before === undefined ? {} : { before },
    });
    if (before === undefined) this.addressOf(id, snapshot.unconfirmed_email);
    return snapshot;
  }

  addressOf(ticket: TicketId, email: string | undefined): void {
    const map = new Map(this.unconfirmed.peek());
    if (email) map.set(ticket, email);
    else map.delete(ticket);
    this.unconfirmed.value = map;
  }
}

/** The hub writes `null` for nobody. */
const isKnown = ({ customer, guest_tickets }: Me): boolean => Boolean(customer) || guest_tickets.length > 0;

async function signedIn(): Promise<boolean> {
  return isKnown(await call('GET /v1/me'));
}
