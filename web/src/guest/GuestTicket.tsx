// A guest's ticket: the conversation, a line about the address while nobody has proven it, and the ends of access.
import { useState } from 'preact/hooks';
import { Conversation } from '../conversation/Conversation';
import type { Visit } from '../conversation/visit';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { lock, mail } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { customerPage } from './ways';

const CorrectAddress = lazy(async () => (await import('./CorrectAddress')).CorrectAddress);

export function GuestTicket({ visit, ticket }: { visit: Visit; ticket: TicketId | undefined }) {
  const text = words.value.guest;
  const gone = <NoAccess title={text.gone_title} sentence={text.gone} page />;
  if (!ticket) return gone;
  return (
    <Conversation
      visit={visit}
      ticket={ticket}
      notice={<AddressLine visit={visit} ticket={ticket} />}
      ended={<NoAccess title={text.ended_title} sentence={text.ended} />}
      gone={gone}
    />
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
        <a class="second-button" href={customerPage('new')}>
          {words.value.help.new_request}
        </a>
        <a class="main-button" href={customerPage('sign-in')}>
          {words.value.help.sign_in}
        </a>
      </div>
    </div>
  );
}
