// One ticket in "My tickets": what it is about, the last line, where it stands, what is unread.

import { StatusPill } from '../conversation/StatusPill';
import { neutralise } from '../core/bidi';
import { plainText } from '../core/text';
import { shortTime } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import type { PublicTicket, Row } from '../protocol';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { check } from '../ui/icons';

export interface TicketRowProps {
  row: Row<PublicTicket>;
  href: string;
  current: boolean;
  site_name: string;
}

export function TicketRow({ row: { ticket, unread }, href, current, site_name }: TicketRowProps) {
  const done = ticket.status === 'solved' || ticket.status === 'closed';
  const leads_to = ticket.merged_into ?? ticket.continued_in;
  const text = words.value.tickets;
  return (
    <li>
      <a
        class={`ticket-row ${unread > 0 ? 'is-unread' : ''}`}
        href={href}
        {...(current && { 'aria-current': 'page' as const })}
      >
        {done ? (
          <span class="ticket-done">
            <Icon of={check} />
          </span>
        ) : (
          <Avatar id={ticket.agent?.id ?? site_name} name={ticket.agent?.name ?? site_name} />
        )}
        <span class="ticket-lines">
          <span class="ticket-line">
            <strong>
              <bdi>{neutralise(ticket.subject)}</bdi>
            </strong>
            <time dateTime={new Date(ticket.last_at).toISOString()}>
              {shortTime(ticket.last_at, Date.now(), regional.value)}
            </time>
          </span>
          <span class="ticket-line">
            <span class="ticket-last">
              <bdi>{lastLine(ticket)}</bdi>
            </span>
            {unread > 0 && (
              <span class="badge">
                <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
                <span class="sr-only">{text.unread(unread)}</span>
              </span>
            )}
          </span>
          <span class="ticket-pills">
            <StatusPill status={ticket.status} />
            <span class="ticket-number tabular">{text.number(ticket.number)}</span>
            {leads_to && <span class="ticket-number tabular">{text.goes_on(leads_to.number)}</span>}
          </span>
        </span>
      </a>
    </li>
  );
}

function lastLine({ last_line }: PublicTicket): string {
  if (!last_line) return '';
  const { side, name, text } = last_line;
  const shown = plainText(text);
  const { you, by } = words.value.tickets;
  return side === 'requester' ? you(shown) : by(name || words.value.log.support, shown);
}
