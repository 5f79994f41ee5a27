// Addresses of the console, there and back.

import { describe, expect, it } from 'vitest';
import { home, partsOf, type Where, whereIs } from './place';

describe('an address', () => {
  const cases: [string[], Where][] = [
    [['unassigned'], { at: 'list', place: { view: 'unassigned', team: null }, ticket: null }],
    [['open', 't1'], { at: 'list', place: { view: 'open', team: null }, ticket: 't1' }],
    [['team-x'], { at: 'list', place: { view: 'open', team: 'x' }, ticket: null }],
    [['view-v'], { at: 'list', place: { view: 'open', team: null, saved: 'v' }, ticket: null }],
    [['team-x', 't1'], { at: 'list', place: { view: 'open', team: 'x' }, ticket: 't1' }],
    [['open', 't1', '42'], { at: 'list', place: { view: 'open', team: null }, ticket: 't1', n: 42 }],
    [['link', 'abc'], { at: 'link', token: 'abc' }],
    [['settings', 'teams'], { at: 'settings', page: 'teams' }],
  ];
  for (const [parts, where] of cases) {
    it(`${parts.join('/')} names its place and is written the same`, () => {
      expect(whereIs(parts)).toEqual(where);
      expect(partsOf(where)).toEqual(parts);
    });
  }

  it('that is empty or unknown is the own inbox', () => {
    for (const parts of [[], ['nonsense', '1'], ['link'], ['team-'], ['view-']])
      expect(whereIs(parts)).toEqual(home);
  });
  it('of something that is no number of a message leads to the ticket', () => {
    for (const n of ['0', '-1', '1x', '9'.repeat(20)])
      expect(whereIs(['open', 't1', n])).toEqual(whereIs(['open', 't1']));
  });
  it('of an unknown settings page is the first one', () => {
    expect(whereIs(['settings', 'nonsense'])).toEqual({ at: 'settings', page: 'me' });
  });
});
