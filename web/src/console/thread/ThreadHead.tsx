// The head of the open ticket: what it is about, where it stands, who else looks at it, what can be done.

import { useEffect, useRef } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { chevronLeft, dots, personAdd, reopen } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { toast } from '../../ui/Toast';
import { assigning } from '../assign/assigning';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { openDrawer } from '../drawer';
import { words } from '../i18n';
import { alarm, badgeAlert, circleCheck, copy, flag, panelRight, personCheck, tag } from '../icons';
import { keyHint, shortcut } from '../keys';
import { titleOf } from '../names';
import { act } from '../ticket-actions';
import { toList } from '../to-list';
import { asking } from '../triage/asking';
import { TriageChips } from '../triage/Facts';
import { words as triage_words } from '../triage/i18n';
import { isOpenOrPending } from '../views';

export function ThreadHead({ feed }: { feed: Feed<Agents> }) {
  const desk = useDesk();
  const { ticket } = feed;
  const heading = useRef<HTMLHeadingElement>(null);
  const w = words.value;
  const t = triage_words.value;
  const open = isOpenOrPending(ticket);
  const solve = () =>
    void act(desk, ticket.id, open ? { action: 'solve' } : { action: 'reopen', pending: false });
  useCommand('solve', solve);
  useCommand('assign', () => assigning.open('any'));
  useCommand('tags', () => asking.open('tags'));
  useCommand('priority', () => asking.open('priority'));
  useCommand('snooze', () => open && asking.open('snooze'));
  useCommand('take', () => toMe());
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
          <span class={`chip ${ticket.status}`}>{w.status[ticket.status]}</span>
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
      <button
        type="button"
        class="second-button roomy-only"
        aria-keyshortcuts={shortcut('assign')}
        onClick={() => assigning.open('any')}
      >
        <Icon of={personAdd} />
        {w.thread.assign}
      </button>
      {open && (
        <button
          type="button"
          class="second-button roomy-only"
          aria-haspopup="dialog"
          aria-keyshortcuts={shortcut('snooze')}
          onClick={() => asking.open('snooze')}
        >
          <Icon of={alarm} />
          {t.snooze}
        </button>
      )}
      <button type="button" class="second-button" aria-keyshortcuts={shortcut('solve')} onClick={solve}>
        <Icon of={open ? circleCheck : reopen} />
        <span class="label">{open ? w.thread.solve : w.thread.reopen}</span>
        {keyHint('solve') && (
          <span aria-hidden="true" class="kbd wide-only">
            {keyHint('solve')}
          </span>
        )}
      </button>
      <Menu
        label={w.thread.more}
        button={<Icon of={dots} class="points" />}
        groups={[
          {
            items: [
              ...(ticket.assignee?.id === desk.me.id
                ? []
                : [{ label: w.thread.takeIt, icon: personCheck, key: keyHint('take'), onSelect: toMe }]),
              {
                label: w.thread.assign,
                icon: personAdd,
                key: keyHint('assign'),
                onSelect: () => assigning.open('any'),
              },
              ...(open
                ? [
                    {
                      label: t.snooze,
                      icon: alarm,
                      key: keyHint('snooze'),
                      onSelect: () => asking.open('snooze'),
                    },
                  ]
                : []),
              {
                label: t.priority,
                icon: flag,
                key: keyHint('priority'),
                onSelect: () => asking.open('priority'),
              },
              { label: t.tags, icon: tag, key: keyHint('tags'), onSelect: () => asking.open('tags') },
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
