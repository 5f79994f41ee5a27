// Each act and what takes it back.

import { expect, it } from 'vitest';
import type { AgentTicket, TicketAction } from '../../protocol';
import { ticket } from '../example-tickets';
import { inverse } from './inverse';

const mine = { id: 'me', name: 'Nora' };
const team = { id: 'payments', name: 'Payments' };
const cases: [string, Partial<AgentTicket>, TicketAction, TicketAction[]][] = [
  [
    'an assignment',
    { assignee: mine, team },
    { action: 'assign', team: null, agent: 'x' },
    [{ action: 'assign', team: 'payments', agent: 'me' }],
  ],
  [
    'a priority',
    { priority: 'low' },
    { action: 'set_priority', priority: 'urgent' },
    [{ action: 'set_priority', priority: 'low' }],
  ],
  [
    'tags, but for those that were there',
    { tags: ['Hold'] },
    { action: 'tag', add: ['hold', 'card'], remove: ['vip'] },
    [{ action: 'tag', add: [], remove: ['card'] }],
  ],
  ['a snooze', {}, { action: 'snooze', until: 5 }, [{ action: 'wake' }]],
  [
    'a snooze in the place of another',
    { snoozed_until: 4 },
    { action: 'snooze', until: 5 },
    [{ action: 'snooze', until: 4 }],
  ],
  ['what cannot be taken back', {}, { action: 'merge', into: 'x' }, []],
  ['solving', {}, { action: 'solve' }, [{ action: 'reopen', pending: false }]],
  [
    'solving what waited, put aside',
    { status: 'pending', snoozed_until: 4 },
    { action: 'solve' },
    [
      { action: 'reopen', pending: true },
      { action: 'snooze', until: 4 },
    ],
  ],
];
it.each(cases)('%s is taken back', (_, before, done, expected) => {
  expect(inverse(ticket('t', before), done)).toEqual(expected);
});
