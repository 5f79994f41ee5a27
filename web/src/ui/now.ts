// The time as a page shows it: good to half a minute, one timer for the whole page.

import { type ReadonlySignal, signal } from '@preact/signals';

const every_ms = 30_000;
const current = signal(Date.now());
export const now: ReadonlySignal<number> = current;

setInterval(() => {
  current.value = Date.now();
}, every_ms);
