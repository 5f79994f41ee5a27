// When a message counts as read: its end was on the screen for half a second, the page visible and focused.
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export const read_after_ms = 500;

export interface ReadingInput {
  box: RefObject<HTMLElement>;
  /** Messages of the other side carry `data-n` and this class. */
  selector: string;
  /** Changes when there may be other messages to watch. */
  last_key: string | undefined;
  watching: () => boolean;
  onRead: (n: number) => void;
}

export function useReading({ box, selector, last_key, watching, onRead }: ReadingInput): void {
  const latest = useRef({ watching, onRead });
  latest.current = { watching, onRead };
  useEffect(() => {
    const root = box.current;
    if (!root) return;
    const on_screen = new Map<Element, number>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      if (on_screen.size > 0) timer = setTimeout(settle, read_after_ms);
    };
    const settle = () => {
      if (latest.current.watching() && on_screen.size > 0)
        latest.current.onRead(Math.max(...on_screen.values()));
    };
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const n = Number((target.closest('[data-n]') as HTMLElement | null)?.dataset.n);
          if (isIntersecting && n) on_screen.set(target, n);
          else on_screen.delete(target);
        }
        soon();
      },
      { root },
    );
    // The end of a bubble: a long message is read when one has got there.
    for (const end of root.querySelectorAll(`:is(${selector}) .bubble-end`)) observer.observe(end);
    window.addEventListener('focus', soon);
    document.addEventListener('visibilitychange', soon);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      window.removeEventListener('focus', soon);
      document.removeEventListener('visibilitychange', soon);
    };
  }, [last_key, selector]);
}
