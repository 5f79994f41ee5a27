// The cases that the hub's fold and the page's reducer share: apply(snapshot at t0, events) equals the snapshot at t1.
import { describe, expect, it } from 'vitest';
import type { AgentEvent, AgentSnapshot } from '../protocol';
import { type Agents, applyEvent, feedOf } from './feed';

interface Case {
  name: string;
  audience: 'public' | 'agent';
  snapshot: Pick<AgentSnapshot, 'cursor' | 'ticket' | 'events'>;
  events: AgentEvent[];
  expected: Pick<AgentSnapshot, 'cursor' | 'ticket' | 'events'>;
}

const found = import.meta.glob<Case[]>('../../../protocol/cases/fold.json', {
  eager: true,
  import: 'default',
});
const cases = Object.values(found).flat();

/** What the cases leave out, because no event changes it alike for all. */
const own = { epoch: 'e1', has_older: false, marks: [], people: [], read_n: 0, unread: 0, other_tickets: [] };

it('has cases', () => {
  expect(cases.length).toBeGreaterThan(30);
});

describe('the shared cases of folding', () => {
  it.each(cases)('$audience: $name', ({ snapshot, events, expected }) => {
    const start = feedOf<Agents>({ ...own, ...snapshot }, 'somebody else');
    const {
      cursor,
      ticket,
      events: shown,
    } = events.reduce((feed, event) => applyEvent<Agents>(feed, event), start);
    expect({ cursor, ticket, events: shown }).toEqual(expected);
  });
});
