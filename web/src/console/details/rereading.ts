// Reading again whatever a part of the page shows, after anything that may have changed it: a burst is one reading,
// and there are never two at a time.
import { browserClock, type Clock } from '../../core/clock';

/** A message, its alert and the mark that it was read often come together. */
export const settle_ms = 400;

export class Rereading {
  readonly #read: () => Promise<void>;
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;
  #reading = false;
  #wanted = false;
  #stopped = false;

  /** `read` keeps what it has when it fails: the next change reads again. */
  constructor(read: () => Promise<void>, clock: Clock = browserClock) {
    this.#read = read;
    this.#clock = clock;
  }

  soon(): void {
    if (this.#stopped || this.#cancel) return;
    if (this.#reading) {
      this.#wanted = true;
      return;
    }
    this.#cancel = this.#clock.after(settle_ms, () => {
      this.#cancel = null;
      void this.now();
    });
  }

  async now(): Promise<void> {
    this.#reading = true;
    await this.#read();
    this.#reading = false;
    if (!this.#wanted) return;
    this.#wanted = false;
    this.soon();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }
}
