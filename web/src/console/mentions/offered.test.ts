// Who is offered after an @, and in what order.

import { describe, expect, it } from 'vitest';
import type { Colleague } from '../../protocol';
import { me, ticket } from '../example-tickets';
import { offered, reaches } from './offered';

const payments = { id: 'team-payments', name: 'Payments' };
const agent = (id: string, name: string, more: Partial<Colleague> = {}): Colleague => ({
  id,
  name,
  role: 'agent',
  teams: [],
  online: false,
  availability: 'available',
  ...more,
});
const agents = [
  agent(me, 'Nora Bakker', { online: true }),
  agent('tunde', 'Tunde Okafor', { teams: [payments.id], availability: 'away' }),
  agent('lena', 'Léna Morel', { teams: [payments.id], online: true }),
  agent('morena', 'Morena Sousa', { role: 'lead' }),
  agent('leo', 'Leo Outside'),
];
const names = (typed: string, of = ticket('t', { team: payments })) =>
  offered(agents, of, me, typed).map((each) => (each.reaches ? '' : '- ') + each.colleague.name);

describe('who may see a ticket', () => {
  const [, tunde = agents[0] as Colleague] = agents;
  it.each([
    ['of one’s team', ticket('t', { team: payments }), true],
    ['of another team', ticket('t', { team: { id: 'x', name: 'X' } }), false],
    ['of another team, one’s own', ticket('t', { team: { id: 'x', name: 'X' }, assignee: tunde }), true],
    ['of nobody', ticket('t'), true],
    ['of a colleague without a team', ticket('t', { assignee: { id: 'y', name: 'Y' } }), false],
  ])('%s', (_, of, expected) => {
    expect(reaches(tunde, of)).toBe(expected);
    expect(reaches({ ...tunde, role: 'lead' }, of)).toBe(true);
  });
});

describe('after an @', () => {
  it('stand all who can be called, those who are there first, without oneself', () => {
    expect(names('')).toEqual(['Léna Morel', 'Tunde Okafor', 'Morena Sousa']);
  });
  it('a name is found by any of its beginnings, without accents', () => {
    expect(names('len')).toEqual(['Léna Morel']);
    expect(names('more')).toEqual(['Léna Morel', 'Morena Sousa']);
    expect(names('ore')).toEqual(['Léna Morel', 'Morena Sousa']);
    expect(names('nobody')).toEqual([]);
  });
  it('who cannot see the ticket comes last, and says so', () => {
    expect(names('le')).toEqual(['Léna Morel', '- Leo Outside']);
    expect(names('leo', ticket('t'))).toEqual(['Leo Outside']);
  });
  it('a name that was typed to its end needs no list', () => {
    expect(names('tunde okafor')).toEqual(['Tunde Okafor']);
    expect(names('Tunde Okafor ')).toEqual([]);
  });
});
