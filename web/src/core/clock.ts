// Time and timers as a value, so that state machines are tested without waiting.

export interface Clock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

/** The browser's own clock. `after` returns what cancels it. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};
