// What "give it to her" or "move it to Payments" means for the two fields of a ticket. Pure:
// the hub sets both as they are sent, so the one that was not chosen is sent as it should stay.

import type { AgentTicket, Colleague, ParticipantId, TeamId, TicketAction } from '../protocol';

export type Choice = { agent: ParticipantId | null } | { team: TeamId | null };

export type Assignment = Extract<TicketAction, { action: 'assign' }>;

export function assignment(
  ticket: Pick<AgentTicket, 'team' | 'assignee'>,
  choice: Choice,
  colleagues: readonly Colleague[],
): Assignment {
  const team = ticket.team?.id ?? null;
  const agent = ticket.assignee?.id ?? null;
  if ('agent' in choice) return { action: 'assign', team, agent: choice.agent };
  // Whoever is not of the new team would lose sight of the ticket and still be answerable for it.
  const stays = choice.team === null || isOfTeam(agent, choice.team, colleagues);
  return { action: 'assign', team: choice.team, agent: stays ? agent : null };
}

export function changesNothing(
  ticket: Pick<AgentTicket, 'team' | 'assignee'>,
  { team, agent }: Assignment,
): boolean {
  return team === (ticket.team?.id ?? null) && agent === (ticket.assignee?.id ?? null);
}

function isOfTeam(agent: ParticipantId | null, team: TeamId, colleagues: readonly Colleague[]): boolean {
  return colleagues.some(({ id, teams }) => id === agent && teams.includes(team));
}
