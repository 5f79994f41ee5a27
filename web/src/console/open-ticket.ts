// Holding a ticket's feed open for as long as a part of the page shows it.

import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Agents } from '../core/feed';
import type { OpenFeed } from '../core/live';
import type { TicketId } from '../protocol';
import { useDesk } from './desk';

/** Opened while drawing, so that the first draw shows what is known; closed once when the part goes. */
export function useOpenTicket(ticket: TicketId): ReadonlySignal<OpenFeed<Agents>> {
  const { live } = useDesk();
  const held = useRef<TicketId | null>(null);
  const open = useMemo(() => {
    if (held.current !== null) live.close(held.current);
    held.current = ticket;
    return live.open(ticket);
  }, [live, ticket]);
  useEffect(
    () => () => {
      if (held.current !== null) live.close(held.current);
      held.current = null;
    },
    [live],
  );
  return open;
}
