import { describe, expect, it } from 'vitest';
import type { AgentTicket } from '../protocol';
import { ticket } from './example-tickets';
import { type Others, others_max, withOther, withoutOther } from './other-tickets';

const person = (id: string, email: string, proof: 'confirmed' | 'not_confirmed' = 'confirmed') => ({
  requester: { ...ticket('x').requester, id, email, proof },
});
const ids = ({ list }: Others) => list.map(({ id }) => id);
const of = ticket('of', person('amina', 'amina@example.org'));
const none: Others = { of, list: [] };
const also = (id: string, over: Partial<AgentTicket>) => ticket(id, { ...person('amina', 'a'), ...over });

describe('the requester’s other tickets', () => {
  it('come in live, newest first, as many as a snapshot has', () => {
    const some = [1, 2, 3, 4, 5, 6].map((at) => also(`t${at}`, { last_at: at })).reduce(withOther, none);
    expect(ids(some)).toEqual(['t6', 't5', 't4', 't3', 't2']);
    expect(some.list).toHaveLength(others_max);
  });
  it('follow what changes of them, and go with them', () => {
    const one = withOther(none, also('t1', { last_at: 1 }));
    const solved = withOther(one, also('t1', { status: 'solved', last_at: 2, ...person('other', 'o') }));
    expect(solved.list).toMatchObject([{ id: 't1', status: 'solved', last_at: 2 }]);
    expect(ids(withoutOther(solved, 't1'))).toEqual([]);
  });
  it('are those of the same proven address, never of one that anybody could have typed', () => {
    expect(ids(withOther(none, ticket('t', person('guest', 'Amina@example.org'))))).toEqual(['t']);
    expect(ids(withOther(none, ticket('t', person('guest', 'amina@example.org', 'not_confirmed'))))).toEqual(
      [],
    );
    expect(ids(withOther(none, ticket('t', person('mathis', 'mathis@example.org'))))).toEqual([]);
    expect(ids(withOther(none, of))).toEqual([]);
  });
});
