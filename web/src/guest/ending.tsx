// What the menu asks about before a guest's access ends. The question is fetched when it is asked.
import { signal } from '@preact/signals';
import type { Visit } from '../conversation/visit';
import type { TicketId } from '../protocol';
import { lazy } from '../ui/lazy';

/** In this browser, or in every one. */
export type Scope = 'here' | 'everywhere';

const asked = signal<{ ticket: TicketId; scope: Scope } | null>(null);

export const askToEndAccess = (ticket: TicketId, scope: Scope): void => {
  asked.value = { ticket, scope };
};

const EndAccess = lazy(async () => (await (await import('./places')).load()).EndAccess);

export function Ending({ visit }: { visit: Visit }) {
  if (!asked.value) return null;
  const done = () => {
    asked.value = null;
  };
  return <EndAccess visit={visit} {...asked.value} onClose={done} />;
}
