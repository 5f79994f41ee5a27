// The customers' page: its head, and what the fragment asks for. On wide screens list and conversation stand side by side.
import { useEffect, useState } from 'preact/hooks';
import { Header } from '../conversation/Header';
import type { Visit } from '../conversation/visit';
import { href, route } from '../core/route';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { messages, newMessage, person, signIn, signOut, ticket as ticketIcon } from '../ui/icons';
import type { MenuGroup } from '../ui/Menu';
import { Asked, askForName, askToSignOut } from './asked';
import { Tickets } from './Tickets';
import { TicketLists } from './ticket-lists';
import { NewRequest, SignIn, TicketPane, useFocusOnHeading, Welcome } from './views';

export function App({ visit }: { visit: Visit }) {
  const lists = useLists(visit);
  const [place = '', id] = route.value;
  useTitle(visit, lists);
  useFocusOnHeading();
  return (
    <div class={`page at-${place || 'home'}`}>
      <Header site_name={visit.site.name} home={href()} groups={menu(visit)} />
      {place === 'new' ? (
        <NewRequest visit={visit} />
      ) : place === 'sign-in' ? (
        <SignIn visit={visit} />
      ) : visit.isKnown || id ? (
        <Desk visit={visit} lists={lists} ticket={place === 't' ? id : undefined} />
      ) : (
        <Welcome />
      )}
      <Asked visit={visit} />
    </div>
  );
}

function Desk({
  visit,
  lists,
  ticket,
}: {
  visit: Visit;
  lists: TicketLists | null;
  ticket: TicketId | undefined;
}) {
  return (
    <main class={`desk ${ticket ? 'has-ticket' : ''}`}>
      <Tickets visit={visit} lists={lists} current={ticket} />
      <div class="desk-pane">
        {ticket ? (
          <TicketPane key={ticket} visit={visit} ticket={ticket} />
        ) : (
          <p class="desk-empty">
            <Icon of={messages} />
            {words.value.tickets.choose}
          </p>
        )}
      </div>
    </main>
  );
}

function menu(visit: Visit): MenuGroup[] {
  const text = words.value.help;
  const { customer } = visit.me.value;
  const [, ...here] = route.value[0] === 'sign-in' ? route.value : ['', ...route.value];
  return [
    {
      title: text.get_help,
      items: [
        { label: text.my_tickets, icon: ticketIcon, href: href('tickets') },
        { label: text.new_request, icon: newMessage, href: href('new') },
      ],
    },
    customer
      ? {
          title: customer.email,
          items: [
            { label: words.value.your_name.action, icon: person, onSelect: askForName },
            { label: text.sign_out, icon: signOut, onSelect: askToSignOut },
          ],
        }
      : {
          title: text.account,
          items: [{ label: text.sign_in, icon: signIn, href: href('sign-in', ...here) }],
        },
  ];
}

/** One set of lists for each socket: after a sign-in everything is read anew. */
function useLists(visit: Visit): TicketLists | null {
  const live = visit.live.value;
  const known = visit.isKnown;
  const [lists, setLists] = useState<TicketLists | null>(null);
  useEffect(() => {
    if (!known) return setLists(null);
    const made = new TicketLists(live);
    setLists(made);
    return () => made.stop();
  }, [live, known]);
  return lists;
}

function useTitle(visit: Visit, lists: TicketLists | null): void {
  const rows = [...(lists?.open.value.rows ?? []), ...(lists?.closed.value.rows ?? [])];
  const title = titleOf(
    visit,
    rows.reduce((sum, row) => sum + row.unread, 0),
  );
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function titleOf(visit: Visit, unread: number): string {
  const { my_tickets, new_request, sign_in } = words.value.help;
  const names: Record<string, string> = { new: new_request, 'sign-in': sign_in };
  const title = `${names[route.value[0] ?? ''] ?? my_tickets} · ${visit.site.name}`;
  return unread > 0 ? `(${unread}) ${title}` : title;
}
