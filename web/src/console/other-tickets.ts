// The requester's other tickets, kept live: a snapshot tells them, changes of the inbox go on from there. Pure.
// The hub's rule repeated: the same participant, or the same address where both have proven it.

import type { AgentTicket, OtherTicket, TicketId } from '../protocol';

/** As many as a snapshot tells. */
export const others_max = 5;

export interface Others {
  of: AgentTicket;
  list: readonly OtherTicket[];
}

export function withOther({ of, list }: Others, changed: AgentTicket): Others {
  if (changed.id === of.id) return { of: changed, list };
  const known = list.some(({ id }) => id === changed.id);
  if (!known && !isSamePerson(of, changed)) return { of, list };
  const { id, number, subject, status, last_at } = changed;
  const rest = list.filter((each) => each.id !== id);
  const next = [...rest, { id, number, subject, status, last_at }].sort(
    (a, b) => b.last_at - a.last_at || (a.id < b.id ? 1 : -1),
  );
  return { of, list: next.slice(0, others_max) };
}

export function withoutOther({ of, list }: Others, gone: TicketId): Others {
  return { of, list: list.filter(({ id }) => id !== gone) };
}

function isSamePerson({ requester: a }: AgentTicket, { requester: b }: AgentTicket): boolean {
  if (a.id === b.id) return true;
  const proven = a.proof !== 'not_confirmed' && b.proof !== 'not_confirmed';
  return proven && a.email.toLowerCase() === b.email.toLowerCase();
}
