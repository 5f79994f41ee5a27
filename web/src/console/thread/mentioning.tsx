// The colleagues offered while an @ is typed in a note: the field keeps the focus, arrows choose,
// Enter or Tab takes. Whom the note calls is told by its text when it is sent.

import type { RefObject } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { calledIn, typedMention } from '../../core/mentions';
import type { AgentTicket, Colleague, ParticipantId } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { plain } from '../assign/options';
import { useDesk } from '../desk';
import { words } from '../i18n';

/** More than the hub takes is refused as a whole. */
const mentions_max = 10;
const offered_max = 6;

/** The hub's rule of who may see a ticket: others cannot be called to it. */
export function reaches({ id, role, teams }: Colleague, { team, assignee }: AgentTicket): boolean {
  if (role !== 'agent' || assignee?.id === id) return true;
  return team ? teams.includes(team.id) : assignee === null;
}

export interface Mentioning {
  onKeyDown: (event: KeyboardEvent) => void;
  /** Whom the text calls. */
  called: (text: string) => ParticipantId[];
  list: preact.ComponentChildren;
}

export function useMentioning(frame: RefObject<HTMLElement>, ticket: AgentTicket, on: boolean): Mentioning {
  const { counts, me } = useDesk();
  const id = useId();
  const [at, setAt] = useState<{ from: number; typed: string } | null>(null);
  const [active, setActive] = useState(0);
  const dismissed = useRef<number | null>(null);
  const chosen = useRef(new Set<ParticipantId>());
  const people = (counts.colleagues.value?.agents ?? []).filter(
    (each) => each.id !== me.id && reaches(each, ticket),
  );
  const wanted = plain(at?.typed ?? '');
  const options =
    !on || !at ? [] : people.filter(({ name }) => plain(name).includes(wanted)).slice(0, offered_max);
  const current = options[Math.min(active, options.length - 1)];
  const field = () => frame.current?.querySelector<HTMLTextAreaElement>('.composer textarea') ?? null;

  // The caret moves by keys and by clicks, and not only when the text changes.
  useEffect(() => {
    const look = () => {
      const area = field();
      if (!on || !area || document.activeElement !== area) return setAt(null);
      const found = typedMention(area.value, area.selectionStart);
      if (found?.from !== dismissed.current) dismissed.current = null;
      setAt(found && dismissed.current === null ? found : null);
    };
    const soon = () => requestAnimationFrame(look);
    const element = frame.current;
    for (const event of ['input', 'keyup', 'click', 'focusin', 'focusout'])
      element?.addEventListener(event, soon);
    return () => {
      for (const event of ['input', 'keyup', 'click', 'focusin', 'focusout'])
        element?.removeEventListener(event, soon);
    };
  }, [on, ticket.id]);
  useEffect(() => setActive(0), [wanted, at?.from]);
  useLayoutEffect(() => {
    const area = field();
    if (!area) return;
    const open = options.length > 0 && current;
    const set = (name: string, value: string | null) =>
      value === null ? area.removeAttribute(name) : area.setAttribute(name, value);
    set('aria-autocomplete', on ? 'list' : null);
    set('aria-controls', open ? `${id}-list` : null);
    set('aria-activedescendant', open ? `${id}-${current.id}` : null);
  });

  const take = (colleague: Colleague) => {
    const area = field();
    if (!area || !at) return;
    chosen.current.add(colleague.id);
    area.setRangeText(`@${colleague.name} `, at.from, area.selectionStart, 'end');
    area.dispatchEvent(new InputEvent('input', { bubbles: true }));
    area.focus({ preventScroll: true });
    setAt(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = options.length - 1;
    if (event.key === 'ArrowDown') setActive(active >= last ? 0 : active + 1);
    else if (event.key === 'ArrowUp') setActive(active <= 0 ? last : active - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) take(current);
    else if (event.key === 'Escape') {
      dismissed.current = at?.from ?? null;
      setAt(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const w = words.value.composer;
  return {
    onKeyDown,
    called: (text) =>
      on
        ? calledIn(text, people, chosen.current)
            .slice(0, mentions_max)
            .map((each) => each.id)
        : [],
    list: (
      <>
        <span class="sr-only" role="status">
          {options.length > 0 && w.mentionsOffered(options.length)}
        </span>
        {options.length > 0 && (
          <div class="mention-list" role="listbox" id={`${id}-list`} aria-label={w.mentionWhom}>
            {options.map((each) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and the keys.
              <div
                key={each.id}
                id={`${id}-${each.id}`}
                class="assign-option"
                role="option"
                aria-selected={each === current}
                onMouseDown={(event) => {
                  event.preventDefault();
                  take(each);
                }}
              >
                <Avatar
                  id={each.id}
                  name={each.name}
                  size="small"
                  present={each.online ? 'online' : 'offline'}
                />
                <span class="label">
                  <bdi>{each.name}</bdi>
                </span>
              </div>
            ))}
          </div>
        )}
      </>
    ),
  };
}
