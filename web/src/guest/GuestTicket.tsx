// A guest's ticket: the conversation, a line about the address while nobody has proven it, and the ends of access.
import { useState } from 'preact/hooks';
import { Conversation } from '../conversation/Conversation';
import type { Visit } from '../conversation/visit';
import { customerPage, href } from '../core/route';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { lock, mail } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { holdsLinkOf } from './held-link';

const CorrectAddress = lazy(async () => (await import('./CorrectAddress')).CorrectAddress);

export function GuestTicket({ visit, ticket }: { visit: Visit; ticket: TicketId | undefined }) {
  const text = words.value.guest;
  const gone = <NoAccess ticket={ticket} title={text.gone_title} sentence={text.gone} page />;
  if (!ticket) return gone;
  return (
    <Conversation
      visit={visit}
      ticket={ticket}
      notice={<AddressLine visit={visit} ticket={ticket} />}
      ended={<NoAccess ticket={ticket} title={text.ended_title} sentence={text.ended} />}
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
        {text.address_not_confirmed} <bdi>{email}</bdi>. {text.confirm_by_mail}
      </p>
      <span class="address-actions">
        {holdsLinkOf(ticket) && (
          <a class="text-button" href={href('link', 'confirm')}>
            {text.confirm}
          </a>
        )}
        <button type="button" class="text-button" onClick={() => setOpen(true)}>
          {text.correct}
        </button>
      </span>
      {open && <CorrectAddress visit={visit} ticket={ticket} email={email} onClose={() => setOpen(false)} />}
    </div>
  );
}

interface NoAccessProps {
  ticket: TicketId | undefined;
  title: string;
  sentence: string;
  /** In the place of the whole page. */
  page?: boolean;
}

/** The session has ended, or never was in this browser: what is left to do. */
function NoAccess({ ticket, title, sentence, page = false }: NoAccessProps) {
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
        {sentence} {text.gone_ways}
      </p>
      <div class="gone-actions">
        <a class="second-button" href={customerPage('sign-in')}>
          {words.value.help.sign_in}
        </a>
        {ticket && holdsLinkOf(ticket) ? (
          <a class="main-button" href={href('link')}>
            {words.value.sign_in.send_code}
          </a>
        ) : (
          <a class="main-button" href={href('lost')}>
            {words.value.help.lost_link}
          </a>
        )}
      </div>
    </div>
  );
}
