// At the foot of a merged ticket: where its conversation goes on.

import '../css/merge.css';
import type { TicketId, TicketName } from '../../protocol';
import { useDesk } from '../desk';
import { ticketAddress } from '../ticket-address';
import { words } from './i18n';

export function MergedFoot({ ticket, into }: { ticket: TicketId; into: TicketName }) {
  const { outbox } = useDesk();
  const sent_on = outbox.items.value.filter((item) => item.sent_on === ticket).length;
  const w = words.value;
  return (
    <div class="merged-foot">
      <p role="status">
        {w.goesOn(into.number)} {sent_on > 0 && w.sentOn(sent_on)}
      </p>
      <a class="main-button" href={ticketAddress(into.ticket)}>
        {w.openIt(into.number)}
      </a>
    </div>
  );
}
