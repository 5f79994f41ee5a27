// The rule of the views, as a table.

import { describe, expect, it } from 'vitest';
import type { AgentTicket, View } from '../protocol';
import { me, row, ticket } from './example-tickets';
import { countOf, fits, merged, VIEWS } from './views';

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

describe('pages put together', () => {
  it('hold each ticket once, in its newest version, newest change first', () => {
    const first = [row('a', { last_at: 30 }), row('b', { last_at: 20, version: 1 })];
    const second = [row('b', { last_at: 40, version: 2 }), row('c', { last_at: 10 })];
    const rows = merged(first, second);
    expect(rows.map((r) => r.ticket.id)).toEqual(['b', 'a', 'c']);
    expect(rows[0]?.ticket.version).toBe(2);
  });
  it('have one order for tickets changed in the same millisecond', () => {
    const ids = (rows: ReturnType<typeof merged>) => rows.map((r) => r.ticket.id);
    expect(ids(merged([row('a'), row('b')]))).toEqual(ids(merged([row('b'), row('a')])));
  });
});

describe('the count beside a view', () => {
  const views = {
    mine: 1,
    unassigned: 2,
    open: 3,
    waiting: 4,
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
