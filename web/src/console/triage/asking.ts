// Which of the triage dialogs stands open, and about what: the open ticket or the selected ones.

import { type ReadonlySignal, signal } from '@preact/signals';

export type Asking = 'priority' | 'tags' | 'snooze';

const current = signal<Asking | null>(null);
const many = signal<Asking | null>(null);

export const asking = {
  what: current as ReadonlySignal<Asking | null>,
  many: many as ReadonlySignal<Asking | null>,
  open(what: Asking): void {
    current.value = what;
  },
  openForMany(what: Asking): void {
    many.value = what;
  },
  close(): void {
    current.value = null;
    many.value = null;
  },
};
