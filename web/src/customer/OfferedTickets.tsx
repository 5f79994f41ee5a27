// Guest tickets of the address that was proven by signing in: taken into the account with one click each.
import { useRef, useState } from 'preact/hooks';
import { call } from '../core/api';
import { failureOf } from '../core/errors';
import { shortTime } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import type { Offered, TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { personAdd } from '../ui/icons';
import { toast } from '../ui/Toast';
import type { TicketLists } from './ticket-lists';

export function OfferedTickets({ offered, lists }: { offered: readonly Offered[]; lists: TicketLists }) {
  const text = words.value.tickets;
  const [busy, setBusy] = useState<TicketId | null>(null);
  const place = useRef<HTMLElement>(null);
  const join = async (ticket: TicketId) => {
    setBusy(ticket);
    try {
      await call('POST /v1/tickets/{id}/join', { path: { id: ticket }, body: {} });
      toast(text.joined);
      await lists.read();
      place.current?.closest<HTMLElement>('.tickets')?.querySelector('h1')?.focus();
    } catch (error) {
      toast(failureOf(error, words.peek().unreachable).message);
    } finally {
      setBusy(null);
    }
  };
  return (
    <section ref={place} class="offered" aria-label={text.offered_title}>
      <p>
        <Icon of={personAdd} />
        <span>{text.offered(offered.length)}</span>
      </p>
      <ul>
        {offered.map(({ id, number, opened_at }) => (
          <li key={id}>
            <span>
              <b class="tabular">{text.number(number)}</b> ·{' '}
              {text.offered_opened(shortTime(opened_at, Date.now(), regional.value))}
            </span>
            <button
              type="button"
              class="second-button"
              aria-busy={busy === id}
              onClick={() => busy ?? void join(id)}
            >
              {text.join}
              <span class="sr-only">, {text.number(number)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
