// What the composer says of a closed ticket that will not take in what its requester writes next.

import { anotherAfter, isForAnother } from '../../core/for-another';
import { comingTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentTicket } from '../../protocol';
import { shortName } from '../names';
import { words } from './i18n';

type Closed = Pick<AgentTicket, 'closed_at' | 'merged_into' | 'continued_in' | 'requester'>;

export function closedHint(ticket: Closed, within_ms: number | undefined, now: number): string | undefined {
  const after = anotherAfter(ticket, within_ms);
  // What goes on elsewhere already does so with whatever else comes.
  if (after === undefined || ticket.merged_into || ticket.continued_in) return undefined;
  const { opensAnother, willOpenAnother } = words.value.closed;
  const name = shortName(ticket.requester);
  return isForAnother(ticket, within_ms, now)
    ? opensAnother(name)
    : willOpenAnother(name, comingTime(after, now, regional.value));
}
