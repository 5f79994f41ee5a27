// What can be done to the open ticket as a whole: its buttons, its keys, and the menu of all.

import type { AgentTicket } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { dots, personAdd, reopen } from '../../ui/icons';
import { Menu, type MenuItem } from '../../ui/Menu';
import { toast } from '../../ui/Toast';
import { assigning } from '../assign/assigning';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { alarm, circleCheck, copy, flag, merge, personCheck, tag } from '../icons';
import { keyHint, shortcut } from '../keys';
import { merging } from '../merge/merging';
import { act } from '../ticket-actions';
import { asking } from '../triage/asking';
import { words as triage_words } from '../triage/i18n';
import { isOpenOrPending } from '../views';

export function ThreadActs({ ticket }: { ticket: AgentTicket }) {
  const desk = useDesk();
  const w = words.value;
  const t = triage_words.value;
  const open = isOpenOrPending(ticket);
  const solve = () =>
    void act(desk, ticket.id, open ? { action: 'solve' } : { action: 'reopen', pending: false });
  const toMe = () =>
    void act(desk, ticket.id, { action: 'assign', team: ticket.team?.id ?? null, agent: desk.me.id });
  useCommand('solve', solve);
  useCommand('assign', () => assigning.open('any'));
  useCommand('tags', () => asking.open('tags'));
  useCommand('priority', () => asking.open('priority'));
  useCommand('snooze', () => open && asking.open('snooze'));
  useCommand('take', toMe);
  useCommand('merge', merging.begin);
  const items: (MenuItem | false)[] = [
    ticket.assignee?.id !== desk.me.id && {
      label: w.thread.takeIt,
      icon: personCheck,
      key: keyHint('take'),
      onSelect: toMe,
    },
    {
      label: w.thread.assign,
      icon: personAdd,
      key: keyHint('assign'),
      onSelect: () => assigning.open('any'),
    },
    open && {
      label: t.snooze,
      icon: alarm,
      key: keyHint('snooze'),
      onSelect: () => asking.open('snooze'),
    },
    {
      label: t.priority,
      icon: flag,
      key: keyHint('priority'),
      onSelect: () => asking.open('priority'),
    },
    { label: t.tags, icon: tag, key: keyHint('tags'), onSelect: () => asking.open('tags') },
    { label: w.keys.merge, icon: merge, key: keyHint('merge'), onSelect: merging.begin },
    copyNumber(ticket),
  ];
  return (
    <>
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
      <MoreMenu items={items.filter((item) => item !== false)} />
    </>
  );
}

/** A merged ticket takes nothing any more. */
export const MergedActs = ({ ticket }: { ticket: AgentTicket }) => <MoreMenu items={[copyNumber(ticket)]} />;

function copyNumber({ number }: AgentTicket): MenuItem {
  const w = words.value.thread;
  return {
    label: w.copyNumber,
    icon: copy,
    onSelect: () => void navigator.clipboard.writeText(`#${number}`).then(() => toast(w.copied)),
  };
}

const MoreMenu = ({ items }: { items: MenuItem[] }) => (
  <Menu label={words.value.thread.more} button={<Icon of={dots} class="points" />} groups={[{ items }]} />
);
