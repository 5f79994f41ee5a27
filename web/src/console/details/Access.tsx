// Who can get at the ticket as a guest: the link that mails carry, the browsers that opened it, and the end of all that.
import { useState } from 'preact/hooks';
import { shortTime } from '../../core/time';
import { regional } from '../../i18n';
import type { TicketAccess, TicketId, TicketSession } from '../../protocol';
import { Confirm } from '../../ui/Confirm';
import { Icon } from '../../ui/Icon';
import { bell } from '../../ui/icons';
import { now } from '../../ui/now';
import { toast } from '../../ui/Toast';
import { badgeAlert, badgeCheck, link as linkIcon } from '../icons';
import { ask } from '../session';
import { words } from './i18n';

export interface AccessProps {
  ticket: TicketId;
  access: TicketAccess;
  /** It was changed here. */
  onChanged: () => void;
}

export function Access({ ticket, access: { link, sessions, muted }, onChanged }: AccessProps) {
  const w = words.value.access;
  // The hub writes `null` where there is none.
  const is_open = Boolean(link) || sessions.length > 0;
  if (!is_open && !muted) return null;
  return (
    <section aria-labelledby="access-title">
      <h2 id="access-title">{w.title}</h2>
      <ul class="access-list">
        {muted && (
          <li class="warn">
            <Icon of={bell} />
            <div>
              <p>{w.muted}</p>
            </div>
          </li>
        )}
        {link && (
          <li>
            <Icon of={linkIcon} />
            <div>
              <p>{w.link}</p>
              <small>{link.last_seen_at ? w.linkOpened(when(link.last_seen_at)) : w.linkNotOpened}</small>
              {link.generation > 1 && <small>{w.voided(link.generation - 1)}</small>}
            </div>
          </li>
        )}
        {sessions.map((session) => (
          <Session key={session.id} session={session} />
        ))}
      </ul>
      {is_open && <EndAll ticket={ticket} onChanged={onChanged} />}
    </section>
  );
}

const when = (at: number): string => shortTime(at, now.value, regional.value);

function Session({
  session: { browser, proven, trusted, opened_at, last_seen_at },
}: {
  session: TicketSession;
}) {
  const w = words.value.access;
  return (
    <li class={proven ? 'ok' : 'warn'}>
      <Icon of={proven ? badgeCheck : badgeAlert} />
      <div>
        <p>
          <bdi>{browserName(browser)}</bdi>
        </p>
        <small>
          {proven ? w.proven : w.notProven}
          {trusted && ` · ${w.trusted}`}
        </small>
        <small>{w.seen(when(opened_at), when(last_seen_at))}</small>
      </div>
    </li>
  );
}

/** The hub names it in English, such as "Firefox on Linux". */
function browserName(name: string): string {
  const w = words.value.access;
  const [browser = '', system] = name.split(' on ');
  return system ? w.browserOn(browser, system) : browser || w.unknownBrowser;
}

function EndAll({ ticket, onChanged }: { ticket: TicketId; onChanged: () => void }) {
  const [asking, setAsking] = useState(false);
  const w = words.value.access;
  const end = async () => {
    await ask('POST /v1/agent/tickets/{id}/access/end', { path: { id: ticket }, body: {} });
    toast(words.peek().access.ended);
    onChanged();
  };
  return (
    <>
      <button type="button" class="second-button" onClick={() => setAsking(true)}>
        {w.endAll}
      </button>
      {asking && (
        <Confirm title={w.endTitle} confirm={w.endAll} act={end} onClose={() => setAsking(false)}>
          {w.endIntro}
        </Confirm>
      )}
    </>
  );
}
