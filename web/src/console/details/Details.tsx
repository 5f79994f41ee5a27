// The details pane: who asks and how sure we are of that, the ticket's fields, what happens when they leave and who
// has access, what was given in the form, the same person's other tickets, and the files of this one.

import { useEffect, useState } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { href, route } from '../../core/route';
import { duration, fullTime, shortTime } from '../../core/time';
import { locale, regional } from '../../i18n';
import type { AgentEvent, Detail, Requester, TicketId } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { chevronDown, close, person, shield } from '../../ui/icons';
import { now } from '../../ui/now';
import { assigning } from '../assign/assigning';
import { requesterOf, useDesk } from '../desk';
import { closeDrawer, leaveDrawer } from '../drawer';
import { words } from '../i18n';
import { badgeAlert, badgeCheck, users } from '../icons';
import { nameOf, titleOf } from '../names';
import { TeamSwatch } from '../nav/TeamSwatch';
import { useOpenTicket } from '../open-ticket';
import { home, partsOf, whereIs } from '../place';
import { ask } from '../session';
import { fieldName, topicName } from '../topics';
import { TriageFields } from '../triage/Facts';
import { Access } from './Access';
import { Route } from './Route';
import { SharedFiles } from './SharedFiles';
import { useTold } from './told';

export function Details({ ticket }: { ticket: TicketId }) {
  const { feed } = useOpenTicket(ticket).value;
  const { told, reread } = useTold(ticket);
  const w = words.value;
  return (
    <aside class="details" aria-label={w.details.label}>
      <button type="button" class="icon-button drawer-close" aria-label={w.close} onClick={closeDrawer}>
        <Icon of={close} />
      </button>
      {feed && (
        <>
          <Person feed={feed} />
          <Fields feed={feed} />
          <Route feed={feed} alerts={told?.alerts ?? null} />
          {told && <Access ticket={ticket} access={told.access} onChanged={reread} />}
          <Given feed={feed} />
          <OtherTickets ticket={ticket} />
          <SharedFiles ticket={ticket} />
        </>
      )}
    </aside>
  );
}

function Person({ feed }: { feed: Feed<Agents> }) {
  const { requester } = feed.ticket;
  const w = words.value;
  const present = requesterOf(feed.people)?.state;
  return (
    <section>
      <h2 class="sr-only">{w.details.requester}</h2>
      <div class="requester">
        <Avatar id={requester.id} name={nameOf(requester)} size="large" present={present} />
        <div>
          <p class="requester-name">
            <bdi>{nameOf(requester)}</bdi>
          </p>
          {requester.name && <p>{requester.email}</p>}
          <p>
            {requester.guest ? w.details.guest : w.details.customer}
            {requester.locale && ` · ${languageName(requester.locale)}`}
          </p>
        </div>
      </div>
      <ProofTold requester={requester} />
    </section>
  );
}

/** How sure the hub is of the address: three levels, each in words. */
function ProofTold({ requester: { proof } }: { requester: Requester }) {
  const w = words.value;
  const icon = { not_confirmed: badgeAlert, confirmed: badgeCheck, vouched: shield }[proof];
  return (
    <div class={`proof ${proof}`}>
      <Icon of={icon} />
      <div>
        <strong>{w.proof[proof]}</strong>
        {w.proofMeaning[proof]}
      </div>
    </div>
  );
}

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(locale.value, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

function Fields({ feed }: { feed: Feed<Agents> }) {
  const { site } = useDesk();
  const { ticket } = feed;
  const { assignee, team } = ticket;
  // Nothing of it changes any more.
  const disabled = ticket.merged_into !== undefined;
  const w = words.value;
  return (
    <section>
      <h2>{w.details.ticket}</h2>
      <dl class="fields">
        <dt>{w.details.assignee}</dt>
        <dd>
          <button
            type="button"
            class="field-button"
            aria-haspopup="dialog"
            disabled={disabled}
            onClick={() => assigning.open('agent')}
          >
            {assignee ? <Avatar id={assignee.id} name={assignee.name} size="small" /> : <Icon of={person} />}
            <span class="label">
              <bdi>{assignee?.name ?? w.nobody}</bdi>
            </span>
            <Icon of={chevronDown} />
          </button>
        </dd>
        <dt>{w.details.team}</dt>
        <dd>
          <button
            type="button"
            class="field-button"
            aria-haspopup="dialog"
            disabled={disabled}
            onClick={() => assigning.open('team')}
          >
            {team ? <TeamSwatch team={team.id} /> : <Icon of={users} />}
            <span class="label">
              <bdi>{team?.name ?? w.noTeam}</bdi>
            </span>
            <Icon of={chevronDown} />
          </button>
        </dd>
        <dt>{w.details.status}</dt>
        <dd>
          <span class={`chip ${ticket.status}`}>
            {ticket.merged_into ? w.merged : w.status[ticket.status]}
          </span>
        </dd>
        <TriageFields ticket={ticket} />
        {ticket.waiting_since !== null && (
          <>
            <dt>{w.details.waiting}</dt>
            <dd>{duration(now.value - ticket.waiting_since, regional.value)}</dd>
          </>
        )}
        <dt>{w.details.opened}</dt>
        <dd>
          <time
            dateTime={new Date(ticket.opened_at).toISOString()}
            title={fullTime(ticket.opened_at, regional.value)}
          >
            {shortTime(ticket.opened_at, now.value, regional.value)}
          </time>
        </dd>
        <dt>{w.details.topic}</dt>
        <dd>
          <bdi>{topicName(site.value, ticket.topic)}</bdi>
        </dd>
      </dl>
    </section>
  );
}

/** What the requester gave in the form stands in the ticket's first event, which a long log has on an older page. */
function Given({ feed }: { feed: Feed<Agents> }) {
  const { site } = useDesk();
  const { id, topic } = feed.ticket;
  const here = detailsIn(feed.events);
  const [found, setFound] = useState<Detail[]>([]);
  useEffect(() => {
    if (here || !feed.has_older) return;
    ask('GET /v1/agent/tickets/{id}/events', { path: { id }, query: { after: 0, limit: 1 } }).then(
      ({ events }) => setFound(detailsIn(events) ?? []),
      () => {},
    );
  }, [id, here === null]);
  const details = here ?? found;
  if (details.length === 0) return null;
  return (
    <section>
      <h2>{words.value.details.given}</h2>
      <dl class="given">
        {details.map(({ key, value }) => (
          <div key={key}>
            <dt>{fieldName(site.value, topic, key)}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function detailsIn(events: readonly AgentEvent[]): Detail[] | null {
  for (const { body } of events) if (body.kind === 'opened') return body.details;
  return null;
}

function OtherTickets({ ticket }: { ticket: TicketId }) {
  const { otherTickets } = useDesk();
  const others = otherTickets(ticket);
  const w = words.value;
  const where = whereIs(route.value);
  const { place } = where.at === 'list' ? where : home;
  return (
    <section>
      <h2>{w.details.others}</h2>
      {others.length === 0 && <p class="field-hint">{w.details.noOthers}</p>}
      <ul>
        {others.map((other) => (
          <li key={other.id}>
            <a
              class={`other-ticket ${other.status}`}
              href={href(...partsOf({ at: 'list', place, ticket: other.id }))}
              onClick={leaveDrawer}
            >
              <i aria-hidden="true" />
              <span class="subject">
                <bdi>{titleOf(other)}</bdi>
                <span class="sr-only">, {w.status[other.status]}</span>
              </span>
              <time dateTime={new Date(other.last_at).toISOString()}>
                {shortTime(other.last_at, now.value, regional.value)}
              </time>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
