// Whether the assign dialog stands open, what it was opened for, and about what: the open ticket or the selected ones.

import { type ReadonlySignal, signal } from '@preact/signals';

export type Assigning = 'any' | 'agent' | 'team' | null;

const current = signal<Assigning>(null);
const many = signal(false);

export const assigning = {
  what: current as ReadonlySignal<Assigning>,
  many: many as ReadonlySignal<boolean>,
  open(what: Exclude<Assigning, null>): void {
    current.value = what;
  },
  openForMany(): void {
    many.value = true;
  },
  close(): void {
    current.value = null;
    many.value = false;
  },
};
