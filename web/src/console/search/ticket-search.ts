// The search over everything the agent may see: what was typed, its hits page by page, kept live as far as
// their tickets' facts go. Old hits stay while one types on.

import { type ReadonlySignal, signal } from '@preact/signals';
import { type Failure, failureOf } from '../../core/errors';
import type { LineFrame } from '../../core/line';
import { applyRead } from '../../core/lists';
import type { AgentTicket, SearchHit, SearchHits, TicketId } from '../../protocol';
import { words } from '../i18n';
import { ask } from '../session';

const typed_ms = 200;

export type SearchState = {
  /** As it was typed; blank means that nothing is looked for. */
  q: string;
  hits: readonly SearchHit[];
  phase: 'loading' | 'ready' | 'failed';
  failure: Failure | null;
  next: string | null;
  loading_more: boolean;
  /** The next page could not be read: only a press tries again. */
  more_failed: boolean;
};

const nothing: SearchState = {
  q: '',
  hits: [],
  phase: 'ready',
  failure: null,
  next: null,
  loading_more: false,
  more_failed: false,
};

type Read = (q: string, after?: string) => Promise<SearchHits>;

const readPage: Read = (q, after) =>
  ask('GET /v1/agent/search', { query: { q, ...(after !== undefined && { after }) } });

export class TicketSearch {
  readonly state: ReadonlySignal<SearchState>;
  readonly #state = signal(nothing);
  readonly #read: Read;
  #reading = 0;
  #typed: ReturnType<typeof setTimeout> | undefined;

  constructor(read: Read = readPage) {
    this.#read = read;
    this.state = this.#state;
  }

  /** Looks for it once the person pauses; a blank text ends the search. */
  type(q: string): void {
    clearTimeout(this.#typed);
    this.#reading++;
    if (q.trim() === '') {
      this.#state.value = nothing;
      return;
    }
    this.#set({ q, phase: 'loading', failure: null, next: null, loading_more: false, more_failed: false });
    this.#typed = setTimeout(() => void this.read(), typed_ms);
  }

  end(): void {
    this.type('');
  }

  /** The first page, over what is there. */
  async read(): Promise<void> {
    clearTimeout(this.#typed);
    const reading = ++this.#reading;
    this.#set({ phase: 'loading', failure: null });
    try {
      const { hits, next } = await this.#read(this.#state.peek().q.trim());
      if (reading === this.#reading) this.#set({ hits, next: next ?? null, phase: 'ready' });
    } catch (error) {
      if (reading !== this.#reading) return;
      this.#set({ hits: [], phase: 'failed', failure: failureOf(error, words.peek().unreachable) });
    }
  }

  /** The next page, which may be empty and still have one after it. */
  async readMore(): Promise<void> {
    const { next, loading_more, phase, q } = this.#state.peek();
    if (next === null || loading_more || phase !== 'ready') return;
    const reading = this.#reading;
    this.#set({ loading_more: true, more_failed: false });
    try {
      const page = await this.#read(q.trim(), next);
      if (reading !== this.#reading) return;
      const hits = [...this.#state.peek().hits, ...page.hits];
      this.#set({ hits, next: page.next ?? null, loading_more: false });
    } catch {
      if (reading === this.#reading) this.#set({ loading_more: false, more_failed: true });
    }
  }

  /** A hit stays where it is; only the facts of its ticket change, or it leaves the agent's reach. */
  onFrame(frame: LineFrame): void {
    if (frame.type === 'inbox' && 'requester' in frame.ticket) this.#change(frame.ticket);
    else if (frame.type === 'inbox_gone') this.#gone(frame.ticket);
    else if (frame.type === 'read') {
      this.#hits((hit) => {
        const [row] = applyRead([hit.row], frame.ticket, frame.mark, frame.unread);
        return row && row !== hit.row ? { ...hit, row } : hit;
      });
    }
  }

  close(): void {
    clearTimeout(this.#typed);
    this.#reading++;
  }

  #change(ticket: AgentTicket): void {
    this.#hits((hit) =>
      hit.row.ticket.id === ticket.id && ticket.version > hit.row.ticket.version
        ? { ...hit, row: { ...hit.row, ticket } }
        : hit,
    );
  }

  #gone(ticket: TicketId): void {
    this.#set({ hits: this.#state.peek().hits.filter(({ row }) => row.ticket.id !== ticket) });
  }

  #hits(to: (hit: SearchHit) => SearchHit): void {
    this.#set({ hits: this.#state.peek().hits.map(to) });
  }

  #set(change: Partial<SearchState>): void {
    this.#state.value = { ...this.#state.peek(), ...change };
  }
}
