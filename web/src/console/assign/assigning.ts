// Whether the assign dialog stands open, and what it was opened for.

import { type ReadonlySignal, signal } from '@preact/signals';

export type Assigning = 'any' | 'agent' | 'team' | null;

const current = signal<Assigning>(null);

export const assigning = {
  what: current as ReadonlySignal<Assigning>,
  open(what: Exclude<Assigning, null>): void {
    current.value = what;
  },
  close(): void {
    current.value = null;
  },
};
