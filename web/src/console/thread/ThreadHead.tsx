// The head of the open ticket: what it is about, where it stands, who else looks at it, what can be done.

import { useEffect, useRef } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { chevronLeft } from '../../ui/icons';
import { useDesk } from '../desk';
import { openDrawer } from '../drawer';
import { words } from '../i18n';
import { badgeAlert, panelRight } from '../icons';
import { titleOf } from '../names';
import { toList } from '../to-list';
import { TriageChips } from '../triage/Facts';
import { MergedActs, ThreadActs } from './ThreadActs';

export function ThreadHead({ feed }: { feed: Feed<Agents> }) {
  const desk = useDesk();
  const { ticket } = feed;
  const heading = useRef<HTMLHeadingElement>(null);
  const w = words.value;
  useEffect(() => {
    document.title = `${titleOf(ticket)} · ${desk.me.site}`;
  }, [ticket.subject]);
  // A message that one came for may have the focus already: effects keep no order between components.
  useEffect(() => {
    if (!document.activeElement?.closest('.thread-log')) heading.current?.focus({ preventScroll: true });
  }, []);

  return (
    <header class="thread-head">
      <button type="button" class="icon-button back-button" aria-label={w.back} onClick={toList}>
        <Icon of={chevronLeft} class="flip" />
      </button>
      <div class="words">
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{titleOf(ticket)}</bdi>
        </h1>
        <div class="thread-facts">
          <span class="number">#{ticket.number}</span>
          <span class={`chip ${ticket.status}`}>
            {ticket.merged_into ? w.merged : w.status[ticket.status]}
          </span>
          <TriageChips ticket={ticket} />
          {ticket.requester.proof === 'not_confirmed' && (
            <span class="chip warn">
              <Icon of={badgeAlert} />
              {w.thread.notConfirmed}
            </span>
          )}
          <Viewing feed={feed} />
        </div>
      </div>
      {ticket.merged_into ? <MergedActs ticket={ticket} /> : <ThreadActs ticket={ticket} />}
      <button
        type="button"
        class="icon-button drawer-button details-button"
        aria-label={w.thread.details}
        onClick={() => openDrawer('details')}
      >
        <Icon of={panelRight} />
      </button>
    </header>
  );
}

/** The other agents who attend to this ticket right now. */
function Viewing({ feed }: { feed: Feed<Agents> }) {
  const others = feed.people.filter(
    ({ id, side, state }) => side === 'agent' && id !== feed.me && state === 'attending',
  );
  const [first] = others;
  const w = words.value.thread;
  if (!first) return null;
  const names = others.map(({ name }) => name.split(/\s+/u)[0] ?? name);
  return (
    <span class="viewing">
      <Avatar id={first.id} name={first.name} size="small" />
      <span>{w.viewing(names.join(', '), others.length)}</span>
    </span>
  );
}
