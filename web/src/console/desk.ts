// Everything that lives as long as an agent's sign-in on this page: the one socket with its feeds,
// the list, the numbers, the outbox and the drafts. Made after signing in, closed after signing out;
// a new sign-in gets a new desk, and with it a new socket.

import { type ReadonlySignal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Drafts, makeDrafts } from '../core/drafts';
import { type AgentLive, Live } from '../core/live';
import { type MacroFollow, Outbox } from '../core/outbox';
import type { Store } from '../core/storage';
import type { Tabs } from '../core/tabs';
import { Uploads } from '../core/uploads';
import { locale } from '../i18n';
import type {
  AgentMe,
  AgentSnapshot,
  AgentTicket,
  FileLimits,
  OtherTicket,
  Presence,
  Site,
  TicketId,
} from '../protocol';
import { Counts } from './counts';
import { DraftSync } from './drafts/sync';
import { PendingMacros } from './macros/pending';
import { MacroShelf } from './macros/shelf';
import { type Others, withOther, withoutOther } from './other-tickets';
import { RowSigns } from './row-signs';
import { TicketSearch } from './search/ticket-search';
import { ask, expireSession, session, stillSignedIn } from './session';
import { act } from './ticket-actions';
import { TicketList } from './ticket-list';

export interface Desk {
  readonly me: AgentMe;
  live: AgentLive;
  outbox: Outbox;
  uploads: Uploads;
  drafts: Drafts;
  /** The hub's copies of them. */
  sync: DraftSync;
  /** This browser forgets drafts and unsent texts at a reload. */
  forgetful: boolean;
  list: TicketList;
  search: TicketSearch;
  counts: Counts;
  macros: MacroShelf;
  /** Acts that go along with drafts. */
  pending: PendingMacros;
  signs: RowSigns;
  /** The requester's other tickets, as the newest snapshot of a ticket told them and changes went on. */
  otherTickets(ticket: TicketId): readonly OtherTicket[];
  /** Topics and limits; null until they are read. */
  site: ReadonlySignal<Site | null>;
  close(): void;
}

