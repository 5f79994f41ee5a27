// What people are called in the console. Pure.

import type { AgentTicket, Line, Requester } from '../protocol';

/** A requester who gave no name is called by the address. */
export function nameOf({ name, email }: Pick<Requester, 'name' | 'email'>): string {
  return name.trim() || email;
}

/** For sentences: the first name, or what there is. */
export function shortName(requester: Pick<Requester, 'name' | 'email'>): string {
  const name = requester.name.trim();
  return name ? (name.split(/\s+/u)[0] ?? name) : requester.email;
}

/** Who spoke last, for a row: nobody is named when it was the requester. */
export function speaker(line: Line, me: string, you: string): string | null {
  if (line.side !== 'agent') return null;
  return line.name === me ? you : line.name;
}

export function titleOf(ticket: Pick<AgentTicket, 'subject' | 'number'>): string {
  return ticket.subject || `#${ticket.number}`;
}
