// Whether the macros are shown to choose from, and about what: the open ticket or the selected ones; and the one that
// was chosen for the open ticket, until its composer takes it.

import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Macro, TicketId } from '../../protocol';

const shown = signal(false);
const many = signal(false);
const chosen = signal<{ macro: Macro; ticket: TicketId } | null>(null);

export const choosing = {
  shown: shown as ReadonlySignal<boolean>,
  many: many as ReadonlySignal<boolean>,
  chosen: chosen as ReadonlySignal<unknown>,
  open(): void {
    shown.value = true;
  },
  openForMany(): void {
    many.value = true;
  },
  choose(macro: Macro, ticket: TicketId): void {
    batch(() => {
      choosing.close();
      chosen.value = { macro, ticket };
    });
  },
  /** Whatever was chosen for another ticket is forgotten with it. */
  take(ticket: TicketId): Macro | null {
    const one = chosen.peek();
    chosen.value = null;
    return one?.ticket === ticket ? one.macro : null;
  },
  close(): void {
    shown.value = false;
    many.value = false;
  },
};
