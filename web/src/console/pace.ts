// When numbers that several changes touch are read again. Pure.

/** What one commit changed comes in several frames. */
export const together_ms = 50;
/** Several changes in a row cost one reading. */
export const settle_ms = 700;
/** A busy inbox must not keep the numbers from ever being read. */
export const settle_ms_max = 3_000;

/**
 * From now, just after a change: at once after a quiet while, so that a number does not stand beside a list which
 * is ahead of it. `read_at`: when they were read last; `waiting_since`: the first change since then.
 */
export function waitFor(now: number, read_at: number, waiting_since: number): number {
  if (waiting_since - read_at >= settle_ms) return Math.max(0, together_ms - (now - waiting_since));
  return Math.min(settle_ms, Math.max(0, settle_ms_max - (now - waiting_since)));
}
