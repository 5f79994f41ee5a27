// The colleagues in the navigation, and how each stands.

import type { AgentMe } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { useDesk } from '../desk';
import { words } from './i18n';
import { rankOf, standing } from './standing';

export function ColleagueList({ me }: { me: AgentMe }) {
  const { counts } = useDesk();
  const w = words.value;
  const others = (counts.colleagues.value?.agents ?? []).filter(({ id }) => id !== me.id);
  if (others.length === 0) return null;
  const sorted = others.toSorted((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name));
  return (
    <section>
      <h2 class="nav-head">{w.title}</h2>
      <ul class="colleagues">
        {sorted.map((each) => (
          <li class={`nav-item ${standing(each)}`} key={each.id}>
            <Avatar id={each.id} name={each.name} size="small" present={standing(each)} />
            <span class="label">
              <bdi>{each.name}</bdi>
            </span>
            <span class={standing(each) === 'online' ? 'sr-only' : 'count'}>
              {standing(each) === 'offline' && counts.of_one_node.value
                ? w.notSeen
                : w.standing[standing(each)]}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
