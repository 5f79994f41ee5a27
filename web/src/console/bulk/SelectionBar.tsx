// The bar over the list while rows are selected: how many, and what can be done to all of them.

import { useEffect } from 'preact/hooks';
import type { AgentTicket, TicketAction } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { close, personAdd } from '../../ui/icons';
import { assigning } from '../assign/assigning';
import { AssignDialog, MacroPicker, ManyTriage } from '../chunks';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { words as console_words } from '../i18n';
import { alarm, circleCheck, flag, tag, zap } from '../icons';
import { shortcut } from '../keys';
import { choosing } from '../macros/choosing';
import { asking } from '../triage/asking';
import { words } from '../triage/i18n';
import { actOnMany } from './bulk';
import { selection } from './selection';

export function SelectionBar() {
  const desk = useDesk();
  const { rows, next } = desk.list.state.value;
  const ids = selection.ids.value;
  const tickets = rows.filter(({ ticket }) => ids.has(ticket.id)).map(({ ticket }) => ticket);
  const w = words.value.bulk;
  const solve = () => void onMany(() => ({ action: 'solve' }));
  const onMany = (action: (ticket: AgentTicket) => TicketAction) => {
    selection.clear();
    return actOnMany(
      desk,
      tickets.map((before) => ({ before, action: action(before) })),
    );
  };
  useCommand('solve', solve, 'first');
  useCommand('assign', () => assigning.openForMany(), 'first');
  useCommand('tags', () => asking.openForMany('tags'), 'first');
  useCommand('priority', () => asking.openForMany('priority'), 'first');
  useCommand('snooze', () => asking.openForMany('snooze'), 'first');
  useCommand('macro', choosing.openForMany, 'first');
  useCommand('back', selection.clear, 'first');
  useEffect(() => backToRows, []);
  const keys = (command: Parameters<typeof shortcut>[0]) => shortcut(command);
  return (
    <section class="selection-bar" aria-label={w.bar}>
      <p class="selected" role="status">
        {w.selected(tickets.length)}
      </p>
      {tickets.length < rows.length && (
        <button
          type="button"
          class="quiet-button"
          onClick={() => selection.all(rows.map(({ ticket }) => ticket.id))}
        >
          {next === null ? w.all : w.allLoaded}
        </button>
      )}
      <span class="selection-acts">
        <BarButton label={w.assign} icon={personAdd} keys={keys('assign')} act={assigning.openForMany} />
        <BarButton label={w.solve} icon={circleCheck} keys={keys('solve')} act={solve} />
        <BarButton
          label={words.value.priority}
          icon={flag}
          keys={keys('priority')}
          act={() => asking.openForMany('priority')}
        />
        <BarButton
          label={words.value.tags}
          icon={tag}
          keys={keys('tags')}
          act={() => asking.openForMany('tags')}
        />
        <BarButton
          label={words.value.snooze}
          icon={alarm}
          keys={keys('snooze')}
          act={() => asking.openForMany('snooze')}
        />
        <BarButton
          label={console_words.value.keys.macro}
          icon={zap}
          keys={keys('macro')}
          act={choosing.openForMany}
        />
        <BarButton label={w.clear} icon={close} act={selection.clear} />
      </span>
      {assigning.many.value && <AssignDialog tickets={tickets} onMany={onMany} />}
      {choosing.many.value && <MacroPicker tickets={tickets} onMany={selection.clear} />}
      {asking.many.value && <ManyTriage tickets={tickets} onMany={onMany} />}
    </section>
  );
}

/** The bar takes the focus with it when it goes: the keys of the list work next. */
function backToRows(): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('.row a')?.focus();
  });
}

interface BarButtonProps {
  label: string;
  icon: readonly string[];
  keys?: string | undefined;
  act: () => void;
}

function BarButton({ label, icon, keys, act }: BarButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      aria-keyshortcuts={keys}
      onClick={act}
    >
      <Icon of={icon} />
    </button>
  );
}
