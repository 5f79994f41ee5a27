// Whether an act would change a ticket as it stands. Pure.

import type { AgentTicket, TicketAction } from '../../protocol';
import { changesNothing } from '../assignment';
import { includes } from '../triage/tag-options';
import { isOpenOrPending } from '../views';

/** What is so already is passed over, rather than told as refused. */
export function changes(ticket: AgentTicket, action: TicketAction): boolean {
  switch (action.action) {
    case 'assign':
      return !changesNothing(ticket, action);
    case 'solve':
    case 'snooze':
      return isOpenOrPending(ticket);
    case 'set_priority':
      return ticket.priority !== action.priority;
    case 'tag':
      return (
        action.add?.some((name) => !includes(ticket.tags, name)) ||
        action.remove?.some((name) => includes(ticket.tags, name)) ||
        false
      );
    default:
      return true;
  }
}
