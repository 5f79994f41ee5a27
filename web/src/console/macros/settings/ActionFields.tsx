// What a macro does to the ticket, as fields of its form.

import type { Failure } from '../../../core/errors';
import type { MacroActions, MacroAssignee, Priority } from '../../../protocol';
import { useDesk } from '../../desk';
import { Field } from '../../form';
import { words as console_words } from '../../i18n';
import { OneOf } from '../../saved/FilterFields';
import { without } from '../acts';
import { words } from '../i18n';
import { timeOf } from '../labels';

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const hour_min = 60;
const day_min = 24 * hour_min;
const SNOOZES = [hour_min, 4 * hour_min, day_min, 2 * day_min, 3 * day_min, 7 * day_min, 14 * day_min];
const stays = 'stays';
const agent_prefix = 'agent ';

interface ActionFieldsProps {
  actions: MacroActions;
  onChange: (actions: MacroActions) => void;
  /** Names as they are typed, with commas between. */
  add: string;
  onAdd: (typed: string) => void;
  remove: string;
  onRemove: (typed: string) => void;
  failure: Failure | null;
}

export function ActionFields({
  actions,
  onChange,
  add,
  onAdd,
  remove,
  onRemove,
  failure,
}: ActionFieldsProps) {
  const w = words.value.form;
  const solve = () =>
    onChange(actions.solve ? without(actions, 'solve') : { ...without(actions, 'snooze'), solve: true });
  return (
    <fieldset class="form macro-actions">
      <legend>{w.actions}</legend>
      <label class="choice">
        <input type="checkbox" checked={actions.solve} onChange={solve} />
        {w.solve}
      </label>
      <TeamField actions={actions} onChange={onChange} />
      <AssigneeField actions={actions} onChange={onChange} />
      <PriorityField actions={actions} onChange={onChange} />
      <Field
        label={w.addTags}
        name="content.actions.add_tags"
        autocomplete="off"
        value={add}
        onValue={onAdd}
        hint={w.tagsHint}
        failure={failure}
      />
      <Field
        label={w.removeTags}
        name="content.actions.remove_tags"
        autocomplete="off"
        value={remove}
        onValue={onRemove}
        failure={failure}
      />
      <SnoozeField actions={actions} onChange={onChange} />
    </fieldset>
  );
}

type PartProps = Pick<ActionFieldsProps, 'actions' | 'onChange'>;

function TeamField({ actions: { team, ...rest }, onChange }: PartProps) {
  const { counts } = useDesk();
  const teams = counts.colleagues.value?.teams ?? [];
  const w = words.value;
  const known = team === undefined || teams.some(({ id }) => id === team);
  return (
    <OneOf
      label={w.form.team}
      value={team ?? stays}
      options={[
        [stays, w.form.stays],
        ...teams.map(({ id, name }) => [id, name] as const),
        ...(known ? [] : [[team, w.does.goneTeam] as const]),
      ]}
      onChoose={(to) => onChange(to === stays ? rest : { ...rest, team: to })}
    />
  );
}

function AssigneeField({ actions: { assignee, ...rest }, onChange }: PartProps) {
  const { counts } = useDesk();
  const agents = counts.colleagues.value?.agents ?? [];
  const w = words.value;
  const known = assignee?.who !== 'agent' || agents.some(({ id }) => id === assignee.id);
  const value = choiceOf(assignee);
  return (
    <OneOf
      label={w.form.assignee}
      value={value}
      options={[
        [stays, w.form.stays],
        ['me', w.form.me],
        ['nobody', w.form.nobody],
        ...agents.map(({ id, name }) => [agent_prefix + id, name] as const),
        ...(known ? [] : [[value, w.does.gone] as const]),
      ]}
      onChoose={(to) => {
        const chosen = assigneeOf(to);
        onChange(chosen ? { ...rest, assignee: chosen } : rest);
      }}
    />
  );
}

function choiceOf(assignee: MacroAssignee | undefined): string {
  if (!assignee) return stays;
  return assignee.who === 'agent' ? agent_prefix + assignee.id : assignee.who;
}

function assigneeOf(value: string): MacroAssignee | null {
  if (value === stays) return null;
  if (value === 'me' || value === 'nobody') return { who: value };
  return { who: 'agent', id: value.slice(agent_prefix.length) };
}

function PriorityField({ actions: { priority, ...rest }, onChange }: PartProps) {
  const w = words.value.form;
  const names = console_words.value.priority;
  const choose = (to: string) => {
    const chosen = PRIORITIES.find((each) => each === to);
    onChange(chosen ? { ...rest, priority: chosen } : rest);
  };
  return (
    <OneOf
      label={w.priority}
      value={priority ?? stays}
      options={[[stays, w.stays], ...PRIORITIES.map((each) => [each, names[each]] as const)]}
      onChoose={choose}
    />
  );
}

function SnoozeField({ actions, onChange }: PartProps) {
  const { snooze_min } = actions;
  const w = words.value.form;
  // One that was kept by other means is offered as it is.
  const offered =
    snooze_min === undefined || SNOOZES.includes(snooze_min) ? SNOOZES : [...SNOOZES, snooze_min];
  const choose = (to: string) =>
    onChange(
      to === stays ? without(actions, 'snooze') : { ...actions, solve: false, snooze_min: Number(to) },
    );
  return (
    <OneOf
      label={w.snooze}
      value={String(snooze_min ?? stays)}
      options={[[stays, w.never], ...offered.map((minutes) => [String(minutes), timeOf(minutes)] as const)]}
      onChoose={choose}
    />
  );
}
