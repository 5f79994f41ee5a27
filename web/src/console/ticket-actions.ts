// What an agent does to a ticket beside writing: each under a key of its own, so that a repeat does it once.
// A colleague who was first is told calmly, and the ticket is brought up to date.

import { Refused, retrying } from '../core/api';
import { failureOf } from '../core/errors';
import { newId } from '../core/ids';
import type { TicketAction, TicketId } from '../protocol';
import { announceFailure } from '../ui/Announcer';
import { toast } from '../ui/Toast';
import type { Desk } from './desk';
import { words } from './i18n';
import { ask } from './session';

/** True: done. False: refused or out of reach, and the person was told. */
export function act(desk: Desk, id: TicketId, action: TicketAction, key = newId()): Promise<boolean> {
  return told(desk, id, () =>
    ask('POST /v1/agent/tickets/{id}/actions', { path: { id }, body: action, key }),
  );
}

/** Tries while trying again is worth it; says why it did not work. What is tried must be fit to be done twice. */
export async function told(desk: Desk, ticket: TicketId, once: () => Promise<unknown>): Promise<boolean> {
  try {
    await retrying(once);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === 'not_signed_in') return false;
    if (error instanceof Refused && error.code === 'conflict') {
      toast(words.peek().told.conflict);
      catchUp(desk, ticket);
      return false;
    }
    const { message } = failureOf(error, words.peek().unreachable);
    toast(message);
    announceFailure(message);
    return false;
  }
}

/** Whatever this page has not seen of the ticket comes now; the list is read again. */
export function catchUp(desk: Desk, ticket: TicketId): void {
  const feed = desk.live.open(ticket).peek().feed;
  if (feed) desk.live.send({ type: 'subscribe', feeds: [{ ticket, after: feed.cursor }] });
  desk.live.close(ticket);
  void desk.list.read();
}
