// A row of a ticket in which one is mentioned.

import { describe, expect, it } from 'vitest';
import { applyRead } from '../../core/lists';
import { me, row } from '../example-tickets';
import { isMentionedIn, rowParts } from './row';

const mentions = { view: 'mentions' as const, team: null };

describe('a row', () => {
  it('leads to the note that mentions one, elsewhere to the ticket', () => {
    expect(rowParts(mentions, { ...row('t'), mention_n: 7 })).toEqual(['mentions', 't', '7']);
    expect(rowParts({ view: 'open', team: null }, row('t'))).toEqual(['open', 't']);
  });

  it('is marked until one has read as far as the note', () => {
    const rows = [{ ...row('t'), read_n: 3, mention_n: 7 }];
    const read = (n: number) =>
      applyRead(rows, 't', { participant: me, side: 'agent', delivered_n: n, read_n: n }, 0);
    expect(rows.map(isMentionedIn)).toEqual([true]);
    expect(read(6).map(isMentionedIn)).toEqual([true]);
    expect(read(7).map(isMentionedIn)).toEqual([false]);
    expect(isMentionedIn(row('t'))).toBe(false);
  });
});
