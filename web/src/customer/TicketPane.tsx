// A conversation in the customers' page, and what stands in its place when it is not there or the sign-in has ended.

import { Conversation } from '../conversation/Conversation';
import type { Visit } from '../conversation/visit';
import { href } from '../core/route';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Icon } from '../ui/Icon';
import { chevronLeft, lock } from '../ui/icons';

export function TicketPane({ visit, ticket }: { visit: Visit; ticket: TicketId }) {
  return (
    <Conversation
      visit={visit}
      ticket={ticket}
      back={<Back />}
      ended={<Ended ticket={ticket} />}
      gone={<Gone ticket={ticket} known={visit.isKnown} />}
    />
  );
}

function Back() {
  return (
    <a
      class="icon-button conversation-back"
      href={href('tickets')}
      aria-label={words.value.conversation.back}
    >
      <Icon of={chevronLeft} class="flip" />
    </a>
  );
}

function Ended({ ticket }: { ticket: TicketId }) {
  return (
    <div class="ended" role="status">
      <p>{words.value.sign_in.expired}</p>
      <a class="main-button" href={href('sign-in', 't', ticket)}>
        {words.value.help.sign_in}
      </a>
    </div>
  );
}

function Gone({ ticket, known }: { ticket: TicketId; known: boolean }) {
  const text = words.value.conversation;
  return (
    <div class="gone">
      <span class="panel-icon">
        <Icon of={lock} />
      </span>
      <h1 tabIndex={-1}>{text.gone_title}</h1>
      <p>{text.gone}</p>
      <div class="gone-actions">
        <a class="second-button" href={href('tickets')}>
          {words.value.help.my_tickets}
        </a>
        {!known && (
          <a class="main-button" href={href('sign-in', 't', ticket)}>
            {words.value.help.sign_in}
          </a>
        )}
      </div>
    </div>
  );
}
