import { expect, it } from 'vitest';
import { settle_ms, settle_ms_max, together_ms, waitFor } from './pace';

/** The times of the readings that changes at these times lead to, the last reading before them being long ago. */
function readings(changes: readonly number[]): number[] {
  const read: number[] = [];
  let due: number | null = null;
  let since: number | null = null;
  for (const now of [...changes, Number.POSITIVE_INFINITY]) {
    if (due !== null && due <= now) {
      read.push(due);
      due = null;
      since = null;
    }
    if (now === Number.POSITIVE_INFINITY) break;
    since ??= now;
    due = now + waitFor(now, read.at(-1) ?? Number.NEGATIVE_INFINITY, since);
  }
  return read;
}

it('numbers are read at once after a quiet while, and once for what one commit changed', () => {
  expect(readings([0, 3, 8])).toEqual([together_ms]);
  expect(readings([0, 10_000])).toEqual([together_ms, 10_000 + together_ms]);
});

it('numbers are read a little after the last of several changes, and now and then while there are more', () => {
  expect(readings([0, 300, 500])).toEqual([together_ms, 500 + settle_ms]);
  const busy = Array.from({ length: 60 }, (_, index) => index * 100);
  expect(readings(busy).slice(0, 2)).toEqual([together_ms, 100 + settle_ms_max]);
});
