// What the assign dialog offers for what was typed. Pure.

import type { AgentTicket, Colleague, Colleagues, ParticipantId } from '../../protocol';
import type { Choice } from '../assignment';
import { rankOf, type Standing, standing } from '../colleagues/standing';
import type { Assigning } from './assigning';

export interface Option {
  key: string;
  group: 'agents' | 'teams';
  /** Empty for nobody, or for no team. */
  name: string;
  me: boolean;
  /** Null for nobody, and for teams. */
  standing: Standing | null;
  current: boolean;
  choice: Choice;
}

export function optionsFor(
  { agents, teams }: Colleagues,
  /** Null: of several tickets none is marked. */
  ticket: Pick<AgentTicket, 'team' | 'assignee'> | null,
  what: Assigning,
  me: ParticipantId,
  typed: string,
): Option[] {
  const people = agents
    .toSorted((a, b) => rank(a, me) - rank(b, me) || a.name.localeCompare(b.name))
    .map((each) => ({ id: each.id, name: each.name, stands: standing(each) }));
  const agent_options = [...people, { id: null, name: '', stands: null }].map(
    ({ id, name, stands }): Option => ({
      key: `agent-${id ?? 'nobody'}`,
      group: 'agents',
      name,
      me: id === me,
      standing: stands,
      current: ticket !== null && id === (ticket.assignee?.id ?? null),
      choice: { agent: id },
    }),
  );
  const team_options = [...teams, { id: null, name: '' }].map(
    ({ id, name }): Option => ({
      key: `team-${id ?? 'none'}`,
      group: 'teams',
      name,
      me: false,
      standing: null,
      current: ticket !== null && id === (ticket.team?.id ?? null),
      choice: { team: id },
    }),
  );
  const offered = [...(what === 'team' ? [] : agent_options), ...(what === 'agent' ? [] : team_options)];
  const wanted = plain(typed);
  // Nobody and no team are no search results: typing looks for a name.
  return wanted === '' ? offered : offered.filter(({ name }) => plain(name).includes(wanted));
}

/** Oneself first, then by how one can count on them. */
function rank(colleague: Colleague, me: ParticipantId): number {
  return colleague.id === me ? -1 : rankOf(colleague);
}

/** Without accents and case, so that `lena` finds Léna. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
