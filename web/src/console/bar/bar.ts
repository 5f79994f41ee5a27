// Whether the command bar is there.

import { type ReadonlySignal, signal } from '@preact/signals';

const current = signal(false);

export const bar = {
  shown: current as ReadonlySignal<boolean>,
  open(): void {
    current.value = true;
  },
  close(): void {
    current.value = false;
  },
};
