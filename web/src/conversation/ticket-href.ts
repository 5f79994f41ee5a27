// Where a ticket stands in the page one is on: the guest's page has it at its root, the customers' under `t`.
import { href } from '../core/route';
import type { TicketId } from '../protocol';

export const ticketHref = (ticket: TicketId): string =>
  location.pathname === '/' ? href('t', ticket) : href(ticket);
