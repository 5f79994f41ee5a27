// The list of tickets on the screen: one view, read from the hub and kept live.
// Old rows stay while new ones are read; every view that was read once comes back at once.

import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { type Failure, failureOf } from '../core/errors';
import type { LineFrame } from '../core/line';
import { appendPage, applyRead, mergeRead, removeRow } from '../core/lists';
import type { AgentTicket, Inbox, ParticipantId, Row, SavedViewId, TicketId, ViewFilters } from '../protocol';
import { words } from './i18n';
import { withChange } from './inbox-change';
import { samePlace } from './place';
import { ask } from './session';
import { fits, isMentions, letsThrough, type Place } from './views';

const page_rows = 50;
const read_again_ms = 1_500;
const minute_ms = 60_000;

export type ListState = {
  place: Place;
  rows: Row<AgentTicket>[];
  phase: 'loading' | 'ready' | 'failed';
  failure: Failure | null;
  /** The cursor of the next page. */
  next: string | null;
  loading_more: boolean;
};

const empty: Omit<ListState, 'place'> = {
  rows: [],
  phase: 'loading',
  failure: null,
  next: null,
  loading_more: false,
};

export class TicketList {
  readonly state: ReadonlySignal<ListState>;
  readonly #state = signal<ListState>({ ...empty, place: { view: 'mine', team: null } });
  readonly #me: ParticipantId;
  readonly #before = new Map<string, Pick<ListState, 'rows' | 'next'>>();
  readonly #known = new Map<TicketId, Row<AgentTicket>>();
  #reading = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  readonly #filtersOf: (view: SavedViewId) => ViewFilters | undefined;
  readonly #every = setInterval(() => this.#readWithTime(), minute_ms);

  constructor(me: ParticipantId, filtersOf: (view: SavedViewId) => ViewFilters | undefined) {
    this.#me = me;
    this.#filtersOf = filtersOf;
    this.state = this.#state;
  }

  show(place: Place): void {
    if (this.#reading > 0 && samePlace(place, this.#state.peek().place)) return;
    this.#leave();
    const before = this.#before.get(nameOf(place));
    this.#state.value = { ...empty, ...before, phase: before ? 'ready' : 'loading', place };
    void this.read();
  }

  /** Reads the first page anew, over what is there. */
  async read(): Promise<void> {
    clearTimeout(this.#again);
    this.#again = undefined;
    const reading = ++this.#reading;
    const { place } = this.#state.peek();
    try {
      const inbox = await readView(place);
      if (reading === this.#reading) this.#take(inbox);
    } catch (error) {
      if (reading !== this.#reading) return;
      const failure = failureOf(error, words.peek().unreachable);
      this.#set({ phase: 'failed', failure });
    }
  }

  /** The next page, when there is one. */
  async readMore(): Promise<void> {
    const { next, loading_more, place } = this.#state.peek();
    if (next === null || loading_more) return;
    const reading = this.#reading;
    this.#set({ loading_more: true });
    try {
      const page = await readView(place, next);
      if (reading !== this.#reading) return;
      this.#remember(page.rows);
      this.#set({ rows: appendPage(this.#state.peek().rows, page.rows), next: page.next ?? null });
    } catch {
      // The button stays: the person presses it again.
    } finally {
      this.#set({ loading_more: false });
    }
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'welcome' || frame.type === 'stale') void this.read();
    else if (frame.type === 'inbox' && 'requester' in frame.ticket) this.#change(frame.ticket);
    else if (frame.type === 'inbox_gone') this.#rows((rows) => removeRow(rows, frame.ticket));
    else if (frame.type === 'read')
      this.#rows((rows) => applyRead(rows, frame.ticket, frame.mark, frame.unread));
  }

  close(): void {
    clearInterval(this.#every);
    clearTimeout(this.#again);
    this.#reading++;
  }

  #take(inbox: Inbox): void {
    const rows = mergeRead(this.#state.peek().rows, inbox.rows);
    batch(() => {
      this.#remember(rows);
      this.#set({ rows, next: inbox.next ?? null, phase: 'ready', failure: null });
    });
  }

  #change(ticket: AgentTicket): void {
    const { rows, place, next } = this.#state.peek();
    const known = this.#known.get(ticket.id);
    const after = withChange(rows, ticket, {
      fits: (changed) => this.#fits(changed, place),
      by_hub_alone: isMentions(place),
      hasMore: next !== null,
      known,
    });
    if (after.rows !== rows) this.#rows(() => after.rows);
    if (after.guessed) this.#readSoon();
  }

  /** While a saved view's filters are not known, what comes is let in by the hub's own reading alone. */
  #fits(ticket: AgentTicket, place: Place): boolean {
    if (place.saved === undefined) return fits(ticket, place, this.#me);
    const filters = this.#filtersOf(place.saved);
    if (!filters) this.#readSoon();
    return filters ? letsThrough(filters, ticket, this.#me, Date.now()) : false;
  }

  /** Time alone lets tickets into a view of those that wait for long. */
  #readWithTime(): void {
    const { place } = this.#state.peek();
    if (place.saved && this.#filtersOf(place.saved)?.waiting_min !== undefined) void this.read();
  }

  #readSoon(): void {
    // Not put off by what comes meanwhile: a busy inbox must not keep the list from being read.
    this.#again ??= setTimeout(() => void this.read(), read_again_ms);
  }

  #rows(to: (rows: Row<AgentTicket>[]) => Row<AgentTicket>[]): void {
    const rows = to(this.#state.peek().rows);
    this.#remember(rows);
    this.#set({ rows });
  }

  #remember(rows: readonly Row<AgentTicket>[]): void {
    for (const row of rows) this.#known.set(row.ticket.id, row);
  }

  #leave(): void {
    const { place, rows, next, phase } = this.#state.peek();
    if (phase === 'ready') this.#before.set(nameOf(place), { rows, next });
  }

  #set(change: Partial<ListState>): void {
    this.#state.value = { ...this.#state.peek(), ...change };
  }
}

const nameOf = ({ view, team, saved }: Place) => `${view}/${team ?? ''}/${saved ?? ''}`;

function readView({ view, team, saved }: Place, cursor?: string): Promise<Inbox> {
  const of = saved === undefined ? { view, ...(team && { team }) } : { saved };
  const query = { ...of, limit: page_rows, ...(cursor && { cursor }) };
  return ask('GET /v1/agent/tickets', { query });
}
