// "My tickets": all requests of this person, open and closed, live; and the way to a new one.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { ConnectionBanner } from '../conversation/ConnectionBanner';
import type { Visit } from '../conversation/visit';
import { guestPage, href } from '../core/route';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { arrowRight, newMessage, signIn } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { askForName } from './asked';
import { TicketRow } from './TicketRow';
import type { ListState, TicketLists, Which } from './ticket-lists';

const OfferedTickets = lazy(async () => (await import('./OfferedTickets')).OfferedTickets);

export interface TicketsProps {
  visit: Visit;
  lists: TicketLists | null;
  current: TicketId | undefined;
}

export function Tickets({ visit, lists, current }: TicketsProps) {
  const text = words.value.tickets;
  const { customer } = visit.me.value;
  const ended = lists?.phase.value === 'signed_out' || visit.live.value.connection.value === 'signed_out';
  return (
    <div class="tickets">
      <div class="tickets-head">
        <h1 tabIndex={-1}>{customer ? text.hello(customer.name) : text.title}</h1>
        <p>{customer ? text.lead : text.lead_guest}</p>
        {customer && !customer.name && (
          <button type="button" class="text-button" onClick={askForName}>
            {words.value.your_name.title}
          </button>
        )}
      </div>
      {!current && <ConnectionBanner live={visit.live.value} />}
      <NewRequestCard />
      {ended && <SignInCard hint={words.value.sign_in.expired} />}
      {lists && <Lists visit={visit} lists={lists} current={current} />}
      {!customer && !ended && <SignInCard hint={text.sign_in_keep} />}
    </div>
  );
}

export function NewRequestCard() {
  return (
    <a class="new-card" href={href('new')}>
      <Icon of={newMessage} />
      <span>
        {words.value.help.new_request}
        <small>{words.value.tickets.new_hint}</small>
      </span>
      <Icon of={arrowRight} class="flip" />
    </a>
  );
}

export function SignInCard({ hint }: { hint: string }) {
  return (
    <a class="side-card" href={href('sign-in')}>
      <span class="panel-icon small">
        <Icon of={signIn} class="flip" />
      </span>
      <span>
        <strong>{words.value.help.sign_in}</strong>
        <small>{hint}</small>
      </span>
    </a>
  );
}

function Lists({ visit, lists, current }: TicketsProps & { lists: TicketLists }) {
  const text = words.value.tickets;
  const open = lists.open.value;
  const closed = lists.closed.value;
  if (lists.phase.value === 'loading') return <RowSkeletons />;
  if (lists.phase.value === 'signed_out' && open.rows.length === 0) return null;
  if (open.count + closed.count === 0 && open.rows.length === 0 && lists.offered.value.length === 0) {
    return (
      <div class="tickets-none">
        <h2>{text.none_title}</h2>
        <p>{text.none}</p>
      </div>
    );
  }
  const list = (which: Which, state: ListState, title: string, none: ComponentChildren) => (
    <List
      which={which}
      state={state}
      title={title}
      none={none}
      visit={visit}
      lists={lists}
      current={current}
    />
  );
  return (
    <>
      {lists.offered.value.length > 0 && <OfferedTickets offered={lists.offered.value} lists={lists} />}
      {list('open', open, text.open, <p class="list-none">{text.none_open}</p>)}
      {closed.count > 0 && list('closed', closed, text.closed, null)}
    </>
  );
}

interface ListProps extends TicketsProps {
  lists: TicketLists;
  which: Which;
  state: ListState;
  title: string;
  none: ComponentChildren;
}

function List({ visit, lists, current, which, state, title, none }: ListProps) {
  const id = useId();
  const { guest_tickets } = visit.me.value;
  const hrefOf = (ticket: TicketId) =>
    guest_tickets.includes(ticket) ? guestPage(ticket) : href('t', ticket);
  return (
    <section aria-labelledby={id} class="tickets-list">
      <h2 id={id}>
        {title} <span class="tabular">{state.count}</span>
      </h2>
      {state.rows.length === 0 ? (
        none
      ) : (
        <ul class="card">
          {state.rows.map((row) => (
            <TicketRow
              key={row.ticket.id}
              row={row}
              href={hrefOf(row.ticket.id)}
              current={row.ticket.id === current}
              site_name={visit.site.name}
            />
          ))}
        </ul>
      )}
      {state.next && (
        <button
          type="button"
          class="quiet-button more-button"
          aria-busy={state.loading}
          onClick={() => void lists.more(which)}
        >
          {state.loading ? words.value.loading : words.value.tickets.more}
        </button>
      )}
    </section>
  );
}

function RowSkeletons() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  // Fast answers need no skeleton to flash by.
  if (!late) return null;
  return (
    <div class="card row-skeletons" role="status" aria-label={words.value.loading}>
      <i />
      <i />
      <i />
    </div>
  );
}
