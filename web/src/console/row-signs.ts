// The passing signs on rows: whose requester is there, and who types. Only what frames told; gone by itself.

import { type ReadonlySignal, signal } from '@preact/signals';
import { typing_ms } from '../core/feed';
import type { LineFrame } from '../core/line';
import type { Presence, Present, TicketId } from '../protocol';

export class RowSigns {
  readonly present: ReadonlySignal<ReadonlyMap<TicketId, Present>>;
  readonly typing: ReadonlySignal<ReadonlySet<TicketId>>;
  readonly #present = signal<ReadonlyMap<TicketId, Present>>(new Map());
  readonly #typing = signal<ReadonlySet<TicketId>>(new Set());
  readonly #ends = new Map<TicketId, ReturnType<typeof setTimeout>>();

  constructor() {
    this.present = this.#present;
    this.typing = this.#typing;
  }

  presence(ticket: TicketId, people: readonly Presence[]): void {
    const requesters = people.filter(({ side }) => side === 'requester').map(({ state }) => state);
    const state =
      requesters.find((each) => each === 'attending') ?? requesters.find((each) => each === 'online');
    this.#present.value = new Map(this.#present.peek()).set(ticket, state ?? 'offline');
  }

  onFrame(frame: LineFrame): void {
    if (frame.type === 'presence') this.presence(frame.ticket, frame.people);
    else if (frame.type === 'typing' && frame.side === 'requester') this.#typed(frame.ticket);
    else if (frame.type === 'event' && frame.event.author.side === 'requester') this.#ended(frame.ticket);
    // What another node knows comes anew with the new connection.
    else if (frame.type === 'welcome') this.#present.value = new Map();
  }

  close(): void {
    for (const end of this.#ends.values()) clearTimeout(end);
  }

  #typed(ticket: TicketId): void {
    clearTimeout(this.#ends.get(ticket));
    this.#ends.set(
      ticket,
      setTimeout(() => this.#ended(ticket), typing_ms),
    );
    if (!this.#typing.peek().has(ticket)) this.#typing.value = new Set(this.#typing.peek()).add(ticket);
  }

  #ended(ticket: TicketId): void {
    clearTimeout(this.#ends.get(ticket));
    this.#ends.delete(ticket);
    if (!this.#typing.peek().has(ticket)) return;
    const left = new Set(this.#typing.peek());
    left.delete(ticket);
    this.#typing.value = left;
  }
}
