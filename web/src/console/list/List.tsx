// The list pane: its head, the search, the rows, and moving among them by keys.

import { useEffect, useRef } from 'preact/hooks';
import { go, route } from '../../core/route';
import { Icon } from '../../ui/Icon';
import { close, search as searchIcon } from '../../ui/icons';
import { keys_on } from '../../ui/keys';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { openDrawer } from '../drawer';
import { words } from '../i18n';
import { menu } from '../icons';
import { shortcut } from '../keymap';
import { partsOf, whereIs } from '../place';
import { Hits } from '../search/Hits';
import { countOf, type Place } from '../views';
import { Rows } from './Rows';

export function List({ place, beside }: { place: Place; beside: boolean }) {
  const { list, search, counts } = useDesk();
  const heading = useRef<HTMLHeadingElement>(null);
  const searched = search.state.value.q !== '';
  // Beside an open ticket, that is what the page is about.
  const Title = beside ? 'h2' : 'h1';
  const w = words.value;
  const name = useListName(place);
  const count = searched ? null : countOf(counts.views.value, place);
  useEffect(() => {
    search.end();
    list.show(place);
  }, [place.view, place.team]);
  useFocusOnChange(heading, `${place.view}/${place.team ?? ''}`);
  return (
    <section class="list" aria-label={w.list.label}>
      <header class="list-head">
        <button
          type="button"
          class="icon-button drawer-button nav-button"
          aria-label={w.nav.open}
          onClick={() => openDrawer('nav')}
        >
          <Icon of={menu} />
        </button>
        <Title ref={heading} class="list-title" tabIndex={-1}>
          <bdi>{searched ? w.list.results : name}</bdi>
          {count !== null && <span class="count">{count}</span>}
        </Title>
      </header>
      <Search />
      {searched ? <Hits place={place} /> : <Rows />}
      {keys_on.value && <KeyHints />}
    </section>
  );
}

/** What the list is called: its view, or its team. */
export function useListName(place: Place): string {
  const { counts, me } = useDesk();
  if (place.team === null) return words.value.views[place.view];
  const teams = [...(counts.views.value?.teams.map(({ team }) => team) ?? []), ...me.teams];
  return teams.find(({ id }) => id === place.team)?.name ?? words.value.views.open;
}

/** Going to another view puts the focus on its title; the first one leaves it where it is. */
function useFocusOnChange(heading: { current: HTMLElement | null }, key: string): void {
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    const where = whereIs(route.peek());
    if (where.at === 'list' && where.ticket === null) heading.current?.focus({ preventScroll: true });
  }, [key]);
}

function Search() {
  const { search } = useDesk();
  const field = useRef<HTMLInputElement>(null);
  const { q } = search.state.value;
  const w = words.value.list;
  useCommand('search', () => {
    const where = whereIs(route.peek());
    const focus = () => {
      field.current?.focus();
      field.current?.select();
    };
    if (field.current?.checkVisibility() || where.at !== 'list') return focus();
    // On a phone the list is not on the screen while a ticket is.
    go(partsOf({ ...where, ticket: null }));
    requestAnimationFrame(focus);
  });
  const clear = () => {
    search.end();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') document.querySelector<HTMLElement>('.row a')?.focus();
    else if (event.key === 'Enter') document.querySelector<HTMLElement>('.row a')?.click();
    else if (event.key === 'Escape' && q !== '') search.end();
    else return;
    event.preventDefault();
  };
  return (
    <search class="search">
      <Icon of={searchIcon} />
      <input
        ref={field}
        type="search"
        class="search-input"
        dir="auto"
        value={q}
        aria-label={w.search}
        placeholder={w.searchHint}
        autocomplete="off"
        spellcheck={false}
        aria-keyshortcuts={shortcut('search', keys_on.value)}
        onInput={(event) => search.type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {q !== '' ? (
        <button type="button" class="icon-button" aria-label={w.clearSearch} onClick={clear}>
          <Icon of={close} />
        </button>
      ) : (
        keys_on.value && (
          <span aria-hidden="true" class="kbd">
            /
          </span>
        )
      )}
    </search>
  );
}

function KeyHints() {
  const w = words.value.list;
  const hints = [
    [['J', 'K'], w.hintMove],
    [['R'], w.hintReply],
    [['N'], w.hintNote],
    [['?'], w.hintAll],
  ] as const;
  return (
    <footer class="key-hints" aria-hidden="true">
      {hints.map(([keys, text]) => (
        <span key={text}>
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
          {text}
        </span>
      ))}
    </footer>
  );
}
