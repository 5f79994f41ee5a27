// One row of the list: who, what about, the last line, and the few facts that decide what to do next.

import { href } from '../../core/route';
import { plainText } from '../../core/text';
import { duration, fullTime, shortTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentTicket, Row } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { now } from '../../ui/now';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { badgeAlert, link, timer } from '../icons';
import { nameOf, speaker, titleOf } from '../names';
import { partsOf } from '../place';
import type { Place } from '../views';
import { type Chip, chipsOf } from './chips';

interface TicketRowProps {
  row: Row<AgentTicket>;
  place: Place;
  current: boolean;
  /** Its place among all rows, drawn or not. */
  index: number;
  total: number;
}

export function TicketRow({ row, place, current, index, total }: TicketRowProps) {
  const { signs, me } = useDesk();
  const { ticket, unread } = row;
  const w = words.value;
  const name = nameOf(ticket.requester);
  const chips = chipsOf(ticket, { place, me: me.id, now: now.value });
  return (
    <li
      class={`row ${unread > 0 ? 'unread' : ''} ${chips.length > 0 ? 'tall' : 'short'}`}
      aria-posinset={index + 1}
      aria-setsize={total}
    >
      <a
        href={href(...partsOf({ at: 'list', place, ticket: ticket.id }))}
        data-ticket={ticket.id}
        {...(current && { 'aria-current': 'true' })}
      >
        <Avatar id={ticket.requester.id} name={name} present={signs.present.value.get(ticket.id)} />
        <div class="words">
          <div class="top">
            <span class="name">
              <bdi>{name}</bdi>
            </span>
            {ticket.requester.proof === 'not_confirmed' && (
              <span class="not-confirmed" title={w.proof.not_confirmed}>
                <Icon of={badgeAlert} />
                <span class="sr-only">, {w.thread.notConfirmed}</span>
              </span>
            )}
            <time
              dateTime={new Date(ticket.last_at).toISOString()}
              title={fullTime(ticket.last_at, regional.value)}
            >
              {shortTime(ticket.last_at, now.value, regional.value)}
            </time>
          </div>
          <p class="subject">
            <bdi>{titleOf(ticket)}</bdi>
          </p>
          <div class="bottom">
            <LastLine ticket={ticket} />
            {unread > 0 && (
              <span class="badge">
                <span aria-hidden="true">{unread}</span>
                <span class="sr-only">{w.list.unread(unread)}</span>
              </span>
            )}
          </div>
          {chips.length > 0 && (
            <div class="chips">
              {chips.map((chip) => (
                <RowChip key={chip.kind} chip={chip} />
              ))}
            </div>
          )}
        </div>
      </a>
    </li>
  );
}

function LastLine({ ticket }: { ticket: AgentTicket }) {
  const { signs, me } = useDesk();
  const w = words.value;
  if (signs.typing.value.has(ticket.id)) {
    return (
      <p class="last-line is-typing">
        <span class="typing-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {w.list.typing}
      </p>
    );
  }
  const line = ticket.last_line;
  if (!line) return <p class="last-line" />;
  const who = speaker(line, me.name, w.you);
  const text = plainText(line.text);
  return (
    <p class="last-line">
      <bdi>{who === null ? text : w.list.lineOf(who, text)}</bdi>
    </p>
  );
}

function RowChip({ chip }: { chip: Chip }) {
  const w = words.value;
  switch (chip.kind) {
    case 'waiting':
      return (
        <span class={`chip keep ${chip.tone}`}>
          <Icon of={timer} />
          <span class="sr-only">{w.list.waitingFor(duration(chip.ms, regional.value))}</span>
          <span aria-hidden="true">{duration(chip.ms, regional.value)}</span>
        </span>
      );
    case 'status':
      return <span class={`chip keep ${chip.status}`}>{w.status[chip.status]}</span>;
    case 'guest':
      return (
        <span class="chip keep">
          <Icon of={link} />
          {w.guest}
        </span>
      );
    case 'team':
    case 'assignee':
      return (
        <span class="chip">
          <bdi>{chip.name}</bdi>
        </span>
      );
  }
}
