// How colleagues stand, and what a frame about one changes.

import { describe, expect, it } from 'vitest';
import type { Colleague, Colleagues } from '../../protocol';
import { rankOf, standing, withColleague, withScope } from './standing';

const agent = (id: string, online: boolean, availability: Colleague['availability']): Colleague => ({
  id,
  name: id,
  role: 'agent',
  teams: [],
  online,
  availability,
});

describe('a colleague', () => {
  it.each([
    [true, 'available', 'online'],
    [false, 'available', 'offline'],
    [true, 'away', 'away'],
    [false, 'away', 'away'],
  ] as const)('with a page open: %s, %s by their own word, is %s', (online, availability, expected) => {
    expect(standing({ online, availability })).toBe(expected);
  });

  it('stands before those who can be counted on less', () => {
    const all = [
      agent('off', false, 'available'),
      agent('away', true, 'away'),
      agent('on', true, 'available'),
    ];
    expect(all.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ id }) => id)).toEqual(['on', 'away', 'off']);
  });

  it('is changed by what is told, and nobody else is', () => {
    const list: Colleagues = {
      agents: [agent('a', false, 'available'), agent('b', true, 'available')],
      teams: [],
      presence: 'node',
    };
    const after = withColleague(list, { id: 'a', online: true, availability: 'away' });
    expect(after).toEqual({ ...list, agents: [agent('a', true, 'away'), list.agents[1]] });
    expect(withColleague(list, { id: 'new', online: true, availability: 'available' })).toBeNull();
  });

  it('stands as before when the hub knows another part of them', () => {
    const list: Colleagues = { agents: [agent('a', true, 'available')], teams: [], presence: 'hub' };
    expect(withScope(list, 'node')).toEqual({ ...list, presence: 'node' });
    expect(withScope(withScope(list, 'node'), 'hub')).toEqual(list);
  });
});
