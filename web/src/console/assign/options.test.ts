// The dialog's offer: oneself first, those online before the others, accents do not matter.

import { describe, expect, it } from 'vitest';
import { optionsFor } from './options';

const colleagues = {
  agents: [
    {
      id: 'tunde',
      name: 'Tunde Okafor',
      role: 'agent' as const,
      teams: [],
      online: false,
      availability: 'available' as const,
    },
    {
      id: 'lena',
      name: 'Léna Morel',
      role: 'agent' as const,
      teams: [],
      online: true,
      availability: 'available' as const,
    },
    {
      id: 'me',
      name: 'Nora Bakker',
      role: 'agent' as const,
      teams: [],
      online: true,
      availability: 'available' as const,
    },
  ],
  teams: [{ id: 'payments', name: 'Payments' }],
  presence: 'hub' as const,
};
const ticket = { team: null, assignee: { id: 'lena', name: 'Léna Morel' } };
const keys = (what: 'any' | 'agent' | 'team', typed = '') =>
  optionsFor(colleagues, ticket, what, 'me', typed).map(({ key }) => key);

describe('the assign dialog offers', () => {
  it('oneself, who is there, the others, nobody, then teams', () => {
    expect(keys('any')).toEqual([
      'agent-me',
      'agent-lena',
      'agent-tunde',
      'agent-nobody',
      'team-payments',
      'team-none',
    ]);
  });
  it('only what was asked for', () => {
    expect(keys('team')).toEqual(['team-payments', 'team-none']);
    expect(keys('agent').every((key) => key.startsWith('agent-'))).toBe(true);
  });
  it('what fits the typed letters, with or without accents', () => {
    expect(keys('any', 'lena')).toEqual(['agent-lena']);
    expect(keys('any', 'PAY')).toEqual(['team-payments']);
    expect(keys('any', 'zzz')).toEqual([]);
  });
  it('the present choice marked', () => {
    const current = optionsFor(colleagues, ticket, 'any', 'me', '').filter((option) => option.current);
    expect(current.map(({ key }) => key)).toEqual(['agent-lena', 'team-none']);
  });
});
