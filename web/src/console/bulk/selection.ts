// Which rows of the list are selected. A selection belongs to one list: showing another one ends it.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { TicketId } from '../../protocol';

/** domain::limits::ACTS_MAX: what one request may change. */
export const selected_max = 100;

const ids = signal<ReadonlySet<TicketId>>(new Set());
/** Where a range begins: the row that was selected last. */
let anchor: TicketId | null = null;

export const selection = {
  ids: ids as ReadonlySignal<ReadonlySet<TicketId>>,
  toggle(id: TicketId): void {
    const next = new Set(ids.peek());
    if (!next.delete(id)) next.add(id);
    anchor = id;
    ids.value = capped(next);
  },
  /** Everything from the row selected last up to this one. */
  extend(to: TicketId, order: readonly TicketId[]): void {
    ids.value = capped(new Set([...ids.peek(), ...range(order, anchor, to)]));
    anchor = to;
  },
  all(order: readonly TicketId[]): void {
    ids.value = capped(new Set(order));
  },
  /** What is no longer in the list cannot be acted on unseen. */
  keep(there: readonly TicketId[]): void {
    const now = ids.peek();
    const kept = there.filter((id) => now.has(id));
    if (kept.length !== now.size) ids.value = new Set(kept);
  },
  clear(): void {
    anchor = null;
    if (ids.peek().size > 0) ids.value = new Set();
  },
};

export function range(order: readonly TicketId[], from: TicketId | null, to: TicketId): TicketId[] {
  const end = order.indexOf(to);
  if (end === -1) return [];
  const start = from === null ? -1 : order.indexOf(from);
  if (start === -1) return [to];
  return order.slice(Math.min(start, end), Math.max(start, end) + 1);
}

const capped = (set: ReadonlySet<TicketId>): ReadonlySet<TicketId> =>
  set.size <= selected_max ? set : new Set([...set].slice(0, selected_max));
