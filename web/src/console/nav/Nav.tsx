// The navigation: views and teams with their numbers, colleagues, and oneself with the state of the line.

import { useEffect, useRef } from 'preact/hooks';
import { href, route } from '../../core/route';
import type { AgentMe, View } from '../../protocol';
import { announceStatus } from '../../ui/Announcer';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { clock, close, inbox, search, waves } from '../../ui/icons';
import { bar } from '../bar/bar';
import { AwayButton, ColleagueList, ScopeSign } from '../chunks';
import { useDesk } from '../desk';
import { closeDrawer, leaveDrawer } from '../drawer';
import { words } from '../i18n';
import { alarm, at, circleCheck, circleDashed, filter, layers, plus, sliders, users } from '../icons';
import type { Command } from '../keymap';
import { keyHint, shortcut } from '../keys';
import { words as mention_words } from '../mentions/i18n';
import { partsOf, samePlace, whereIs } from '../place';
import { editing } from '../saved/editing';
import { countOf, isMentions, type Place, VIEWS } from '../views';
import { LineState } from './LineState';
import { TeamSwatch } from './TeamSwatch';

const view_icons: Record<View, readonly string[]> = {
  mine: inbox,
  unassigned: circleDashed,
  open: layers,
  waiting: clock,
  snoozed: alarm,
  solved: circleCheck,
  mentions: at,
};
const view_commands: Record<View, Command> = {
  mine: 'go_mine',
  unassigned: 'go_unassigned',
  mentions: 'go_mentions',
  open: 'go_open',
  waiting: 'go_waiting',
  snoozed: 'go_snoozed',
  solved: 'go_solved',
};

export function Nav({ me }: { me: AgentMe }) {
  const { counts } = useDesk();
  const w = words.value;
  const views = counts.views.value;
  useMentionNews(views?.mentions);
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
      <button
        type="button"
        class="bar-button"
        aria-keyshortcuts={shortcut('bar')}
        onClick={() => {
          leaveDrawer();
          bar.open();
        }}
      >
        <Icon of={search} />
        <span class="label">{w.bar.open}</span>
        {keyHint('bar') && (
          <span aria-hidden="true" class="kbd">
            {keyHint('bar')}
          </span>
        )}
      </button>
      <div class="nav-scroll">
        <ul>
          {VIEWS.map((view) => (
            <li key={view}>
              <PlaceLink place={{ view, team: null }} title={keyHint(view_commands[view]) || undefined}>
                <Icon of={view_icons[view]} />
                <span class="label">{w.views[view]}</span>
              </PlaceLink>
            </li>
          ))}
        </ul>
        <SavedList />
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
      <ScopeSign />
      <div class="nav-me">
        <Avatar id={me.id} name={me.name} size="normal" />
        <div class="who">
          <strong>
            <bdi>{me.name}</bdi>
          </strong>
          <LineState />
        </div>
        <AwayButton />
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

/** Said once more of them are unread, wherever one is. */
function useMentionNews(unread: number | undefined): void {
  const told = useRef(unread);
  useEffect(() => {
    if (told.current !== undefined && unread !== undefined && unread > told.current)
      announceStatus(mention_words.peek().news(unread));
    told.current = unread;
  }, [unread]);
}

/** The agent's own views, then the site's. */
function SavedList() {
  const { counts } = useDesk();
  const w = words.value.nav;
  return (
    <section>
      <div class="nav-head-row">
        <h2 class="nav-head">{w.saved}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={w.newView}
          aria-haspopup="dialog"
          onClick={() => editing.open('new')}
        >
          <Icon of={plus} />
        </button>
      </div>
      <ul>
        {(counts.saved.value ?? []).map(({ id, name, shared, count }) => (
          <li key={id}>
            <PlaceLink place={{ view: 'open', team: null, saved: id }} count={count}>
              <Icon of={shared ? users : filter} />
              <span class="label">
                <bdi>{name}</bdi>
              </span>
            </PlaceLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PlaceLinkProps {
  place: Place;
  title?: string | undefined;
  /** Where the views' numbers do not have it. */
  count?: number;
  children: preact.ComponentChildren;
}

function PlaceLink({ place, title, count: own, children }: PlaceLinkProps) {
  const { counts, list, search } = useDesk();
  const where = whereIs(route.value);
  const here = where.at === 'list' && samePlace(where.place, place) && search.state.value.q === '';
  const count = own ?? countOf(counts.views.value, place);
  const leave = () => {
    leaveDrawer();
    // From a search back to the view it was started from: the address does not change.
    search.end();
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
      {count !== null && (
        <span class={`count ${isMentions(place) && count > 0 ? 'fresh' : ''}`}>{count}</span>
      )}
    </a>
  );
}
