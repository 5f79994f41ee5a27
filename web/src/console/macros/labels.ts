// What each part of a macro is called: on a chip, in a list, in what is told afterwards.

import { regional } from '../../i18n';
import type { Colleagues, MacroActions } from '../../protocol';
import { words as console_words } from '../i18n';
import { type Part, partsIn } from './acts';
import { words } from './i18n';

type Names = Colleagues | null;

export function labelOf(part: Part, actions: MacroActions, names: Names): string {
  const w = words.value.does;
  switch (part) {
    case 'tags':
      return tagsLabel(actions);
    case 'priority':
      return w.priority(console_words.value.priority[actions.priority ?? 'normal']);
    case 'solve':
      return w.solve;
    case 'snooze':
      return w.snooze(timeOf(actions.snooze_min ?? 0));
    case 'assign':
      return assignLabel(actions, names);
  }
}

export const labelsOf = (actions: MacroActions, names: Names): string[] =>
  partsIn(actions).map((part) => labelOf(part, actions, names));

function tagsLabel({ add_tags, remove_tags }: MacroActions): string {
  const w = words.value.does;
  const added = add_tags.length > 0 ? [w.addTags(listed(add_tags))] : [];
  const removed = remove_tags.length > 0 ? [w.removeTags(listed(remove_tags))] : [];
  return [...added, ...removed].join(', ');
}

function assignLabel({ team, assignee }: MacroActions, names: Names): string {
  const w = words.value.does;
  const team_name = names?.teams.find(({ id }) => id === team)?.name ?? w.goneTeam;
  const moved = team === undefined ? [] : [w.toTeam(team_name)];
  if (assignee === undefined) return moved.join(', ');
  if (assignee.who === 'me') return [...moved, w.toMe].join(', ');
  if (assignee.who === 'nobody') return [...moved, w.toNobody].join(', ');
  const name = names?.agents.find(({ id }) => id === assignee.id)?.name ?? w.gone;
  return [...moved, w.toAgent(name)].join(', ');
}

const listed = (names: readonly string[]): string => new Intl.ListFormat(regional.value).format(names);

const hour_min = 60;
const day_min = 24 * hour_min;

/** In the largest unit that says it exactly: 90 minutes, 2 hours, 3 days. */
export function timeOf(minutes: number): string {
  const [unit, size] =
    minutes % day_min === 0
      ? (['day', day_min] as const)
      : minutes % hour_min === 0
        ? (['hour', hour_min] as const)
        : (['minute', 1] as const);
  return new Intl.NumberFormat(regional.value, { style: 'unit', unit, unitDisplay: 'long' }).format(
    minutes / size,
  );
}
