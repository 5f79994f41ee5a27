// The guest's page: its head, and what the fragment names: a ticket, or the place that a mail's link leads to.
import { useEffect } from 'preact/hooks';
import { Header } from '../conversation/Header';
import type { Visit } from '../conversation/visit';
import { customerPage, href, route } from '../core/route';
import { ready } from '../i18n';
import { words } from '../i18n/words';
import { mail, newMessage, signIn, signOut, ticket as ticketIcon } from '../ui/icons';
import { lazy } from '../ui/lazy';
import type { MenuGroup } from '../ui/Menu';
import { askToEndAccess, Ending } from './ending';

// Fetched while the hub is asked who this is, so that nobody waits for it.
const GuestTicket = lazy(async () => {
  const part = await import('./GuestTicket');
  // Files have words of their own.
  await ready();
  return part.GuestTicket;
});
const places = async () => (await import('./places')).load();
const LinkPage = lazy(async () => (await places()).LinkPage);
const NotMeDone = lazy(async () => (await places()).NotMeDone);
const LostLink = lazy(async () => (await places()).LostLink);
const StopMails = lazy(async () => (await places()).StopMails);
const EndTrust = lazy(async () => (await places()).EndTrust);
const AccessEnded = lazy(async () => (await places()).AccessEnded);

const names = ['link', 'not-me', 'lost', 'stop', 'end', 'ended'] as const;
type Place = (typeof names)[number];
const placeOf = (part: string | undefined) => names.find((place) => place === part);

/** What the fragment asks for first. */
export const preload = (): void => {
  const first = placeOf(route.peek()[0]) ? LinkPage : GuestTicket;
  void first.preload().catch(() => {});
};

export function App({ visit }: { visit: Visit }) {
  const [first] = route.value;
  const place = placeOf(first);
  const { title } = words.value.guest;
  useEffect(() => {
    document.title = `${title} · ${visit.site.name}`;
  }, [title]);
  return (
    <div class={place ? 'page' : 'page guest-page'}>
      <Header site_name={visit.site.name} home={customerPage()} groups={menu(visit)} />
      {place ? (
        <Placed place={place} visit={visit} />
      ) : (
        <main class="guest-main">
          <GuestTicket key={first ?? ''} visit={visit} ticket={first} />
        </main>
      )}
      <Ending visit={visit} />
    </div>
  );
}

function Placed({ place, visit }: { place: Place; visit: Visit }) {
  switch (place) {
    case 'link':
      return <LinkPage visit={visit} />;
    case 'not-me':
      return <NotMeDone />;
    case 'lost':
      return <LostLink />;
    case 'stop':
      return <StopMails />;
    case 'end':
      return <EndTrust />;
    case 'ended':
      return <AccessEnded />;
  }
}

function menu(visit: Visit): MenuGroup[] {
  const text = words.value.help;
  const { this_request, end_here, end_everywhere } = words.value.guest;
  const [ticket] = route.value;
  const access: MenuGroup[] =
    ticket && visit.me.value.guest_tickets.includes(ticket)
      ? [
          {
            title: this_request,
            items: [
              { label: end_here, icon: signOut, onSelect: () => askToEndAccess(ticket, 'here') },
              { label: end_everywhere, icon: signOut, onSelect: () => askToEndAccess(ticket, 'everywhere') },
            ],
          },
        ]
      : [];
  return [
    ...access,
    {
      title: text.get_help,
      items: [
        { label: text.my_tickets, icon: ticketIcon, href: customerPage('tickets') },
        { label: text.new_request, icon: newMessage, href: customerPage('new') },
        { label: text.lost_link, icon: mail, href: href('lost') },
        { label: text.sign_in, icon: signIn, href: customerPage('sign-in') },
      ],
    },
  ];
}
