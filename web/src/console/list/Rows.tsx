// The rows of the list: a window over a long one, real focus for J and K and the arrows,
// and what stands there when there are none.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { go, route } from '../../core/route';
import type { AgentTicket, Row } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { alert, inbox } from '../../ui/icons';
import { now } from '../../ui/now';
import { selection } from '../bulk/selection';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { words as mention_words } from '../mentions/i18n';
import { whereIs } from '../place';
import { drawnRows, scrollFor, shortRowPx, tallRowPx } from '../row-window';
import type { ListState } from '../ticket-list';
import { isMentions } from '../views';
import { chipsOf } from './chips';
import { rowParts } from './row';
import { TicketRow } from './TicketRow';

const near_end_px = 400;

export function Rows() {
  const { list, me, sync } = useDesk();
  const state = list.state.value;
  const { rows, place, phase } = state;
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 900 });
  const where = whereIs(route.value);
  const current = where.at === 'list' ? where.ticket : null;
  const heights = rows.map(({ ticket }) =>
    chipsOf(ticket, { place, me: me.id, now: now.value, draft: sync.tickets.value.has(ticket.id) }).length > 0
      ? tallRowPx
      : shortRowPx,
  );
  const { from, to, beforePx, afterPx } = drawnRows(heights, scroll.top, scroll.height);
  const move = useMoving({ box, rows, heights, current });
  useEffect(() => selection.keep(rows.map(({ ticket }) => ticket.id)), [rows]);
  useEffect(selection.clear, [place.view, place.team, place.saved]);

  useLayoutEffect(() => {
    box.current?.scrollTo({ top: 0 });
  }, [place.view, place.team, place.saved]);
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    setScroll({ top: element.scrollTop, height: element.clientHeight });
    if (element.scrollHeight - element.scrollTop - element.clientHeight < near_end_px) void list.readMore();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(step);
  };

  return (
    <div class="rows-scroll" ref={box} onScroll={onScroll} aria-busy={phase === 'loading'}>
      {phase === 'failed' && <Failed state={state} />}
      {rows.length > 0 && (
        <ul
          onKeyDown={onKeyDown}
          style={{ paddingBlockStart: `${beforePx}px`, paddingBlockEnd: `${afterPx}px` }}
        >
          {rows.slice(from, to).map((row, index) => (
            <TicketRow
              key={row.ticket.id}
              row={row}
              place={place}
              current={row.ticket.id === current}
              onExtend={() =>
                selection.extend(
                  row.ticket.id,
                  rows.map(({ ticket }) => ticket.id),
                )
              }
              index={from + index}
              total={rows.length}
            />
          ))}
        </ul>
      )}
      {rows.length === 0 && phase === 'loading' && <Skeleton />}
      {rows.length === 0 && phase === 'ready' && <Empty state={state} />}
      {state.next !== null && phase !== 'failed' && (
        <p class="list-more">
          <button
            type="button"
            class="quiet-button"
            disabled={state.loading_more}
            onClick={() => void list.readMore()}
          >
            {state.loading_more ? words.value.loading : words.value.list.more}
          </button>
        </p>
      )}
    </div>
  );
}

interface Moving {
  box: { current: HTMLElement | null };
  rows: readonly Row<AgentTicket>[];
  heights: readonly number[];
  current: string | null;
}

/** Moves the real focus: from the row that has it, else from the open ticket's. */
function useMoving({ box, rows, heights, current }: Moving): (step: 1 | -1) => void {
  const wanted = useRef<string | null>(null);
  const focus = (id: string) =>
    box.current
      ?.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(id)}"]`)
      ?.focus({ preventScroll: true });
  // A row outside of the window is drawn first, then focused.
  useEffect(() => {
    if (wanted.current === null) return;
    focus(wanted.current);
    wanted.current = null;
  });
  const at = () => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.ticket ?? current;
    return rows.findIndex(({ ticket }) => ticket.id === focused);
  };
  const move = (step: 1 | -1) => {
    const from = at();
    const to = from === -1 ? (step === 1 ? 0 : rows.length - 1) : from + step;
    const row = rows[to];
    const element = box.current;
    if (!row || !element) return;
    element.scrollTop = scrollFor(heights, to, element.scrollTop, element.clientHeight - 12);
    wanted.current = row.ticket.id;
    focus(row.ticket.id);
  };
  const order = () => rows.map(({ ticket }) => ticket.id);
  useCommand('select', () => {
    const row = rows[at()];
    if (row) selection.toggle(row.ticket.id);
  });
  useCommand('select_range', () => {
    const row = rows[at()];
    if (row) selection.extend(row.ticket.id, order());
  });
  useCommand('next', () => move(1));
  useCommand('previous', () => move(-1));
  useCommand('open', () => {
    const row = rows[at()] ?? rows[0];
    const where = whereIs(route.peek());
    if (row && where.at === 'list') go(rowParts(where.place, row));
  });
  return move;
}

export function Skeleton() {
  return (
    <div role="status">
      <span class="sr-only">{words.value.list.loading}</span>
      {Array.from({ length: 7 }, (_, index) => (
        <div class="skeleton-row" key={index} aria-hidden="true">
          <i class="round" />
          <div>
            <i />
            <i />
            <i />
          </div>
        </div>
      ))}
    </div>
  );
}

function Empty({ state: { place } }: { state: ListState }) {
  const w = words.value.list;
  return (
    <div class="list-empty">
      <Icon of={inbox} />
      <h2>{place.saved ? w.emptySaved : w.empty[place.view]}</h2>
      <p>{isMentions(place) ? mention_words.value.emptyHint : w.emptyHint}</p>
    </div>
  );
}

function Failed({ state: { failure, rows } }: { state: ListState }) {
  const { list } = useDesk();
  return (
    <div class={`list-failed ${rows.length > 0 ? 'over-rows' : ''}`} role="alert">
      <Icon of={alert} />
      <p>
        {words.value.list.failed} {failure?.message}
      </p>
      <button type="button" class="second-button" onClick={() => void list.read()}>
        {words.value.tryAgain}
      </button>
    </div>
  );
}
