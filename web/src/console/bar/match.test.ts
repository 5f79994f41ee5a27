import { describe, expect, it } from 'vitest';
import { ranked, scoreOf } from './match';

const all = [
  'Write a reply',
  'Assign to Léna Morel',
  'Assign to Tunde Okafor',
  'Go to: Solved',
  'Solve or reopen',
].map((text) => ({ text }));
const found = (typed: string, max = 9) => ranked(typed, all, max).map(({ text }) => text);

describe('finding by a few letters', () => {
  it('wants every word, in any order, without accents and case', () => {
    expect(found('lena ass')).toEqual(['Assign to Léna Morel']);
    expect(found('ASSIGN LÉNA')).toEqual(['Assign to Léna Morel']);
    expect(found('assign reply')).toEqual([]);
  });
  it('puts what begins so first', () => {
    expect(found('solve')).toEqual(['Solve or reopen', 'Go to: Solved']);
    expect(scoreOf('rep', 'Write a reply')).toBeGreaterThan(scoreOf('epl', 'Write a reply'));
  });
  it('forgives letters left out, not wrong ones', () => {
    expect(found('asgn tnd')).toEqual(['Assign to Tunde Okafor']);
    expect(found('xrep')).toEqual([]);
  });
  it('offers everything, up to the most, before anything is typed', () => {
    expect(found('', 2)).toEqual(['Write a reply', 'Assign to Léna Morel']);
    expect(found(' … ')).toHaveLength(5);
  });
});
