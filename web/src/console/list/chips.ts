// Which chips a row wears: only facts that the view itself does not tell already. Pure.

import type { AgentTicket, ParticipantId, Priority, Status } from '../../protocol';
import { isMentions, isPutAside, type Place } from '../views';

export type Chip =
  | { kind: 'waiting'; ms: number; tone: '' | 'warn' | 'danger' }
  | { kind: 'status'; status: Status }
  | { kind: 'merged' }
  | { kind: 'draft' }
  | { kind: 'snoozed'; until: number }
  | { kind: 'priority'; priority: Exclude<Priority, 'normal'> }
  | { kind: 'guest' }
  | { kind: 'tag'; name: string }
  | { kind: 'more_tags'; names: readonly string[] }
  | { kind: 'team'; name: string }
  | { kind: 'assignee'; name: string };

export interface ChipView {
  place: Place;
  me: ParticipantId;
  now: number;
  /** I have begun something in it. */
  draft?: boolean;
}

/** Shorter waits are no news: somebody has just written. */
export const waiting_ms_min = 2 * 60_000;
export const waiting_ms_warn = 15 * 60_000;
export const waiting_ms_danger = 60 * 60_000;

/** More would hide the others. */
export const tags_max = 2;

export function chipsOf(ticket: AgentTicket, { place, me, now, draft }: ChipView): Chip[] {
  const chips: Chip[] = [];
  // Tickets of every state stand in it.
  const mixed = isMentions(place);
  const waited_ms = ticket.waiting_since === null ? 0 : now - ticket.waiting_since;
  if (isPutAside(ticket)) chips.push({ kind: 'snoozed', until: ticket.snoozed_until ?? now });
  else if (waited_ms >= waiting_ms_min)
    chips.push({ kind: 'waiting', ms: waited_ms, tone: toneOf(waited_ms) });
  if ((place.view === 'mine' && ticket.status === 'pending') || (mixed && ticket.status !== 'open'))
    chips.push({ kind: 'status', status: ticket.status });
  if (draft) chips.push({ kind: 'draft' });
  if (ticket.merged_into) chips.push({ kind: 'merged' });
  if (ticket.priority !== 'normal') chips.push({ kind: 'priority', priority: ticket.priority });
  if (ticket.requester.guest) chips.push({ kind: 'guest' });
  if (ticket.team && ticket.team.id !== place.team) chips.push({ kind: 'team', name: ticket.team.name });
  const others = ticket.assignee && ticket.assignee.id !== me;
  if (others && place.view !== 'mine') chips.push({ kind: 'assignee', name: ticket.assignee?.name ?? '' });
  for (const name of ticket.tags.slice(0, tags_max)) chips.push({ kind: 'tag', name });
  const more = ticket.tags.slice(tags_max);
  if (more.length > 0) chips.push({ kind: 'more_tags', names: more });
  return chips;
}

/** What tells a chip from the others of its row. */
export const keyOf = (chip: Chip): string => (chip.kind === 'tag' ? `tag ${chip.name}` : chip.kind);

function toneOf(ms: number): '' | 'warn' | 'danger' {
  if (ms >= waiting_ms_danger) return 'danger';
  return ms >= waiting_ms_warn ? 'warn' : '';
}
