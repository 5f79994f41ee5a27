// The navigation: views and teams with their numbers, colleagues, and oneself with the state of the line.

import { href, route } from '../../core/route';
import type { AgentMe, View } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { clock, close, inbox, waves } from '../../ui/icons';
import { keys_on } from '../../ui/keys';
import { useDesk } from '../desk';
import { closeDrawer, leaveDrawer } from '../drawer';
import { words } from '../i18n';
import { at, circleCheck, circleDashed, layers, sliders } from '../icons';
import { partsOf, samePlace, whereIs } from '../place';
import { countOf, type Place, VIEWS } from '../views';
import { LineState } from './LineState';
import { TeamSwatch } from './TeamSwatch';

const view_icons: Record<View, readonly string[]> = {
  mine: inbox,
  unassigned: circleDashed,
  open: layers,
  waiting: clock,
  solved: circleCheck,
  mentions: at,
};
const view_keys: Partial<Record<View, string>> = { mine: 'G I', unassigned: 'G U', open: 'G A' };

export function Nav({ me }: { me: AgentMe }) {
  const { counts } = useDesk();
  const w = words.value;
  const views = counts.views.value;
  return (
    <nav class="nav" aria-label={w.nav.label}>
      <p class="brand">
        <span class="brand-mark">
          <Icon of={waves} />
        </span>
        <span>
          <bdi>{me.site}</bdi>
        </span>
        <button type="button" class="icon-button drawer-close" aria-label={w.close} onClick={closeDrawer}>
          <Icon of={close} />
        </button>
      </p>
      <div class="nav-scroll">
        <ul>
          {VIEWS.map((view) => (
            <li key={view}>
              <PlaceLink place={{ view, team: null }} title={keys_on.value ? view_keys[view] : undefined}>
                <Icon of={view_icons[view]} />
                <span class="label">{w.views[view]}</span>
              </PlaceLink>
            </li>
          ))}
        </ul>
        {views && views.teams.length > 0 && (
          <section>
            <h2 class="nav-head">{w.nav.teams}</h2>
            <ul>
              {views.teams.map(({ team }) => (
                <li key={team.id}>
                  <PlaceLink place={{ view: 'open', team: team.id }}>
                    <TeamSwatch team={team.id} />
                    <span class="label">
                      <bdi>{team.name}</bdi>
                    </span>
                  </PlaceLink>
                </li>
              ))}
            </ul>
          </section>
        )}
        <ColleagueList me={me} />
      </div>
      <div class="nav-me">
        <Avatar id={me.id} name={me.name} size="normal" />
        <div class="who">
          <strong>
            <bdi>{me.name}</bdi>
          </strong>
          <LineState />
        </div>
        <a
          class="icon-button"
          href={href('settings', 'me')}
          aria-label={w.nav.settings}
          onClick={leaveDrawer}
          {...(route.value[0] === 'settings' && { 'aria-current': 'page' })}
        >
          <Icon of={sliders} />
        </a>
      </div>
    </nav>
  );
}

interface PlaceLinkProps {
  place: Place;
  title?: string | undefined;
  children: preact.ComponentChildren;
}

function PlaceLink({ place, title, children }: PlaceLinkProps) {
  const { counts, list } = useDesk();
  const where = whereIs(route.value);
  const here = where.at === 'list' && samePlace(where.place, place) && list.state.value.q === '';
  const count = countOf(counts.views.value, place);
  const leave = () => {
    leaveDrawer();
    // From a search back to the view it was started from: the address does not change.
    list.show(place);
  };
  return (
    <a
      class="nav-item"
      href={href(...partsOf({ at: 'list', place, ticket: null }))}
      title={title}
      onClick={leave}
      {...(here && { 'aria-current': 'page' })}
    >
      {children}
      {count !== null && <span class="count">{count}</span>}
    </a>
  );
}

function ColleagueList({ me }: { me: AgentMe }) {
  const { counts } = useDesk();
  const w = words.value.nav;
  const others = (counts.colleagues.value?.agents ?? []).filter(({ id }) => id !== me.id);
  if (others.length === 0) return null;
  const sorted = others.toSorted(
    (a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name),
  );
  return (
    <section>
      <h2 class="nav-head">{w.colleagues}</h2>
      <ul>
        {sorted.map(({ id, name, online }) => (
          <li class="nav-item" key={id}>
            <Avatar id={id} name={name} size="small" present={online ? 'online' : 'offline'} />
            <span class="label">
              <bdi>{name}</bdi>
            </span>
            <span class={online ? 'sr-only' : 'count'}>{online ? w.online : w.offline}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
