// The acts that go along with a draft, once it is sent: kept beside it, for each ticket and kind of text, over a reload.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Drafts } from '../../core/drafts';
import type { MacroFollow } from '../../core/outbox';
import type { ParticipantId, PostKind, TicketId } from '../../protocol';
import { partsIn, together } from './acts';

interface Kept {
  now: Signal<MacroFollow | null>;
  restored: Promise<void>;
}

export class PendingMacros {
  readonly #drafts: Drafts;
  /** Not the agent's own name: these are no texts, and are not counted among those that are not sent. */
  readonly #participant: string;
  readonly #known = new Map<string, Kept>();

  constructor(drafts: Drafts, me: ParticipantId) {
    this.#drafts = drafts;
    this.#participant = `${me}+macros`;
  }

  of(place: TicketId, kind: PostKind): ReadonlySignal<MacroFollow | null> {
    return this.#of(place, kind).now;
  }

  /** One more macro went into the text. */
  add(place: TicketId, kind: PostKind, more: MacroFollow): void {
    const before = this.#of(place, kind).now.peek();
    this.set(place, kind, before ? joined(before, more) : more);
  }

  /** Without an act left there is nothing to keep. */
  set(place: TicketId, kind: PostKind, follow: MacroFollow | null): void {
    const kept = this.#of(place, kind);
    kept.now.value = follow && partsIn(follow.actions).length > 0 ? follow : null;
    // What was kept before is read first, so that nothing of it is written over.
    const save = () => this.#drafts.save(this.#key(place, kind), kept.now.peek());
    void kept.restored.then(save).catch(() => {});
  }

  /** What is to be done once the text is sent; with the next text it is no more. */
  take(place: TicketId, kind: PostKind): MacroFollow | null {
    const follow = this.#of(place, kind).now.peek();
    if (follow) this.set(place, kind, null);
    return follow;
  }

  /** The agent leaves this browser. */
  forget(): Promise<void> {
    return this.#drafts.forget(this.#participant);
  }

  #of(place: TicketId, kind: PostKind): Kept {
    const name = `${place}/${kind}`;
    const known = this.#known.get(name);
    if (known) return known;
    const now = signal<MacroFollow | null>(null);
    const fresh = { now, restored: this.#restore(place, kind, now) };
    this.#known.set(name, fresh);
    return fresh;
  }

  async #restore(place: TicketId, kind: PostKind, into: Signal<MacroFollow | null>): Promise<void> {
    const kept = await this.#drafts.load<MacroFollow>(this.#key(place, kind)).catch(() => undefined);
    if (!kept) return;
    const meanwhile = into.peek();
    into.value = meanwhile ? joined(kept, meanwhile) : kept;
  }

  #key(place: TicketId, kind: PostKind) {
    return { participant: this.#participant, place, kind };
  }
}

const joined = (first: MacroFollow, then: MacroFollow): MacroFollow => ({
  names: [...new Set([...first.names, ...then.names])],
  actions: together(first.actions, then.actions),
});

/** Sent with "and solve": then nothing is put aside. */
export const withSolve = ({ names, actions }: MacroFollow): MacroFollow => {
  const { snooze_min: _, ...rest } = actions;
  return { names, actions: { ...rest, solve: true } };
};
