// In the place of the composer once a ticket was merged: where its conversation goes on.
import { words } from '../i18n/words';
import type { TicketName } from '../protocol';
import { ticketHref } from './ticket-href';

export function Merged({ into, sent_on }: { into: TicketName; sent_on: number }) {
  const text = words.value.merged;
  return (
    <div class="ended">
      <p role="status">
        {text.goes_on(into.number)} {sent_on > 0 && text.sent_on(sent_on)}
      </p>
      <a class="main-button" href={ticketHref(into.ticket)}>
        {text.open(into.number)}
      </a>
    </div>
  );
}
