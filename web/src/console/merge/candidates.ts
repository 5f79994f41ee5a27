// Which tickets the merge dialog offers for what was typed. Pure.

import type { TicketId } from '../../protocol';

export interface Candidate {
  id: TicketId;
  number: number;
  subject: string;
}

/** The number that somebody typed, with or without its sign; null when it is none. */
export function numberTyped(typed: string): number | null {
  const digits = typed.trim().replace(/^#/, '');
  return /^\d{1,12}$/.test(digits) ? Number(digits) : null;
}

/** The requester's other tickets first, as far as they fit; then the one that was looked up. Never the ticket itself. */
export function candidatesFor(
  typed: string,
  ticket: TicketId,
  others: readonly Candidate[],
  looked_up: Candidate | null,
): Candidate[] {
  const words = typed.trim().replace(/^#/, '').toLocaleLowerCase();
  const fits = ({ number, subject }: Candidate) =>
    String(number).startsWith(words) || subject.toLocaleLowerCase().includes(words);
  const found = others.filter(fits);
  if (looked_up && looked_up.number === numberTyped(typed)) found.push(looked_up);
  return found.filter(
    ({ id }, index) => id !== ticket && found.findIndex((each) => each.id === id) === index,
  );
}
