// The head of the open ticket: what it is about, where it stands, who else looks at it, what can be done.

import { useEffect, useRef } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { chevronLeft, dots, personAdd, reopen } from '../../ui/icons';
import { keys_on } from '../../ui/keys';
import { Menu } from '../../ui/Menu';
import { toast } from '../../ui/Toast';
import { assigning } from '../assign/assigning';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { openDrawer } from '../drawer';
import { words } from '../i18n';
import { badgeAlert, circleCheck, copy, merge, panelRight, personCheck } from '../icons';
import { shortcut } from '../keymap';
import { merging } from '../merge/merging';
import { titleOf } from '../names';
import { act } from '../ticket-actions';
import { toList } from '../to-list';
import { isOpenOrPending } from '../views';

export function ThreadHead({ feed }: { feed: Feed<Agents> }) {
  const desk = useDesk();
  const { ticket } = feed;
  const heading = useRef<HTMLHeadingElement>(null);
  const w = words.value;
  const open = isOpenOrPending(ticket);
  const merged = ticket.merged_into !== undefined;
  const solve = () => !merged && void act(desk, ticket.id, { action: open ? 'solve' : 'reopen' });
  useCommand('solve', solve);
  useCommand('assign', () => merged || assigning.open('any'));
  useCommand('merge', () => merged || merging.begin());
  useEffect(() => {
    document.title = `${titleOf(ticket)} · ${desk.me.site}`;
  }, [ticket.subject]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const toMe = () =>
    void act(desk, ticket.id, { action: 'assign', team: ticket.team?.id ?? null, agent: desk.me.id });
  const copyNumber = () =>
    void navigator.clipboard.writeText(`#${ticket.number}`).then(() => toast(words.peek().thread.copied));

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
          <span class={`chip ${ticket.status}`}>{merged ? w.merge.merged : w.status[ticket.status]}</span>
          {ticket.requester.proof === 'not_confirmed' && (
            <span class="chip warn">
              <Icon of={badgeAlert} />
              {w.thread.notConfirmed}
            </span>
          )}
          <Viewing feed={feed} />
        </div>
      </div>
      {!merged && (
        <>
          <button
            type="button"
            class="second-button roomy-only"
            aria-keyshortcuts={shortcut('assign', keys_on.value)}
            onClick={() => assigning.open('any')}
          >
            <Icon of={personAdd} />
            {w.thread.assign}
          </button>
          <button
            type="button"
            class="second-button"
            aria-keyshortcuts={shortcut('solve', keys_on.value)}
            onClick={solve}
          >
            <Icon of={open ? circleCheck : reopen} />
            <span class="label">{open ? w.thread.solve : w.thread.reopen}</span>
            {keys_on.value && (
              <span aria-hidden="true" class="kbd wide-only">
                E
              </span>
            )}
          </button>
        </>
      )}
      <Menu
        label={w.thread.more}
        button={<Icon of={dots} class="points" />}
        groups={[
          {
            items: [
              ...(merged || ticket.assignee?.id === desk.me.id
                ? []
                : [{ label: w.thread.takeIt, icon: personCheck, onSelect: toMe }]),
              ...(merged
                ? []
                : [
                    { label: w.thread.assign, icon: personAdd, onSelect: () => assigning.open('any') },
                    { label: w.merge.action, icon: merge, onSelect: merging.begin },
                  ]),
              { label: w.thread.copyNumber, icon: copy, onSelect: copyNumber },
            ],
          },
        ]}
      />
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
