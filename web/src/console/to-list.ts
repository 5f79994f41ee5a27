// From a ticket back to the list, on the row one came from.

import { go, route } from '../core/route';
import { partsOf, whereIs } from './place';

export function toList(): void {
  const where = whereIs(route.peek());
  if (where.at !== 'list' || where.ticket === null) return;
  const { ticket } = where;
  go(partsOf({ ...where, ticket: null }));
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(ticket)}"]`)?.focus(),
  );
}
