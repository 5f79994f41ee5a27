// One visit of a customer or guest in this browser: who they are, their socket, their unsent texts.
// Texts belong to participants: after a sign-in or sign-out nothing of one is sent as another.
import { type ReadonlySignal, signal } from '@preact/signals';
import { call, retrying } from '../core/api';
import { type Drafts, makeDrafts } from '../core/drafts';
import type { Requesters } from '../core/feed';
import { Live } from '../core/live';
import { Outbox } from '../core/outbox';
import { openStore, type Store } from '../core/storage';
import { openTabs, type Tabs } from '../core/tabs';
import { locale } from '../i18n';
import type { Me, ParticipantId, PublicSnapshot, Site, TicketId } from '../protocol';

/** Drafts of somebody who has not said who they are. */
export const anonymous = 'visitor';

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
    const { customer, guest_tickets } = this.me.value;
    return customer !== undefined || guest_tickets.length > 0;
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
      onStuck: () => this.live.peek().socket.reconnect(),
    });
    this.#outboxes.set(participant, outbox);
    void outbox.open();
    if (this.live?.peek().connection.peek() === 'live') outbox.connected();
    return outbox;
  }

  /** After a sign-in, a sign-out or an expiry: everything is asked anew under the new cookie. */
  async changed(me: Me): Promise<void> {
    this.live.peek().stop();
    for (const outbox of this.#outboxes.values()) outbox.close();
    this.#outboxes = new Map();
    this.#me.value = me;
    this.#live.value = this.#makeLive();
    this.#connect();
  }

  async renamed(me: Me): Promise<void> {
    this.#me.value = me;
  }

  /** What signing out would lose: unsent messages and drafts of this customer in this browser. */
  async unsentCount(): Promise<number> {
    const participant = this.me.peek().customer?.id;
    if (!participant) return 0;
    return (await this.outbox(participant).unsentCount()) + (await this.drafts.count(participant));
  }

  async signOut(): Promise<void> {
    const participant = this.me.peek().customer?.id;
    await call('POST /v1/sign-out', { body: {} });
    if (participant) {
      await this.outbox(participant).clear();
      await this.drafts.forget(participant);
    }
    await this.changed(await retrying(() => call('GET /v1/me')));
  }

  #makeLive(): Live<Requesters> {
    return new Live<Requesters>({
      path: '/v1/realtime',
      locale: () => locale.peek(),
      readSnapshot: (ticket, before) => this.#readSnapshot(ticket, before),
      me: (snapshot) => snapshot.me,
      outboxes: () => this.#outboxes.values(),
      signedIn,
    });
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

async function signedIn(): Promise<boolean> {
  try {
    const { customer, guest_tickets } = await call('GET /v1/me');
    return customer !== undefined || guest_tickets.length > 0;
  } catch {
    return true; // Not known: the socket goes on trying.
  }
}
