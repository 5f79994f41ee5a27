// Choosing a person keeps the team; choosing a team keeps the person who is of it.

import { describe, expect, it } from 'vitest';
import { assignment, changesNothing } from './assignment';

const colleagues = [
  {
    id: 'nora',
    name: 'Nora',
    role: 'agent' as const,
    teams: ['payments'],
    online: true,
    availability: 'available' as const,
  },
  {
    id: 'tunde',
    name: 'Tunde',
    role: 'agent' as const,
    teams: ['orders'],
    online: false,
    availability: 'available' as const,
  },
];
const ticket = { team: { id: 'payments', name: 'Payments' }, assignee: { id: 'nora', name: 'Nora' } };

describe('an assignment', () => {
  it('to a person keeps the team', () => {
    expect(assignment(ticket, { agent: 'tunde' }, colleagues)).toEqual({
      action: 'assign',
      team: 'payments',
      agent: 'tunde',
    });
  });
  it('to nobody keeps the team', () => {
    expect(assignment(ticket, { agent: null }, colleagues)).toMatchObject({ team: 'payments', agent: null });
  });
  it('to another team releases whoever is not of it', () => {
    expect(assignment(ticket, { team: 'orders' }, colleagues)).toMatchObject({ team: 'orders', agent: null });
  });
  it('to a team its assignee is of keeps the assignee', () => {
    expect(assignment({ ...ticket, team: null }, { team: 'payments' }, colleagues)).toMatchObject({
      team: 'payments',
      agent: 'nora',
    });
  });
  it('to no team keeps the assignee', () => {
    expect(assignment(ticket, { team: null }, colleagues)).toMatchObject({ team: null, agent: 'nora' });
  });
  it('as it already is changes nothing', () => {
    expect(changesNothing(ticket, assignment(ticket, { agent: 'nora' }, colleagues))).toBe(true);
    expect(changesNothing(ticket, assignment(ticket, { agent: 'tunde' }, colleagues))).toBe(false);
  });
});
