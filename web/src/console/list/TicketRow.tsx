// One row of the list: who, what about, the last line, and the few facts that decide what to do next.

import { href } from '../../core/route';
import { plainText } from '../../core/text';
import { comingTime, duration, fullTime, shortTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentTicket, Row } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { pencil } from '../../ui/icons';
import { now } from '../../ui/now';
import { selection } from '../bulk/selection';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { alarm, badgeAlert, flag, link, timer } from '../icons';
import { words as mention_words } from '../mentions/i18n';
import { nameOf, speaker, titleOf } from '../names';
import type { Place } from '../views';
import { type Chip, chipsOf, keyOf } from './chips';
import { isMentionedIn, rowParts } from './row';

interface TicketRowProps {
  row: Row<AgentTicket>;
  place: Place;
  current: boolean;
  /** Its place among all rows, drawn or not. */
  index: number;
  total: number;
  /** Selects everything from the row selected last up to this one. */
  onExtend: () => void;
}

export function TicketRow({ row, place, current, index, total, onExtend }: TicketRowProps) {
  const { signs, me, sync } = useDesk();
  const { ticket, unread } = row;
  const w = words.value;
  const name = nameOf(ticket.requester);
  const mentioned = isMentionedIn(row);
  const chips = chipsOf(ticket, {
    place,
    me: me.id,
    now: now.value,
    draft: sync.tickets.value.has(ticket.id),
  });
  const selected = selection.ids.value.has(ticket.id);
  return (
    <li
      class={`row ${unread > 0 || mentioned ? 'unread' : ''} ${chips.length > 0 ? 'tall' : 'short'} ${selected ? 'selected' : ''}`}
      aria-posinset={index + 1}
      aria-setsize={total}
    >
      <input
        type="checkbox"
        class="row-select"
        checked={selected}
        aria-label={w.list.select(name, titleOf(ticket))}
        onClick={(event) => (event.shiftKey ? onExtend() : selection.toggle(ticket.id))}
      />
      <a
        onClick={(event) => {
          if (!event.shiftKey) return;
          event.preventDefault();
          onExtend();
        }}
        href={href(...rowParts(place, row))}
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
            {mentioned && (
              <span class="badge">
                <span aria-hidden="true">@</span>
                <span class="sr-only">{mention_words.value.mentioned}</span>
              </span>
            )}
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
                <RowChip key={keyOf(chip)} chip={chip} />
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
        <span class={`chip ${chip.tone}`}>
          <Icon of={timer} />
          <span class="sr-only">{w.list.waitingFor(duration(chip.ms, regional.value))}</span>
          <span aria-hidden="true">{duration(chip.ms, regional.value)}</span>
        </span>
      );
    case 'status':
      return <span class={`chip ${chip.status}`}>{w.status[chip.status]}</span>;
    case 'draft':
      return (
        <span class="chip">
          <Icon of={pencil} />
          {w.draft}
        </span>
      );
    case 'merged':
      return <span class="chip closed">{w.merged}</span>;
    case 'guest':
      return (
        <span class="chip">
          <Icon of={link} />
          {w.guest}
        </span>
      );
    case 'snoozed':
      return (
        <span class="chip snoozed" title={fullTime(chip.until, regional.value)}>
          <Icon of={alarm} />
          {w.until(comingTime(chip.until, now.value, regional.value))}
        </span>
      );
    case 'priority':
      return (
        <span class={`chip priority-${chip.priority}`}>
          <Icon of={flag} />
          {w.priority[chip.priority]}
        </span>
      );
    case 'more_tags':
      return (
        <span class="chip" title={chip.names.join(', ')}>
          <span aria-hidden="true">+{chip.names.length}</span>
          <span class="sr-only">{chip.names.join(', ')}</span>
        </span>
      );
    case 'tag':
    case 'team':
    case 'assignee':
      return (
        <span class="chip">
          <bdi>{chip.name}</bdi>
        </span>
      );
  }
}
