// The lines between messages, as a customer or guest may see them: opened, waiting, solved, reopened, joined.
import { clockTime } from '../core/time';
import { locale, regional } from '../i18n';
import { words } from '../i18n/words';
import type { AgentEvent, Detail, Site, Status } from '../protocol';
import { check, help, personAdd, reopen, ticket } from '../ui/icons';
import { EventLine } from '../ui/Log';
import { ticketHref } from './ticket-href';
import { inLanguage, topicOf } from './topics';

export function drawLine(event: AgentEvent, site: Site, number: number) {
  const { body, at, author } = event;
  const name = author.side === 'agent' ? author.name : '';
  switch (body.kind) {
    case 'opened':
      return (
        <>
          <EventLine icon={ticket} at={at}>
            {words.value.log.opened} <b class="tabular">{number}</b>
          </EventLine>
          <Details site={site} topic={body.topic} details={body.details} />
        </>
      );
    case 'status': {
      const line = statusLine(body.from, body.to, name);
      return (
        line && (
          <EventLine icon={line.icon} at={at}>
            {line.text}
          </EventLine>
        )
      );
    }
    case 'joined':
      return (
        <EventLine icon={personAdd} at={at}>
          {words.value.log.joined(body.name)}
        </EventLine>
      );
    case 'merged_into':
    case 'merged_from':
    case 'continued_in':
    case 'continues': {
      const log = words.value.log;
      return (
        <EventLine icon={ticket} at={at}>
          {log[body.kind]}{' '}
          <a class="tabular" href={ticketHref(body.ticket)}>
            {log.number(body.number)}
          </a>
        </EventLine>
      );
    }
    default:
      return null;
  }
}

function statusLine(
  from: Status,
  to: Status,
  name: string,
): { icon: readonly string[]; text: string } | null {
  const log = words.value.log;
  if (to === 'solved') return { icon: check, text: name ? log.solved_by(name) : log.solved };
  if (to === 'closed') return { icon: check, text: log.closed };
  if (to === 'pending') return { icon: help, text: name ? log.pending_by(name) : log.pending };
  // From pending to open by one's own answer is no news.
  return from === 'solved' || from === 'closed' ? { icon: reopen, text: log.reopened } : null;
}

function Details({ site, topic, details }: { site: Site; topic: string; details: Detail[] }) {
  if (details.length === 0) return null;
  const fields = topicOf(site, topic)?.fields ?? [];
  return (
    <dl class="opened-details">
      {details.map(({ key, value }) => {
        const field = fields.find((each) => each.key === key);
        return (
          <div key={key}>
            <dt>{field ? inLanguage(field.label, locale.value) : key}</dt>
            <dd dir="auto">{field?.kind === 'date_time' ? whenSaid(value) : value}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** What the form's date field gave, in the reader's words; anything else as it was written. */
function whenSaid(value: string): string {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? new Date(value).getTime() : Number.NaN;
  if (Number.isNaN(at)) return value;
  const day = new Intl.DateTimeFormat(regional.value, { dateStyle: 'medium' }).format(at);
  return `${day}, ${clockTime(at, regional.value)}`;
}
