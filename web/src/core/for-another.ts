// When a message to a closed ticket opens another one: closed for longer than the site lets it be reopened.
// The hub decides (`domain/continuation`); this says it before, to both sides.
import type { AnyTicket } from '../protocol';

/** After this a message of the requester opens another ticket; undefined where one never does. */
export const anotherAfter = (
  { closed_at }: Pick<AnyTicket, 'closed_at'>,
  within_ms: number | undefined,
): number | undefined =>
  closed_at === undefined || within_ms === undefined ? undefined : closed_at + within_ms;

export const isForAnother = (
  ticket: Pick<AnyTicket, 'closed_at'>,
  within_ms: number | undefined,
  now: number,
): boolean => now > (anotherAfter(ticket, within_ms) ?? now);
