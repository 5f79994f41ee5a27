// The rule of the views, as a table.

import { describe, expect, it } from 'vitest';
import type { AgentTicket, View, ViewFilters } from '../protocol';
import { me, row, ticket } from './example-tickets';
import { byLastChange, countOf, fits, letsThrough, VIEWS } from './views';

const mine = { id: me, name: 'Nora' };
const colleague = { id: 'agent-other', name: 'Léna' };
const payments = { id: 'team-payments', name: 'Payments' };

describe('a ticket stands in', () => {
  const cases: [string, Partial<AgentTicket>, View[]][] = [
    ['open and nobody’s', {}, ['unassigned', 'open']],
    ['open and mine', { assignee: mine }, ['mine', 'open']],
    ['open and a colleague’s', { assignee: colleague }, ['open']],
    ['open, of a team, nobody’s', { team: payments }, ['unassigned', 'open']],
    ['pending and mine', { status: 'pending', assignee: mine }, ['mine', 'waiting']],
    ['pending and nobody’s', { status: 'pending' }, ['waiting']],
    ['solved and mine', { status: 'solved', assignee: mine }, ['solved']],
    ['closed', { status: 'closed' }, ['solved']],
    ['mine and put aside', { assignee: mine, snoozed_until: 9_000 }, ['snoozed']],
    ['pending and put aside', { status: 'pending', snoozed_until: 9_000 }, ['snoozed']],
  ];
  for (const [name, change, views] of cases) {
    it(`${views.join(' and ')} when it is ${name}`, () => {
      const fitting = VIEWS.filter((view) => fits(ticket('t', change), { view, team: null }, me));
      expect(fitting).toEqual(views);
    });
  }

  it('a team’s list only when it is of that team', () => {
    const place = { view: 'open' as const, team: payments.id };
    expect(fits(ticket('t', { team: payments }), place, me)).toBe(true);
    expect(fits(ticket('t', { team: { id: 'team-orders', name: 'Orders' } }), place, me)).toBe(false);
    expect(fits(ticket('t'), place, me)).toBe(false);
  });
});

describe('a saved view', () => {
  const none: ViewFilters = { statuses: [], teams: [], tags: [], priorities: [], topics: [] };
  const waits = ticket('t', {
    assignee: mine,
    team: payments,
    tags: ['Hold', 'card'],
    priority: 'high',
    waiting_since: 0,
  });
  const cases: [string, Partial<ViewFilters>, boolean][] = [
    ['no filter', {}, true],
    ['its status', { statuses: ['pending', 'open'] }, true],
    ['another status', { statuses: ['solved'] }, false],
    ['me', { assignee: { who: 'me' } }, true],
    ['nobody', { assignee: { who: 'nobody' } }, false],
    ['a colleague', { assignee: { who: 'agent', id: colleague.id } }, false],
    ['its team', { teams: ['x', payments.id] }, true],
    ['another team', { teams: ['x'] }, false],
    ['all its tags', { tags: ['HOLD', 'card'] }, true],
    ['one tag too many', { tags: ['hold', 'vip'] }, false],
    ['its priority', { priorities: ['urgent', 'high'] }, true],
    ['another priority', { priorities: ['low'] }, false],
    ['its topic', { topics: ['payment'] }, true],
    ['another topic', { topics: ['access'] }, false],
    ['a wait as long', { waiting_min: 60 }, true],
    ['a longer wait', { waiting_min: 61 }, false],
    ['what is not put aside', { snoozed: false }, true],
    ['what is put aside', { snoozed: true }, false],
    ['two that fit and one that does not', { statuses: ['open'], topics: ['payment'], tags: ['vip'] }, false],
  ];
  it.each(cases)('by %s: %o is %s', (_, filters, expected) => {
    expect(letsThrough({ ...none, ...filters }, waits, me, 60 * 60_000)).toBe(expected);
  });
});

describe('rows', () => {
  it('stand newest change first, and have one order when changed in the same millisecond', () => {
    const ids = (...rows: ReturnType<typeof row>[]) => rows.sort(byLastChange).map((r) => r.ticket.id);
    expect(ids(row('a', { last_at: 10 }), row('b', { last_at: 20 }))).toEqual(['b', 'a']);
    expect(ids(row('a'), row('b'))).toEqual(ids(row('b'), row('a')));
  });
});

describe('the count beside a view', () => {
  const views = {
    mine: 1,
    unassigned: 2,
    open: 3,
    waiting: 4,
    snoozed: 8,
    solved: 5,
    mentions: 7,
    teams: [{ team: payments, open: 6 }],
  };
  it('is the hub’s, for views and for teams', () => {
    expect(countOf(views, { view: 'waiting', team: null })).toBe(4);
    expect(countOf(views, { view: 'mentions', team: null })).toBe(7);
    expect(countOf(views, { view: 'open', team: payments.id })).toBe(6);
  });
  it('is absent while it is not known', () => {
    expect(countOf(null, { view: 'mine', team: null })).toBeNull();
    expect(countOf(views, { view: 'open', team: 'team-unknown' })).toBeNull();
  });
});
