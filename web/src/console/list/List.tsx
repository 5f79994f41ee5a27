// The list pane: its head, the search, the rows, and moving among them by keys.

import { useEffect, useRef } from 'preact/hooks';
import { go, route } from '../../core/route';
import { Icon } from '../../ui/Icon';
import { close, search as searchIcon } from '../../ui/icons';
import { keys_on } from '../../ui/keys';
import { SelectionBar } from '../bulk/SelectionBar';
import { selection } from '../bulk/selection';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { openDrawer } from '../drawer';
import { words } from '../i18n';
import { menu, sliders } from '../icons';
import type { Command } from '../keymap';
import { keyHint, shortcut } from '../keys';
import { partsOf, whereIs } from '../place';
import { editing } from '../saved/editing';
import { Hits } from '../search/Hits';
import { countOf, isMentions, type Place, savedView } from '../views';
import { Rows } from './Rows';

export function List({ place, beside }: { place: Place; beside: boolean }) {
  const { list, search, counts, me } = useDesk();
  const heading = useRef<HTMLHeadingElement>(null);
  const searched = search.state.value.q !== '';
  // Beside an open ticket, that is what the page is about.
  const Title = beside ? 'h2' : 'h1';
  const w = words.value;
  const name = useListName(place);
  const saved = savedView(counts.saved.value, place);
  const held = place.saved ? (saved?.count ?? null) : countOf(counts.views.value, place);
  // Of mentions the unread ones are counted, and not what is listed.
  const count = searched || isMentions(place) ? null : held;
  const key = partsOf({ at: 'list', place, ticket: null }).join('/');
  useEffect(() => {
    search.end();
    list.show(place);
  }, [key]);
  useFocusOnChange(heading, key);
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
        {!searched && saved && (!saved.shared || me.role === 'admin') && (
          <button
            type="button"
            class="icon-button"
            aria-label={w.list.editView}
            aria-haspopup="dialog"
            onClick={() => editing.open(saved)}
          >
            <Icon of={sliders} />
          </button>
        )}
      </header>
      {selection.ids.value.size > 0 ? <SelectionBar /> : <Search />}
      {searched ? <Hits place={place} /> : <Rows />}
      {keys_on.value && <KeyHints />}
    </section>
  );
}

/** What the list is called: its view, or its team. */
export function useListName(place: Place): string {
  const { counts, me } = useDesk();
  if (place.saved) return savedView(counts.saved.value, place)?.name ?? words.value.nav.saved;
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
        aria-keyshortcuts={shortcut('search')}
        onInput={(event) => search.type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {q !== '' ? (
        <button type="button" class="icon-button" aria-label={w.clearSearch} onClick={clear}>
          <Icon of={close} />
        </button>
      ) : (
        keyHint('search') && (
          <span aria-hidden="true" class="kbd">
            {keyHint('search')}
          </span>
        )
      )}
    </search>
  );
}

function KeyHints() {
  const w = words.value.list;
  const hints: readonly (readonly [readonly Command[], string])[] = [
    [['next', 'previous'], w.hintMove],
    [['reply'], w.hintReply],
    [['note'], w.hintNote],
    [['help'], w.hintAll],
  ];
  return (
    <footer class="key-hints" aria-hidden="true">
      {hints
        .map(([commands, text]) => ({ keys: commands.map(keyHint).filter(Boolean), text }))
        .filter(({ keys }) => keys.length > 0)
        .map(({ keys, text }) => (
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
