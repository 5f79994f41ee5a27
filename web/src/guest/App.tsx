// The guest's page: the conversation of one ticket, and a line about the address while nobody has proven it.
import { useEffect, useState } from 'preact/hooks';
import { Conversation } from '../conversation/Conversation';
import { Header } from '../conversation/Header';
import type { Visit } from '../conversation/visit';
import { route } from '../core/route';
import { words } from '../i18n/words';
import { Icon } from '../ui/Icon';
import { lock, mail, newMessage, signIn, ticket as ticketIcon } from '../ui/icons';
import { CorrectAddress } from './CorrectAddress';

const customer_page = (route: string) => `/#/${route}`;

export function App({ visit }: { visit: Visit }) {
  const [ticket] = route.value;
  const text = words.value.guest;
  useEffect(() => {
    document.title = `${text.title} · ${visit.site.name}`;
  }, [text]);
  return (
    <div class="page guest-page">
      <Header site_name={visit.site.name} home={customer_page('')} groups={menu()} />
      <main class="guest-main">
        {ticket ? (
          <Conversation
            key={ticket}
            visit={visit}
            ticket={ticket}
            notice={<AddressLine visit={visit} ticket={ticket} />}
            ended={<NoAccess title={text.ended_title} sentence={text.ended} />}
            gone={<NoAccess title={text.gone_title} sentence={text.gone} page />}
          />
        ) : (
          <NoAccess title={text.gone_title} sentence={text.gone} page />
        )}
      </main>
    </div>
  );
}

function AddressLine({ visit, ticket }: { visit: Visit; ticket: string }) {
  const [open, setOpen] = useState(false);
  const email = visit.unconfirmed.value.get(ticket);
  const text = words.value.guest;
  if (!email) return null;
  return (
    <div class="address-line">
      <Icon of={mail} />
      <p>
        {text.address_not_confirmed} <bdi>{email}</bdi>
      </p>
      <button type="button" class="text-button" onClick={() => setOpen(true)}>
        {text.correct}
      </button>
      {open && <CorrectAddress visit={visit} ticket={ticket} email={email} onClose={() => setOpen(false)} />}
    </div>
  );
}

/** The session has ended, or never was in this browser: what is left to do. */
function NoAccess({ title, sentence, page = false }: { title: string; sentence: string; page?: boolean }) {
  const text = words.value.guest;
  const Heading = page ? 'h1' : 'h2';
  return (
    <div class={page ? 'gone' : 'ended'} role="status">
      {page && (
        <span class="panel-icon">
          <Icon of={lock} />
        </span>
      )}
      <Heading>{title}</Heading>
      <p>
        {sentence} {text.gone_sign_in}
      </p>
      <div class="gone-actions">
        <a class="second-button" href={customer_page('new')}>
          {words.value.help.new_request}
        </a>
        <a class="main-button" href={customer_page('sign-in')}>
          {words.value.help.sign_in}
        </a>
      </div>
    </div>
  );
}

function menu() {
  const text = words.value.help;
  return [
    {
      title: text.get_help,
      items: [
        { label: text.my_tickets, icon: ticketIcon, href: customer_page('tickets') },
        { label: text.new_request, icon: newMessage, href: customer_page('new') },
        { label: text.sign_in, icon: signIn, href: customer_page('sign-in') },
      ],
    },
  ];
}
