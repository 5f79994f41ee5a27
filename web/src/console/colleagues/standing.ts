// How a colleague stands: their own word first, then whether a page of theirs is open. Pure.

import type { Colleague, Colleagues, PresenceScope } from '../../protocol';

export type Standing = 'online' | 'away' | 'offline';
type Stands = Pick<Colleague, 'online' | 'availability'>;

export function standing({ online, availability }: Stands): Standing {
  if (availability === 'away') return 'away';
  return online ? 'online' : 'offline';
}

/** Who can be counted on soonest stands first. */
export const rankOf = (colleague: Stands): number =>
  ({ online: 0, away: 1, offline: 2 })[standing(colleague)];

/** The list after the hub told whose sessions it knows. */
export const withScope = (list: Colleagues, presence: PresenceScope): Colleagues => ({ ...list, presence });

/** The list after a `colleague` frame; null when it is about somebody the list does not know. */
export function withColleague(list: Colleagues, told: Stands & Pick<Colleague, 'id'>): Colleagues | null {
  const { id, online, availability } = told;
  if (!list.agents.some((each) => each.id === id)) return null;
  const agents = list.agents.map((each) => (each.id === id ? { ...each, online, availability } : each));
  return { ...list, agents };
}
