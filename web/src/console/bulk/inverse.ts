// What takes an act back: for each ticket, the acts that give it what it had before, in order. Pure.

import type { AgentTicket, TicketAction } from '../../protocol';
import { includes } from '../triage/tag-options';

/** Nothing for what had changed nothing, or what nobody may take back. */
export function inverse(before: AgentTicket, done: TicketAction): TicketAction[] {
  switch (done.action) {
    case 'assign':
      return [{ action: 'assign', team: before.team?.id ?? null, agent: before.assignee?.id ?? null }];
    case 'set_priority':
      return [{ action: 'set_priority', priority: before.priority }];
    case 'tag':
      return [
        {
          action: 'tag',
          add: (done.remove ?? []).filter((name) => includes(before.tags, name)),
          remove: (done.add ?? []).filter((name) => !includes(before.tags, name)),
        },
      ];
    case 'snooze':
    case 'wake':
      return [snoozed(before)];
    case 'solve':
      // Solving ended the snooze too.
      return [
        { action: 'reopen', pending: before.status === 'pending' },
        ...(before.snoozed_until === null ? [] : [snoozed(before)]),
      ];
    case 'reopen':
      return [{ action: 'solve' }];
    case 'merge':
    case 'redact':
      return [];
  }
}

const snoozed = ({ snoozed_until }: AgentTicket): TicketAction =>
  snoozed_until === null ? { action: 'wake' } : { action: 'snooze', until: snoozed_until };
