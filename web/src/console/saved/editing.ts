// Which saved view is being changed, or that a new one is made.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { SavedView } from '../../protocol';

const current = signal<SavedView | 'new' | null>(null);

export const editing = {
  what: current as ReadonlySignal<SavedView | 'new' | null>,
  open(what: SavedView | 'new'): void {
    current.value = what;
  },
  close(): void {
    current.value = null;
  },
};
