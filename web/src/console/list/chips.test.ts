// What a row says in chips, and what it leaves out because the view says it.

import { describe, expect, it } from 'vitest';
import { me, ticket } from '../example-tickets';
import { chipsOf, waiting_ms_danger, waiting_ms_min, waiting_ms_warn } from './chips';

const now = 10_000_000_000;
const open = { place: { view: 'open' as const, team: null }, me, now };
const payments = { id: 'team-payments', name: 'Payments' };
const kinds = (chips: ReturnType<typeof chipsOf>) => chips.map(({ kind }) => kind);

describe('the waiting time', () => {
  const cases: [number, string | undefined][] = [
    [0, undefined],
    [waiting_ms_min - 1, undefined],
    [waiting_ms_min, ''],
    [waiting_ms_warn, 'warn'],
    [waiting_ms_danger, 'danger'],
  ];
  for (const [ms, tone] of cases) {
    it(`of ${ms} ms is ${tone === undefined ? 'not shown' : `shown${tone && ` as ${tone}`}`}`, () => {
      const chip = chipsOf(ticket('t', { waiting_since: now - ms }), open).find((c) => c.kind === 'waiting');
      expect(chip?.kind === 'waiting' ? chip.tone : undefined).toBe(tone);
    });
  }
});

describe('a team', () => {
  it('is named, but not in its own list', () => {
    const of_payments = ticket('t', { team: payments });
    expect(kinds(chipsOf(of_payments, open))).toEqual(['team']);
    expect(kinds(chipsOf(of_payments, { ...open, place: { view: 'open', team: payments.id } }))).toEqual([]);
  });
});

describe('the assignee', () => {
  it('is named when it is a colleague', () => {
    expect(kinds(chipsOf(ticket('t', { assignee: { id: 'x', name: 'Léna' } }), open))).toEqual(['assignee']);
    expect(kinds(chipsOf(ticket('t', { assignee: { id: me, name: 'Nora' } }), open))).toEqual([]);
  });
});

describe('what agents set', () => {
  it('is told but for the usual, and tags that would hide the others are counted', () => {
    const tags = ['hold', 'card', 'vip', 'q4'];
    expect(chipsOf(ticket('t', { priority: 'urgent', tags }), open)).toEqual([
      { kind: 'priority', priority: 'urgent' },
      { kind: 'tag', name: 'hold' },
      { kind: 'tag', name: 'card' },
      { kind: 'more_tags', names: ['vip', 'q4'] },
    ]);
  });
  it('is the time until which it is put aside, in the place of the waiting', () => {
    const aside = ticket('t', { waiting_since: now - waiting_ms_danger, snoozed_until: now + 1 });
    expect(chipsOf(aside, open)).toEqual([{ kind: 'snoozed', until: now + 1 }]);
  });
});

describe('a draft', () => {
  it('is told of whatever the list', () => {
    expect(kinds(chipsOf(ticket('t'), { ...open, draft: true }))).toEqual(['draft']);
    expect(kinds(chipsOf(ticket('t'), { ...open, draft: false }))).toEqual([]);
  });
});

describe('the status', () => {
  it('is told of what waits in the own inbox', () => {
    const mine = { ...open, place: { view: 'mine' as const, team: null } };
    expect(kinds(chipsOf(ticket('t', { status: 'pending' }), mine))).toEqual(['status']);
    expect(
      kinds(chipsOf(ticket('t', { status: 'pending' }), { ...open, place: { view: 'waiting', team: null } })),
    ).toEqual([]);
  });
  it('is told of what is not open where one is mentioned', () => {
    const mentions = { ...open, place: { view: 'mentions' as const, team: null } };
    expect(kinds(chipsOf(ticket('t', { status: 'closed' }), mentions))).toEqual(['status']);
    expect(kinds(chipsOf(ticket('t'), mentions))).toEqual([]);
  });
});
