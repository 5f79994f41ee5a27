// The lines between messages: what happened to the ticket, who did it, when.
// People are named, never "You": the sentences then hold in every language.

import type { ComponentChildren } from 'preact';
import type { AgentBody, AgentEvent, AgentTicket, ParticipantId, TicketName } from '../../protocol';
import { check, mailCheck, messages, personAdd, reopen } from '../../ui/icons';
import { EventLine } from '../../ui/Log';
import { words } from '../i18n';
import { circleCheck, personCheck } from '../icons';
import { mergeLine } from '../merge/lines';
import { nameOf } from '../names';
import { ticketAddress } from '../ticket-address';
import { triageLine } from '../triage/lines';

type Line = { icon: readonly string[]; text: string; to?: TicketName };

export function drawLine(event: AgentEvent, ticket: AgentTicket, me: ParticipantId): ComponentChildren {
  const line = lineOf(event, whoDid(event, ticket), me);
  if (!line) return null;
  return (
    <EventLine icon={line.icon} at={event.at}>
      <bdi>{line.text}</bdi>
      {line.to && (
        <>
          {' '}
          <a class="tabular" href={ticketAddress(line.to.ticket)}>
            #{line.to.number}
          </a>
        </>
      )}
    </EventLine>
  );
}

function lineOf(event: AgentEvent, who: string, me: ParticipantId): Line | null {
  const { body, author } = event;
  const w = words.value.event;
  switch (body.kind) {
    case 'opened':
      return { icon: messages, text: w.opened(who) };
    case 'status':
      return statusLine(body, who);
    case 'assigned':
      return { icon: personCheck, text: assignedText(body, who, author.id, me) };
    case 'joined':
      return { icon: personAdd, text: w.joined(body.name) };
    case 'merged_into':
    case 'merged_from':
    case 'continued_in':
    case 'continues':
      return mergeLine(body, who);
    case 'address':
      return { icon: mailCheck, text: addressText(body) };
    default:
      return triageLine(event, who);
  }
}

function statusLine({ from, to }: Extract<AgentBody, { kind: 'status' }>, who: string): Line | null {
  const w = words.value.event;
  if (to === 'solved') return { icon: circleCheck, text: w.solved(who) };
  if (to === 'closed') return { icon: check, text: w.closed };
  // Waiting begins with an agent's message and ends with an answer; both stand right there.
  return to === 'pending' || from === 'pending' ? null : { icon: reopen, text: w.reopened(who) };
}

function assignedText(
  { team, agent }: Extract<AgentBody, { kind: 'assigned' }>,
  who: string,
  author: ParticipantId,
  me: ParticipantId,
): string {
  const w = words.value.event;
  if (agent?.id === author) return w.took(who);
  if (agent) return agent.id === me ? w.assignedToYou(who) : w.assigned(who, agent.name);
  return team ? w.toTeam(who, team.name) : w.released(who);
}

function addressText({ email, proof }: Extract<AgentBody, { kind: 'address' }>): string {
  const w = words.value.event;
  if (proof === 'confirmed') return w.addressConfirmed(email);
  return proof === 'vouched' ? w.addressVouched(email) : w.address(email);
}

function whoDid({ author }: AgentEvent, ticket: AgentTicket): string {
  if (author.name) return author.name;
  return author.side === 'requester' ? nameOf(ticket.requester) : words.value.someone;
}
