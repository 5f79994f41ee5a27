// The hits of the search, in the place of the list's rows: what was found, where, by whom and when.
// J, K and the arrows move the real focus; scrolling, or moving, to the end brings the next page.

import '../css/search.css';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../ui/Icon';
import { alert, search as searchIcon } from '../../ui/icons';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { Skeleton } from '../list/Rows';
import type { Place } from '../views';
import { HitRow } from './HitRow';

const near_end_px = 400;

export function Hits({ place }: { place: Place }) {
  const { search } = useDesk();
  const { q, hits, phase, failure, next, loading_more, more_failed } = search.state.value;
  const box = useRef<HTMLDivElement>(null);
  const w = words.value;
  const move = useMoving(box);

  const more = () => {
    const element = box.current;
    if (!element || search.state.peek().more_failed) return;
    if (element.scrollHeight - element.scrollTop - element.clientHeight < near_end_px) void search.readMore();
  };
  // A page may be short, or empty, and there is more all the same.
  useEffect(more, [hits, next, phase, loading_more]);
  useEffect(() => box.current?.scrollTo({ top: 0 }), [q]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(step);
  };
  const done = phase === 'ready' && next === null;
  return (
    <div class="rows-scroll" ref={box} onScroll={more} aria-busy={phase === 'loading' || loading_more}>
      <p class="sr-only" role="status">
        {phase === 'ready' && w.search.found(hits.length, next !== null)}
      </p>
      {phase === 'failed' && (
        <div class="list-failed" role="alert">
          <Icon of={alert} />
          <p>
            {w.search.failed} {failure?.message}
          </p>
          <button type="button" class="second-button" onClick={() => void search.read()}>
            {w.tryAgain}
          </button>
        </div>
      )}
      {hits.length > 0 && (
        <ul class="hits" aria-label={w.list.results} onKeyDown={onKeyDown}>
          {hits.map((hit) => (
            <HitRow key={`${hit.row.ticket.id}/${hit.matched}/${hit.n ?? ''}`} hit={hit} place={place} />
          ))}
        </ul>
      )}
      {hits.length === 0 && (phase === 'loading' || (phase === 'ready' && next !== null)) && <Skeleton />}
      {hits.length === 0 && done && (
        <div class="list-empty">
          <Icon of={searchIcon} />
          <h2>{w.list.noResults(q.trim())}</h2>
          <p>{w.list.noResultsHint}</p>
        </div>
      )}
      {next !== null && hits.length + Number(more_failed) > 0 && (
        <p class="list-more">
          <button
            type="button"
            class="quiet-button"
            disabled={loading_more}
            onClick={() => void search.readMore()}
          >
            {loading_more ? w.loading : more_failed ? w.tryAgain : w.list.more}
          </button>
        </p>
      )}
    </div>
  );
}

function useMoving(box: { current: HTMLElement | null }): (step: 1 | -1) => void {
  const links = () => [...(box.current?.querySelectorAll<HTMLElement>('.hit a') ?? [])];
  const at = (all: HTMLElement[]) => {
    const focused = all.indexOf(document.activeElement as HTMLElement);
    return focused === -1 ? all.findIndex((link) => link.hasAttribute('aria-current')) : focused;
  };
  const move = (step: 1 | -1) => {
    const all = links();
    const from = at(all);
    all[from === -1 && step === -1 ? all.length - 1 : from + step]?.focus();
  };
  useCommand('next', () => move(1));
  useCommand('previous', () => move(-1));
  useCommand('open', () => {
    const all = links();
    (all[at(all)] ?? all[0])?.click();
  });
  return move;
}
