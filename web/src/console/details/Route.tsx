// What happens when the requester leaves, as the settings say, and what has happened: each mail with its state.
import type { Agents, Feed } from '../../core/feed';
import { clockTime, daysBetween, shortTime, waitTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AlertMail, AlertState, HoldReason, Present, TicketAlerts } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { alert, check, checkCheck, clock, mail } from '../../ui/icons';
import { now } from '../../ui/now';
import { toast } from '../../ui/Toast';
import { requesterOf, useDesk } from '../desk';
import { radio } from '../icons';
import { shortName } from '../names';
import { ask } from '../session';
import { told } from '../ticket-actions';
import { words } from './i18n';

export function Route({ feed, alerts }: { feed: Feed<Agents>; alerts: TicketAlerts | null }) {
  const w = words.value.route;
  const present = requesterOf(feed.people)?.state ?? 'offline';
  return (
    <section aria-labelledby="route-title">
      <h2 id="route-title">
        <bdi>{w.title(shortName(feed.ticket.requester))}</bdi>
      </h2>
      <ol class="steps">
        <LiveStep present={present} />
        {alerts && <MailStep alerts={alerts} />}
      </ol>
      {alerts && alerts.mails.length > 0 && <Mails mails={alerts.mails} />}
      {alerts && canTryAgain(alerts) && <TryAgain feed={feed} />}
    </section>
  );
}

function LiveStep({ present }: { present: Present }) {
  const { counts } = useDesk();
  const w = words.value.route;
  return (
    <li>
      <span class={`step-icon ${present === 'offline' ? '' : 'ok'}`}>
        <Icon of={radio} />
      </span>
      <div>
        <p>{w.live}</p>
        <small>{present === 'offline' && counts.of_one_node.value ? w.unseen : w.present[present]}</small>
      </div>
    </li>
  );
}

function MailStep({ alerts }: { alerts: TicketAlerts }) {
  const w = words.value.route;
  const { quiet_s, cap_s, by, hold, unread_since, due_at } = alerts;
  const wait = (seconds: number) => waitTime(seconds, regional.value);
  return (
    <li>
      <span class={`step-icon ${hold ? 'danger' : 'warn'}`}>
        <Icon of={hold ? alert : mail} />
      </span>
      <div>
        <p>{w.mail(wait(quiet_s))}</p>
        <small>{w.cap(wait(cap_s))}</small>
        <small>{w.noContent}</small>
        {by === 'local' && <small>{w.local}</small>}
        {hold && <small class="step-hold">{w.hold(w.reasons[hold])}</small>}
        {!hold && unread_since !== undefined && due_at !== undefined && (
          <small class="step-due">{w.due(when(unread_since), when(due_at))}</small>
        )}
      </div>
    </li>
  );
}

/** The hour alone on the same day: "now" and "4 min" would be wrong soon. */
const when = (at: number): string =>
  daysBetween(at, now.value) === 0 ? clockTime(at, regional.value) : shortTime(at, now.value, regional.value);

const icons: Record<AlertState, readonly string[]> = {
  waiting: clock,
  held: alert,
  sent: check,
  opened: checkCheck,
  bounced: alert,
  failed: alert,
  cancelled: check,
};

function Mails({ mails }: { mails: readonly AlertMail[] }) {
  const w = words.value.route;
  return (
    <>
      <h3>{w.alerts}</h3>
      <ul class="alert-mails">
        {mails.map((each) => (
          <Mail key={`${each.kind}/${each.at}`} mail={each} />
        ))}
      </ul>
    </>
  );
}

function Mail({ mail: { kind, state, at, until, hold, answer } }: { mail: AlertMail }) {
  const w = words.value.route;
  const why = hold ? w.reasons[hold] : state === 'bounced' || state === 'failed' ? answer : undefined;
  return (
    <li class={`alert-mail ${state}`}>
      <Icon of={icons[state]} />
      <span class="alert-kind">{w.kinds[kind]}</span>
      <span class="alert-state tabular">
        {w.states[state](when(state === 'waiting' ? (until ?? at) : at))}
      </span>
      {why && <small>{why}</small>}
    </li>
  );
}

/** Trying again overrules the hub's caution and the mail servers, never the requester's own choice. */
const chosen: ReadonlySet<HoldReason> = new Set<HoldReason>(['muted', 'unsubscribed']);

export function canTryAgain({ hold, mails }: Pick<TicketAlerts, 'hold' | 'mails'>): boolean {
  if (hold && !chosen.has(hold)) return true;
  const [latest] = mails;
  return (
    latest !== undefined &&
    ['held', 'bounced', 'failed'].includes(latest.state) &&
    !(latest.hold && chosen.has(latest.hold))
  );
}

function TryAgain({ feed }: { feed: Feed<Agents> }) {
  const desk = useDesk();
  const id = feed.ticket.id;
  const again = async () => {
    const done = await told(desk, id, () =>
      ask('POST /v1/agent/tickets/{id}/alerts/try-again', { path: { id }, body: {} }),
    );
    if (done) toast(words.peek().route.triedAgain);
  };
  return (
    <button type="button" class="second-button try-again" onClick={() => void again()}>
      {words.value.route.tryAgain}
    </button>
  );
}
