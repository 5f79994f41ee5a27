// Giving a ticket to a colleague or a team: one field that filters, arrows that choose, Enter that does it.

import { useEffect, useState } from 'preact/hooks';
import type { AgentTicket, TicketAction } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { person } from '../../ui/icons';
import { assignment, changesNothing } from '../assignment';
import { words as colleague_words } from '../colleagues/i18n';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { users } from '../icons';
import { TeamSwatch } from '../nav/TeamSwatch';
import { PickDialog } from '../PickDialog';
import { act } from '../ticket-actions';
import { assigning } from './assigning';
import { type Option, optionsFor } from './options';

interface AssignDialogProps {
  /** One: what it has now is marked. */
  tickets: readonly AgentTicket[];
  /** Does it to all of them; without it the one ticket is assigned at once. */
  onMany?: (action: (ticket: AgentTicket) => TicketAction) => void;
}

export function AssignDialog({ tickets, onMany }: AssignDialogProps) {
  const desk = useDesk();
  const [typed, setTyped] = useState('');
  const [what] = useState(assigning.what.peek() ?? 'any');
  const colleagues = desk.counts.colleagues.value;
  const [only] = onMany ? [] : tickets;
  const options = colleagues ? optionsFor(colleagues, only ?? null, what, desk.me.id, typed) : [];
  const w = words.value.assign;
  // Who is online may be old: the dialog opens with what is known and is set right.
  useEffect(() => void desk.counts.readColleagues(), []);
  const choose = ({ choice }: Option) => {
    if (!colleagues) return;
    assigning.close();
    const wanted = (ticket: AgentTicket) => assignment(ticket, choice, colleagues.agents);
    if (onMany) onMany(wanted);
    else if (only && !changesNothing(only, wanted(only))) void act(desk, only.id, wanted(only));
  };
  return (
    <PickDialog
      title={w.title}
      find={w.find}
      typed={typed}
      groups={(['agents', 'teams'] as const).map((group) => ({
        title: w[group],
        options: options.filter((option) => option.group === group),
      }))}
      none={colleagues ? w.none : w.failed}
      draw={(option) => (
        <>
          <Face option={option} />
          <OptionName option={option} />
        </>
      )}
      onType={setTyped}
      onChoose={choose}
      onClose={assigning.close}
    />
  );
}

function OptionName({ option: { name, group, me, standing } }: { option: Option }) {
  const w = words.value.assign;
  if (name === '') return <span class="label">{group === 'agents' ? w.nobodyOption : w.noTeamOption}</span>;
  return (
    <span class="label">
      <bdi>{name}</bdi>
      {me && <span class="hint"> ({w.toMe})</span>}
      {standing === 'away' && <span class="hint"> · {colleague_words.value.away}</span>}
    </span>
  );
}

function Face({ option: { name, group, choice, standing } }: { option: Option }) {
  if ('agent' in choice && choice.agent)
    return <Avatar id={choice.agent} name={name} size="small" present={standing ?? 'offline'} />;
  if ('team' in choice && choice.team) return <TeamSwatch team={choice.team} />;
  return <Icon of={group === 'agents' ? person : users} />;
}
