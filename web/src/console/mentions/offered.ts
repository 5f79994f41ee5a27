// Whom the list offers for what was typed after an @, and who cannot be called. Pure.

import type { AgentTicket, Colleague, ParticipantId } from '../../protocol';
import { plain } from '../assign/options';
import { rankOf } from '../colleagues/standing';

/** More would hide the conversation. */
export const offered_max = 6;

export interface Offered {
  colleague: Colleague;
  /** The hub refuses to call who may not see the ticket. */
  reaches: boolean;
}

/** The hub's rule of who may see a ticket. */
export function reaches({ id, role, teams }: Colleague, { team, assignee }: AgentTicket): boolean {
  if (role !== 'agent' || assignee?.id === id) return true;
  return team ? teams.includes(team.id) : assignee === null;
}

/** Those who can be called first, then names that begin so, then those who are there. */
export function offered(
  agents: readonly Colleague[],
  ticket: AgentTicket,
  me: ParticipantId,
  typed: string,
): Offered[] {
  const wanted = plain(typed);
  const isWhole = (name: string) => /\s$/u.test(typed) && plain(name) === wanted;
  // The whole name and a space: it is typed, and needs no help.
  if (agents.some(({ name }) => isWhole(name))) return [];
  return agents
    .filter(({ id, name }) => id !== me && plain(name).includes(wanted))
    .map((colleague) => ({ colleague, reaches: reaches(colleague, ticket) }))
    .filter((each) => each.reaches || wanted !== '')
    .toSorted((a, b) => rank(a, wanted) - rank(b, wanted) || a.colleague.name.localeCompare(b.colleague.name))
    .slice(0, offered_max);
}

function rank({ colleague, reaches: can }: Offered, wanted: string): number {
  const begins = plain(colleague.name)
    .split(/\s+/u)
    .some((word) => word.startsWith(wanted));
  return (can ? 0 : 6) + (begins ? 0 : 3) + rankOf(colleague);
}