export async function openDesk(me: AgentMe, store: Store, tabs: Tabs): Promise<Desk> {
  const others = signal<ReadonlyMap<TicketId, Others>>(new Map());
  const changeOthers = (to: (each: Others) => Others) => {
    others.value = new Map([...others.peek()].map(([id, each]) => [id, to(each)]));
  };
  const site = signal<Site | null>(null);
  const readSite = async () => {
    site.value ??= await ask('GET /v1/site').catch(() => null);
  };
  const search = new TicketSearch();
  const counts = new Counts();
  const list = new TicketList(me.id, (view) => counts.saved.peek()?.find(({ id }) => id === view)?.filters);
  const signs = new RowSigns();
  const outboxes: Outbox[] = [];
  const sync = new DraftSync({
    drafts: makeDrafts(store),
    store,
    me: me.id,
    hub: {
      list: async () => (await ask('GET /v1/agent/drafts')).drafts,
      ofTicket: async (id) => (await ask('GET /v1/agent/tickets/{id}/drafts', { path: { id } })).drafts,
      keep: (id, kind, body, keepalive) =>
        ask('PUT /v1/agent/tickets/{id}/drafts/{kind}', { path: { id, kind }, body, keepalive }),
    },
  });
  const { drafts } = sync;
  const macros = new MacroShelf();
  const pending = new PendingMacros(drafts, me.id);
  const readSnapshot = async (id: TicketId, before?: number): Promise<AgentSnapshot> => {
    const query = before === undefined ? {} : { before };
    const snapshot = await ask('GET /v1/agent/tickets/{id}', { path: { id }, query });
    others.value = new Map(others.peek()).set(id, { of: snapshot.ticket, list: snapshot.other_tickets });
    signs.presence(id, snapshot.people);
    return snapshot;
  };
  const live: AgentLive = new Live({
    path: '/v1/agent/realtime',
    locale: () => locale.peek(),
    readSnapshot,
    me: () => me.id,
    outboxes: () => outboxes,
    signedIn: stillSignedIn,
  });
  const outbox = new Outbox({
    store,
    tabs,
    participant: me.id,
    send: live.send,
    onStuck: live.line.reconnect,
    attached: (text) => uploads.attached(text),
    giveBack: ({ ticket, kind, text, follow }) => {
      if (follow?.macro)
        pending.add(ticket, kind, { names: follow.macro.names, actions: follow.macro.actions });
      return drafts.giveBack({ participant: me.id, place: ticket, kind }, text);
    },
    onDiscard: ({ ticket, kind }) => sync.takenBack(ticket, kind),
    onFollow: async ({ ticket, follow }) => {
      if (follow?.macro) await followMacro(desk, ticket, follow.macro);
      if (follow?.solve) await act(desk, ticket, { action: 'solve' }, follow.solve);
    },
  });
  await outbox.open();
  const uploads = new Uploads({
    store,
    tabs,
    participant: me.id,
    audience: 'agent',
    outbox,
    onBytes: (ticket, kind) => live.attention.typing(ticket, kind, 'file'),
  });
  await uploads.open();
  outboxes.push(outbox);
  await sync.start();
  const onHidden = () => document.visibilityState === 'hidden' && sync.flush(true);
  document.addEventListener('visibilitychange', onHidden);

  const silence = live.listen((frame) => {
    // A list is state, not a feed: after a gap it is read again.
    if (frame.type === 'welcome') {
      void readSite();
      uploads.wake();
    }
    list.onFrame(frame);
    search.onFrame(frame);
    counts.onFrame(frame);
    macros.onFrame(frame);
    signs.onFrame(frame);
    sync.onFrame(frame);
    if (frame.type === 'inbox') changeOthers((each) => withOther(each, frame.ticket as AgentTicket));
    if (frame.type === 'inbox_gone') changeOthers((each) => withoutOther(each, frame.ticket));
  });
  const unwatch = live.connection.subscribe((connection) => {
    if (connection === 'signed_out') expireSession();
  });

  const desk: Desk = {
    // A name changed in the settings holds at once.
    get me() {
      const now = session.value;
      return now.state === 'in' ? now.me : me;
    },
    live,
    outbox,
    uploads,
    drafts,
    sync,
    forgetful: store.kind === 'memory',
    list,
    search,
    counts,
    macros,
    pending,
    signs,
    site,
    otherTickets: (ticket) => others.value.get(ticket)?.list ?? [],
    close() {
      silence();
      unwatch();
      live.stop();
      uploads.close();
      list.close();
      search.close();
      counts.close();
      signs.close();
      outbox.close();
      document.removeEventListener('visibilitychange', onHidden);
      sync.close();
    },
  };
  live.start();
  void readSite();
  counts.readAll();
  return desk;
}

async function followMacro(
  desk: Desk,
  ticket: TicketId,
  macro: MacroFollow & { key: string },
): Promise<void> {
  const { followUp } = await (await import('./macros')).load();
  await followUp(desk, ticket, macro);
}

const DeskContext = createContext<Desk | null>(null);
export const DeskProvider = DeskContext.Provider;

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('a part of the console stands outside of a desk');
  return desk;
}

/** Until the site has said its own. */
const text_chars_max = 10_000;
const text_bytes_max = 12 * 1024;

/** How long a text may be. */
export function limitsOf({ site }: Desk): { chars_max: number; bytes_max: number } {
  const limits = site.value?.limits;
  return {
    chars_max: limits?.text_chars_max ?? text_chars_max,
    bytes_max: limits?.text_bytes_max ?? text_bytes_max,
  };
}

/** Until the site has said its own. */
const file_bytes_max = 25 * 1024 * 1024;
const files_max = 10;

/** How large files may be, and how many go with a message. */
export const fileLimitsOf = ({ site }: Desk): FileLimits =>
  site.value?.files ?? { bytes_max: file_bytes_max, per_message: files_max };

/** The requester among the people of a ticket. */
export const requesterOf = (people: readonly Presence[]): Presence | undefined =>
  people.find(({ side }) => side === 'requester');
