// Tickets for the tests of the console's pure parts.

import type { AgentTicket, Row } from '../protocol';

export const me = 'agent-me';

export function ticket(id: string, change: Partial<AgentTicket> = {}): AgentTicket {
  return {
    id,
    number: 12_345,
    subject: 'Payment declined',
    topic: 'payment',
    status: 'open',
    opened_at: 1_000,
    last_n: 2,
    last_at: 1_000,
    last_line: null,
    theirs: 1,
    version: 1,
    requester: {
      id: `requester-of-${id}`,
      guest: false,
      name: 'Amina Haddad',
      email: 'amina@example.org',
      proof: 'confirmed',
      locale: 'fr',
    },
    team: null,
    assignee: null,
    waiting_since: null,
    priority: 'normal',
    tags: [],
    snoozed_until: null,
    ...change,
  };
}

export function row(id: string, change: Partial<AgentTicket> = {}, unread = 0): Row<AgentTicket> {
  return { ticket: ticket(id, change), read_n: 0, unread };
}
