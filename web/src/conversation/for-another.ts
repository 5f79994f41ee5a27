// Whether a message to a closed ticket opens another one: closed for longer than the site lets it be reopened.
// The hub decides (`domain/continuation`); this says it before.
import type { PublicTicket } from '../protocol';

export const isForAnother = (
  { closed_at }: Pick<PublicTicket, 'closed_at'>,
  within_ms: number | undefined,
  now: number,
): boolean => closed_at !== undefined && within_ms !== undefined && now - closed_at > within_ms;
