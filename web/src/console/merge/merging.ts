// Whether the merge dialog stands open.

import { type ReadonlySignal, signal } from '@preact/signals';

const current = signal(false);

export const merging = {
  open: current as ReadonlySignal<boolean>,
  begin(): void {
    current.value = true;
  },
  close(): void {
    current.value = false;
  },
};
