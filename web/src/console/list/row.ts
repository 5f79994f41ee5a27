// Where a row leads, and whether a note in it waits to be read. Pure.

import type { AgentTicket, Row } from '../../protocol';
import { partsOf } from '../place';
import type { Place } from '../views';

/** The ticket; where one is mentioned, the note itself. */
export function rowParts(place: Place, { ticket, mention_n }: Row<AgentTicket>): string[] {
  return partsOf({ at: 'list', place, ticket: ticket.id, ...(mention_n !== undefined && { n: mention_n }) });
}

export const isMentionedIn = ({ mention_n = 0, read_n }: Row<AgentTicket>): boolean => mention_n > read_n;
