// The open ticket on the same matter, offered before a second one is written about it.
import { useEffect, useState } from 'preact/hooks';
import type { Visit } from '../conversation/visit';
import { call } from '../core/api';
import { guestPage, href } from '../core/route';
import { words } from '../i18n/words';
import type { PublicTicket, Row } from '../protocol';
import { TicketRow } from './TicketRow';

/** Own open tickets of the topic; none while it is asked or cannot be. Nothing depends on the answer. */
export function useSameMatter(visit: Visit, topic: string): Row<PublicTicket>[] {
  const [found, setFound] = useState<{ topic: string; rows: Row<PublicTicket>[] }>({ topic: '', rows: [] });
  useEffect(() => {
    if (!topic || !visit.isKnown) return;
    const asked = new AbortController();
    call('GET /v1/tickets/same-matter', { query: { topic }, signal: asked.signal }).then(
      ({ rows }) => setFound({ topic, rows }),
      () => {},
    );
    return () => asked.abort();
  }, [topic, visit.me.value]);
  return found.topic === topic ? found.rows : [];
}

export function SameMatter(props: { visit: Visit; rows: Row<PublicTicket>[]; onElse: () => void }) {
  const { visit, rows, onElse } = props;
  const text = words.value.request;
  const { guest_tickets } = visit.me.value;
  return (
    <section class="same-matter" aria-label={text.same_title}>
      <h2>{text.same_title}</h2>
      <p>{text.same_lead}</p>
      <ul class="card">
        {rows.slice(0, 3).map((row) => (
          <TicketRow
            key={row.ticket.id}
            row={row}
            href={guest_tickets.includes(row.ticket.id) ? guestPage(row.ticket.id) : href('t', row.ticket.id)}
            current={false}
            site_name={visit.site.name}
          />
        ))}
      </ul>
      <button type="button" class="text-button" onClick={onElse}>
        {text.same_new}
      </button>
    </section>
  );
}
