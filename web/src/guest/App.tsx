// The guest's page: its head and the one ticket that the fragment names.
import { useEffect } from 'preact/hooks';
import { Header } from '../conversation/Header';
import type { Visit } from '../conversation/visit';
import { route } from '../core/route';
import { words } from '../i18n/words';
import { newMessage, signIn, ticket as ticketIcon } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { customerPage } from './ways';

// Fetched while the hub is asked who this is, so that nobody waits for it.
const GuestTicket = lazy(async () => (await import('./GuestTicket')).GuestTicket);
void GuestTicket.preload().catch(() => {});

export function App({ visit }: { visit: Visit }) {
  const [ticket] = route.value;
  const { title } = words.value.guest;
  useEffect(() => {
    document.title = `${title} · ${visit.site.name}`;
  }, [title]);
  return (
    <div class="page guest-page">
      <Header site_name={visit.site.name} home={customerPage()} groups={menu()} />
      <main class="guest-main">
        <GuestTicket key={ticket ?? ''} visit={visit} ticket={ticket} />
      </main>
    </div>
  );
}

function menu() {
  const text = words.value.help;
  return [
    {
      title: text.get_help,
      items: [
        { label: text.my_tickets, icon: ticketIcon, href: customerPage('tickets') },
        { label: text.new_request, icon: newMessage, href: customerPage('new') },
        { label: text.sign_in, icon: signIn, href: customerPage('sign-in') },
      ],
    },
  ];
}
