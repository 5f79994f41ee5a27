// "My tickets": the open and the closed list, read in pages and kept live by the socket's frames.
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { call, Refused } from '../core/api';
import type { Requesters } from '../core/feed';
import type { LineFrame } from '../core/line';
import { appendPage, applyInbox, applyRead, mergeRead, removeRow } from '../core/lists';
import type { Live } from '../core/live';
import type { Offered, PublicTicket, Row, Status, TicketId, TicketList } from '../protocol';

export type Which = 'open' | 'closed';
type PublicRow = Row<PublicTicket>;

export interface ListState {
  rows: readonly PublicRow[];
  count: number;
  next: string | undefined;
  loading: boolean;
}

const again_ms = 3_000;
/** Changes that come in a burst are one question to the hub. */
const settle_ms = 400;
const empty: ListState = { rows: [], count: 0, next: undefined, loading: false };

export const listOf = (status: Status): Which =>
  status === 'open' || status === 'pending' ? 'open' : 'closed';

export class TicketLists {
  readonly phase: ReadonlySignal<'loading' | 'ready' | 'signed_out'>;
  readonly offered = signal<readonly Offered[]>([]);
  readonly open = signal<ListState>(empty);
  readonly closed = signal<ListState>(empty);
  readonly #phase = signal<'loading' | 'ready' | 'signed_out'>('loading');
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: Live<Requesters>) {
    this.phase = this.#phase;
    this.#stop = live.listen((frame) => this.onFrame(frame));
    void this.read();
  }

  stop(): void {
    this.#stop();
    clearTimeout(this.#timer);
  }

  /** The first page of both lists; what is known stays on the screen until then. */
  read = async (): Promise<void> => {
    try {
      const [open, closed] = await Promise.all([page('open'), page('closed')]);
      batch(() => {
        this.#phase.value = 'ready';
        this.offered.value = open.offered;
        this.open.value = this.#merged(open, open.open_count);
        this.closed.value = this.#merged(closed, open.closed_count);
      });
    } catch (error) {
      if (error instanceof Refused && error.code === 'not_signed_in') this.#phase.value = 'signed_out';
      else this.#soon(again_ms);
    }
  };

  async more(which: Which): Promise<void> {
    const list = this[which];
    const { next, loading } = list.peek();
    if (!next || loading) return;
    list.value = { ...list.peek(), loading: true };
    try {
      const answer = await page(which, next);
      const rows = appendPage([...list.peek().rows], answer.rows);
      list.value = { ...list.peek(), rows, next: answer.next, loading: false };
    } catch {
      list.value = { ...list.peek(), loading: false };
    }
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'welcome' || frame.type === 'stale') this.#soon(0);
    else if (frame.type === 'inbox') this.#onTicket(frame.ticket as PublicTicket);
    else if (frame.type === 'inbox_gone') this.#remove(frame.ticket);
    else if (frame.type === 'read') {
      for (const list of [this.open, this.closed]) {
        list.value = {
          ...list.peek(),
          rows: applyRead([...list.peek().rows], frame.ticket, frame.mark, frame.unread),
        };
      }
    }
  }

  #onTicket(ticket: PublicTicket): void {
    const to = listOf(ticket.status);
    const from: Which = to === 'open' ? 'closed' : 'open';
    batch(() => {
      const moved = this[from].peek().rows.find((row) => row.ticket.id === ticket.id);
      if (moved && moved.ticket.version >= ticket.version) return;
      if (moved) this.#move(moved, from, to);
      const { rows, guessed } = applyInbox([...this[to].peek().rows], ticket);
      this[to].value = { ...this[to].peek(), rows };
      // A ticket from beyond the pages read, or a new one: the counts and its own numbers are the hub's to tell.
      if (guessed) this.#soon(settle_ms);
    });
  }

  #move(row: PublicRow, from: Which, to: Which): void {
    const source = this[from].peek();
    const target = this[to].peek();
    this[from].value = {
      ...source,
      rows: removeRow([...source.rows], row.ticket.id),
      count: Math.max(0, source.count - 1),
    };
    this[to].value = { ...target, rows: [row, ...target.rows], count: target.count + 1 };
  }

  #remove(ticket: TicketId): void {
    for (const list of [this.open, this.closed]) {
      const rows = removeRow([...list.peek().rows], ticket);
      if (rows.length < list.peek().rows.length)
        list.value = { ...list.peek(), rows, count: Math.max(0, list.peek().count - 1) };
    }
  }

  #merged(answer: TicketList, count: number): ListState {
    // A row may have moved between the lists while the answer was under way: frames win by version.
    const known = [...this.open.peek().rows, ...this.closed.peek().rows];
    return { rows: mergeRead(known, answer.rows), next: answer.next, count, loading: false };
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.read, ms);
  }
}

function page(state: Which, cursor?: string): Promise<TicketList> {
  return call('GET /v1/tickets', { query: { state, limit: 30, ...(cursor && { cursor }) } });
}
