// Where another ticket stands in the console: in the list that is open.
import { href, route } from '../core/route';
import type { TicketId } from '../protocol';
import { partsOf, whereIs } from './place';

export function ticketAddress(ticket: TicketId): string {
  const where = whereIs(route.value);
  return where.at === 'list' ? href(...partsOf({ ...where, ticket })) : href('open', ticket);
}
