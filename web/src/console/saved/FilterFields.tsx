// Fields of a saved view's filters: some of a few, one of a few, and who.

import type { ViewFilters } from '../../protocol';
import { useDesk } from '../desk';
import { topicName } from '../topics';
import { words } from './i18n';

interface ChoicesProps<T extends string> {
  label: string;
  of: readonly { id: T; name: string }[];
  chosen: readonly T[];
  onChoose: (chosen: T[]) => void;
}

/** Any of them; none chosen: all. */
export function Choices<T extends string>({ label, of, chosen, onChoose }: ChoicesProps<T>) {
  if (of.length === 0) return null;
  const toggle = (id: T) =>
    onChoose(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <fieldset class="field">
      <legend class="field-label">{label}</legend>
      <div class="choices">
        {of.map(({ id, name }) => (
          <label class="choice" key={id}>
            <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />
            <bdi>{name}</bdi>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface OneOfProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  onChoose: (value: string) => void;
}

export function OneOf({ label, value, options, onChoose }: OneOfProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select class="input" value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map(([each, name]) => (
          <option value={each} key={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const agent_prefix = 'agent ';

export function AssigneeField({
  filters,
  onChoose,
}: {
  filters: ViewFilters;
  onChoose: (filters: ViewFilters) => void;
}) {
  const { counts } = useDesk();
  const { assignee, ...rest } = filters;
  const w = words.value;
  const value = assignee?.who === 'agent' ? agent_prefix + assignee.id : (assignee?.who ?? 'anybody');
  const agents = counts.colleagues.value?.agents ?? [];
  const choose = (to: string) => {
    if (to === 'me' || to === 'nobody') onChoose({ ...rest, assignee: { who: to } });
    else if (to === 'anybody') onChoose(rest);
    else onChoose({ ...rest, assignee: { who: 'agent', id: to.slice(agent_prefix.length) } });
  };
  return (
    <OneOf
      label={w.assignee}
      value={value}
      options={[
        ['anybody', w.anybody],
        ['me', w.me],
        ['nobody', w.nobody],
        ...agents.map(({ id, name }) => [agent_prefix + id, name] as const),
      ]}
      onChoose={choose}
    />
  );
}

export function TopicField({
  chosen,
  onChoose,
}: {
  chosen: readonly string[];
  onChoose: (topics: string[]) => void;
}) {
  const { site } = useDesk();
  const topics = (site.value?.topics ?? []).map(({ key }) => ({ id: key, name: topicName(site.value, key) }));
  return <Choices label={words.value.topics} of={topics} chosen={chosen} onChoose={onChoose} />;
}
