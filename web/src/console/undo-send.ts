// Taking a reply back: for how long, as this browser was told, and the way back into the composer.
// Notes go at once: no requester reads them, and they can be corrected.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { Unsent } from '../core/outbox';
import { recall, remember } from '../core/storage';
import type { PostKind } from '../protocol';
import type { Desk } from './desk';

export const holds_s = [0, 5, 10, 20] as const;
export type HoldS = (typeof holds_s)[number];
const usual_s: HoldS = 10;
const kept = recall('undo-send');

const chosen = signal<HoldS>(holds_s.find((each) => String(each) === kept) ?? usual_s);
export const hold_s: ReadonlySignal<HoldS> = chosen;

export function setHold(seconds: HoldS): void {
  chosen.value = seconds;
  remember('undo-send', seconds === usual_s ? null : String(seconds));
}

export const holdMs = (kind: PostKind): number => (kind === 'note' ? 0 : chosen.peek() * 1_000);

/** The newest text of a ticket that can still be taken back. */
export const heldOf = (items: readonly Unsent[], ticket: string): Unsent | undefined =>
  items.findLast((item) => item.ticket === ticket && item.state === 'held');

/** Text and files stand in their composer again; at once, so that no letter is typed elsewhere. False: it was too late. */
export function takeBack({ outbox, uploads }: Desk, item: Unsent): boolean {
  if (outbox.items.peek().find(({ client_id }) => client_id === item.client_id)?.state !== 'held')
    return false;
  // Before the text lets go of them, or they would go with it.
  uploads.giveBack(item);
  void outbox.takeBack(item.client_id);
  return true;
}
