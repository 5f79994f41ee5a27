// In the place of the composer once a ticket was merged or continued: where its conversation goes on.
import { words } from '../i18n/words';
import type { TicketName } from '../protocol';
import { ticketHref } from './ticket-href';

export function Merged({
  into,
  continued,
  sent_on,
}: {
  into: TicketName;
  continued: boolean;
  sent_on: number;
}) {
  const text = words.value.merged;
  return (
    <div class="ended">
      <p role="status">
        {continued ? text.continued(into.number) : text.goes_on(into.number)}{' '}
        {sent_on > 0 && text.sent_on(sent_on)}
      </p>
      <a class="main-button" href={ticketHref(into.ticket)}>
        {text.open(into.number)}
      </a>
    </div>
  );
}
