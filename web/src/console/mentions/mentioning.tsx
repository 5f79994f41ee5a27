// The colleagues offered while an @ is typed in a note: the field keeps the focus, arrows choose,
// Enter or Tab takes. Whom the note calls is told by its text when it is sent.

import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { calledIn, typedMention } from '../../core/mentions';
import type { AgentTicket, Colleague, ParticipantId } from '../../protocol';
import { useDesk } from '../desk';
import { MentionList } from './MentionList';
import { offered, reaches } from './offered';

/** More than the hub takes is refused as a whole. */
const mentions_max = 10;

const moments = ['input', 'keyup', 'click', 'focusin', 'focusout'] as const;

export interface Mentioning {
  onKeyDown: (event: KeyboardEvent) => void;
  /** Whom the text calls. */
  called: (text: string) => ParticipantId[];
  /** Puts an @ where the caret is. */
  begin: () => void;
  list: ComponentChildren;
}

interface At {
  /** Where the @ stands. */
  from: number;
  typed: string;
}

export function useMentioning(frame: RefObject<HTMLElement>, ticket: AgentTicket, on: boolean): Mentioning {
  const { counts, me } = useDesk();
  const id = useId();
  const [at, setAt] = useState<At | null>(null);
  const [active, setActive] = useState(0);
  /** Of the @ at which one was taken or refused: it is not offered again. */
  const dismissed = useRef<number | null>(null);
  const chosen = useRef(new Set<ParticipantId>());
  const agents = counts.colleagues.value?.agents ?? [];
  const options = on && at ? offered(agents, ticket, me.id, at.typed) : [];
  const possible = options.filter((each) => each.reaches).map(({ colleague }) => colleague);
  const current = possible[Math.min(active, possible.length - 1)];
  const field = () => frame.current?.querySelector<HTMLTextAreaElement>('.composer textarea') ?? null;

  useTyped(frame, on, ticket.id, dismissed, setAt);
  useEffect(() => setActive(0), [at?.from, at?.typed]);
  useLayoutEffect(() => {
    const area = field();
    if (area) describe(area, on, options.length > 0 ? `${id}-list` : null, current && `${id}-${current.id}`);
  });

  const take = (colleague: Colleague) => {
    const area = field();
    if (!area || !at) return;
    chosen.current.add(colleague.id);
    dismissed.current = at.from;
    setAt(null);
    write(area, `@${colleague.name} `, at.from);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (options.length === 0 || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = possible.length - 1;
    if (event.key === 'Escape') {
      dismissed.current = at?.from ?? null;
      setAt(null);
    } else if (!current) return;
    else if (event.key === 'ArrowDown') setActive(active >= last ? 0 : active + 1);
    else if (event.key === 'ArrowUp') setActive(active <= 0 ? last : active - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) take(current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const begin = () => {
    const area = field();
    if (!area) return;
    dismissed.current = null;
    const before = area.value.slice(0, area.selectionStart);
    write(area, before === '' || /[\s(]$/u.test(before) ? '@' : ' @', area.selectionStart);
  };
  const called = (text: string) => {
    const people = on ? agents.filter((each) => each.id !== me.id && reaches(each, ticket)) : [];
    const found = calledIn(text, people, chosen.current);
    return found.slice(0, mentions_max).map((each) => each.id);
  };
  return {
    onKeyDown,
    called,
    begin,
    list: <MentionList id={id} options={options} current={current} onTake={take} />,
  };
}

/** Writes over what stands between `from` and the caret, as if it were typed. */
function write(area: HTMLTextAreaElement, text: string, from: number): void {
  area.focus({ preventScroll: true });
  area.setRangeText(text, from, area.selectionEnd, 'end');
  area.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** What is typed after an @, at the caret: it moves by keys and by clicks, and not only when the text changes. */
function useTyped(
  frame: RefObject<HTMLElement>,
  on: boolean,
  ticket: string,
  dismissed: RefObject<number>,
  setAt: (to: (before: At | null) => At | null) => void,
): void {
  // Before the next key is pressed: an @ typed at once is not missed.
  useLayoutEffect(() => {
    const element = frame.current;
    const look = () => {
      const area = element?.querySelector<HTMLTextAreaElement>('.composer textarea');
      const there = on && area && document.activeElement === area;
      const found = there ? typedMention(area.value, area.selectionStart) : null;
      if (there && found?.from !== dismissed.current) dismissed.current = null;
      const next = found && dismissed.current === null ? found : null;
      setAt((before) => (before?.from === next?.from && before?.typed === next?.typed ? before : next));
    };
    for (const moment of moments) element?.addEventListener(moment, look);
    look();
    return () => {
      for (const moment of moments) element?.removeEventListener(moment, look);
    };
  }, [on, ticket]);
}

/** Says of the field that it has a list, and which of it is chosen. A text of many lines is no combobox. */
function describe(area: HTMLElement, on: boolean, list: string | null, chosen: string | undefined): void {
  const set = (name: string, value: string | null | undefined) =>
    value ? area.setAttribute(name, value) : area.removeAttribute(name);
  set('aria-autocomplete', on ? 'list' : null);
  set('aria-haspopup', on ? 'listbox' : null);
  set('aria-controls', list);
  set('aria-activedescendant', list && chosen);
}
