// Leading to one message of the open ticket: older pages are loaded until it is there, then it is shown
// and gets the focus.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { useDesk } from '../desk';

const presses = signal(0);

/** The same hit was opened once more: its message is shown again, wherever one has scrolled. */
export function seekAgain(): void {
  presses.value++;
}

/** Shows message `n`, once for each time somebody asked for it. */
export function useSeek(feed: Feed<Agents>, n: number | undefined): void {
  const { live } = useDesk();
  const wanted = n === undefined ? null : `${n}/${presses.value}`;
  const done = useRef<string | null>(null);
  const first = feed.events[0]?.n;
  const last = feed.events.at(-1)?.n;
  useEffect(() => {
    if (n === undefined || wanted === null || done.current === wanted) return;
    if (first !== undefined && first > n && feed.has_older) {
      // A page that cannot be read leaves one at the newest messages, with the button for older ones.
      void live.loadOlder(feed.ticket.id);
      return;
    }
    // What is newer than all that is here is on its way.
    if (last !== undefined && last < n) return;
    done.current = wanted;
    show(n);
  }, [wanted, first, last, feed.has_older]);
}

function show(n: number): void {
  const message = document.querySelector<HTMLElement>(`.thread-log [data-n="${n}"]`);
  const log = message?.closest<HTMLElement>('.log');
  if (!message || !log) return;
  message.tabIndex = -1;
  message.dataset.sought = '';
  message.addEventListener('blur', () => delete message.dataset.sought, { once: true });
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: 'center', behavior: 'instant' });
  // The log keeps to its end until it hears that one has scrolled, and it hears too late by itself.
  log.dispatchEvent(new Event('scroll'));
}
