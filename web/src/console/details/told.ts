// How the alerts of a ticket stand and who can get at it, as the hub told last: read when the ticket is opened, and
// again after whatever may have changed it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LineFrame } from '../../core/line';
import type { TicketAccess, TicketAlerts, TicketId } from '../../protocol';
import { useDesk } from '../desk';
import { ask } from '../session';
import { Rereading } from './rereading';

export interface Told {
  alerts: TicketAlerts;
  access: TicketAccess;
}

/** Null until it was read for the first time. */
export function useTold(ticket: TicketId): { told: Told | null; reread: () => void } {
  const { live } = useDesk();
  const [told, setTold] = useState<Told | null>(null);
  const rereading = useRef<Rereading | null>(null);
  useEffect(() => {
    let left = false;
    const read = async () => {
      const found = await readTold(ticket).catch(() => null);
      if (found && !left) setTold(found);
    };
    const reading = new Rereading(read);
    rereading.current = reading;
    const silence = live.listen((frame) => {
      if (concerns(frame, ticket)) reading.soon();
    });
    void reading.now();
    return () => {
      left = true;
      silence();
      reading.stop();
    };
  }, [live, ticket]);
  return { told, reread: () => rereading.current?.soon() };
}

async function readTold(id: TicketId): Promise<Told> {
  const [alerts, access] = await Promise.all([
    ask('GET /v1/agent/tickets/{id}/alerts', { path: { id } }),
    ask('GET /v1/agent/tickets/{id}/access', { path: { id } }),
  ]);
  return { alerts, access };
}

/** May this frame mean that something of it changed? After a gap anything may have. */
export function concerns(frame: LineFrame, ticket: TicketId): boolean {
  switch (frame.type) {
    case 'alerts':
    case 'event':
    case 'read':
    case 'presence':
      return frame.ticket === ticket;
    case 'welcome':
    case 'stale':
      return true;
    default:
      return false;
  }
}
