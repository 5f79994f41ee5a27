// How a conversation scrolls: it stays at its end unless one reads further up, and does not jump when older pages come.
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const near_end_px = 60;
const near_start_px = 300;

export interface Scrolling {
  at_end: boolean;
  onScroll: () => void;
  toEnd: (how?: ScrollBehavior) => void;
}

export interface ScrollingInput {
  box: RefObject<HTMLElement>;
  /** Keys of the first and last item: what was put before or after is told apart by them. */
  first_key: string | undefined;
  last_key: string | undefined;
  /** The newest item is one's own: one wants to see it. */
  last_own: boolean;
  onNearStart: () => void;
  lead: string | undefined;
}

export function useScrolling({
  box,
  first_key,
  last_key,
  last_own,
  onNearStart,
  lead,
}: ScrollingInput): Scrolling {
  const [at_end, setAtEnd] = useState(true);
  const state = useRef({ first_key, last_key, height: 0, top: 0, at_end: true, opened: false });

  const toEnd = (behavior: ScrollBehavior = 'instant') =>
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const end = element.scrollHeight - element.scrollTop - element.clientHeight < near_end_px;
    state.current.at_end = end;
    state.current.top = element.scrollTop;
    setAtEnd(end);
    if (element.scrollTop < near_start_px) onNearStart();
  };

  useLayoutEffect(() => {
    const element = box.current;
    const before = state.current;
    if (!element) return;
    const prepended = before.opened && first_key !== before.first_key && last_key === before.last_key;
    const appended = last_key !== before.last_key;
    if (!before.opened && last_key !== undefined) open(element, before, lead);
    else if (prepended) element.scrollTop = before.top + element.scrollHeight - before.height;
    else if (before.at_end || (appended && last_own)) toEnd();
    Object.assign(before, { first_key, last_key, height: element.scrollHeight, top: element.scrollTop });
  });

  // The composer grows, the keyboard opens, a phone turns: the end stays the end.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => state.current.at_end && toEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return { at_end, onScroll, toEnd };
}

/** Opens at the first unread message when there is one above the fold, at the end otherwise. */
function open(
  element: HTMLElement,
  state: { opened: boolean; at_end: boolean },
  lead: string | undefined,
): void {
  state.opened = true;
  const led = lead === undefined ? [] : [...element.querySelectorAll<HTMLElement>(lead)];
  const divider = element.querySelector<HTMLElement>('.unread-divider') ?? led.at(-1);
  element.scrollTop = element.scrollHeight;
  if (!divider) return;
  const above_px = divider.getBoundingClientRect().top - element.getBoundingClientRect().top;
  if (above_px < 0) {
    element.scrollTop += above_px - 16;
    state.at_end = false;
  }
}
