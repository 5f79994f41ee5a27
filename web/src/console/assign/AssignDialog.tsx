// Giving a ticket to a colleague or a team: one field that filters, arrows that choose, Enter that does it.

import { useEffect, useId, useState } from 'preact/hooks';
import type { AgentTicket } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import { check, person } from '../../ui/icons';
import { assignment, changesNothing } from '../assignment';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { users } from '../icons';
import { TeamSwatch } from '../nav/TeamSwatch';
import { act } from '../ticket-actions';
import { assigning } from './assigning';
import { type Option, optionsFor } from './options';

export function AssignDialog({ ticket }: { ticket: AgentTicket }) {
  const desk = useDesk();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const colleagues = desk.counts.colleagues.value;
  const options = colleagues ? optionsFor(colleagues, ticket, assigning.what.value, desk.me.id, typed) : [];
  const chosen = options[Math.min(active, options.length - 1)];
  const w = words.value.assign;
  // Who is online may be old: the dialog opens with what is known and is set right.
  useEffect(() => void desk.counts.readColleagues(), []);
  useEffect(() => {
    document.getElementById(`${id}-${chosen?.key}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen?.key]);

  const choose = (option: Option | undefined) => {
    if (!option || !colleagues) return;
    assigning.close();
    const wanted = assignment(ticket, option.choice, colleagues.agents);
    if (!changesNothing(ticket, wanted)) void act(desk, ticket.id, wanted);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = options.length - 1;
    if (event.key === 'ArrowDown') setActive(active >= last ? 0 : active + 1);
    else if (event.key === 'ArrowUp') setActive(active <= 0 ? last : active - 1);
    else if (event.key === 'Enter' && !event.isComposing) choose(chosen);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={w.title} onClose={assigning.close} class="assign-dialog">
      <input
        class="input"
        role="combobox"
        aria-label={w.find}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen ? `${id}-${chosen.key}` : undefined}
        placeholder={w.find}
        autofocus
        autocomplete="off"
        dir="auto"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div class="assign-list" role="listbox" id={`${id}-list`} aria-label={w.title}>
        {(['agents', 'teams'] as const).map((group) => (
          <Group
            key={group}
            id={id}
            title={w[group]}
            options={options.filter((option) => option.group === group)}
            chosen={chosen}
            onChoose={choose}
          />
        ))}
      </div>
      {options.length === 0 && (
        <p class="assign-none" role="status">
          {colleagues ? w.none : w.failed}
        </p>
      )}
    </Dialog>
  );
}

interface GroupProps {
  id: string;
  title: string;
  options: readonly Option[];
  chosen: Option | undefined;
  onChoose: (option: Option) => void;
}

function Group({ id, title, options, chosen, onChoose }: GroupProps) {
  if (options.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields.
    <div role="group" aria-label={title}>
      <p class="menu-title" aria-hidden="true">
        {title}
      </p>
      {options.map((option) => (
        // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field above keeps the focus and the keys.
        <div
          key={option.key}
          id={`${id}-${option.key}`}
          class="assign-option"
          role="option"
          aria-selected={option === chosen}
          onClick={() => onChoose(option)}
        >
          <Face option={option} />
          <OptionName option={option} />
          {option.current && <Icon of={check} class="menu-check" />}
        </div>
      ))}
    </div>
  );
}

function OptionName({ option: { name, group, me } }: { option: Option }) {
  const w = words.value.assign;
  if (name === '') return <span class="label">{group === 'agents' ? w.nobodyOption : w.noTeamOption}</span>;
  return (
    <span class="label">
      <bdi>{name}</bdi>
      {me && <span class="hint"> ({w.toMe})</span>}
    </span>
  );
}

function Face({ option: { name, group, choice, online } }: { option: Option }) {
  if ('agent' in choice && choice.agent)
    return <Avatar id={choice.agent} name={name} size="small" present={online ? 'online' : 'offline'} />;
  if ('team' in choice && choice.team) return <TeamSwatch team={choice.team} />;
  return <Icon of={group === 'agents' ? person : users} />;
}
