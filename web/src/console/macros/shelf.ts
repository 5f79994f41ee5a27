// The macros that this agent may use. Read when the line begins, and anew whenever the hub says that they changed.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { LineFrame } from '../../core/line';
import type { Macro } from '../../protocol';
import { ask } from '../session';

export class MacroShelf {
  /** Null until they were read. */
  readonly list: ReadonlySignal<readonly Macro[] | null>;
  readonly #list = signal<readonly Macro[] | null>(null);
  /** An answer that a later question overtook is old. */
  #asked = 0;

  constructor() {
    this.list = this.#list;
  }

  onFrame({ type }: LineFrame): void {
    if (type === 'shelf' || type === 'welcome' || type === 'stale') void this.read();
  }

  /** What could not be read stays as it was. */
  async read(): Promise<void> {
    const asked = ++this.#asked;
    const read = await ask('GET /v1/agent/macros').catch(() => null);
    if (read && asked === this.#asked) this.#list.value = read.macros;
  }
}
