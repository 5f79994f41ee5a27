// Which chips a row wears: only facts that the view itself does not tell already. Pure.

import type { AgentTicket, ParticipantId, Status } from '../../protocol';
import type { Place } from '../views';

export type Chip =
  | { kind: 'waiting'; ms: number; tone: '' | 'warn' | 'danger' }
  | { kind: 'status'; status: Status }
  | { kind: 'guest' }
  | { kind: 'team'; name: string }
  | { kind: 'assignee'; name: string };

export interface ChipView {
  place: Place;
  searched: boolean;
  me: ParticipantId;
  now: number;
}

/** Shorter waits are no news: somebody has just written. */
export const waiting_ms_min = 2 * 60_000;
export const waiting_ms_warn = 15 * 60_000;
export const waiting_ms_danger = 60 * 60_000;

export function chipsOf(ticket: AgentTicket, { place, searched, me, now }: ChipView): Chip[] {
  const chips: Chip[] = [];
  const waited_ms = ticket.waiting_since === null ? 0 : now - ticket.waiting_since;
  if (waited_ms >= waiting_ms_min) chips.push({ kind: 'waiting', ms: waited_ms, tone: toneOf(waited_ms) });
  const mixed =
    searched || place.view === 'mentions' || (place.view === 'mine' && ticket.status === 'pending');
  if (mixed) chips.push({ kind: 'status', status: ticket.status });
  if (ticket.requester.guest) chips.push({ kind: 'guest' });
  if (ticket.team && ticket.team.id !== place.team) chips.push({ kind: 'team', name: ticket.team.name });
  const others = ticket.assignee && (ticket.assignee.id !== me || searched);
  if (others && place.view !== 'mine') chips.push({ kind: 'assignee', name: ticket.assignee?.name ?? '' });
  return chips;
}

function toneOf(ms: number): '' | 'warn' | 'danger' {
  if (ms >= waiting_ms_danger) return 'danger';
  return ms >= waiting_ms_warn ? 'warn' : '';
}
