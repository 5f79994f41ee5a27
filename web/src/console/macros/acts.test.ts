// What macros come to on a ticket: in which order, what is left out, and what two of them are together.

import { describe, expect, it } from 'vitest';
import type { MacroActions } from '../../protocol';
import { ticket } from '../example-tickets';
import { nothing, partsIn, stepsFor, together, type Who, without } from './acts';

const all: MacroActions = {
  solve: false,
  team: 'payments',
  assignee: { who: 'me' },
  add_tags: ['hold'],
  remove_tags: ['new'],
  priority: 'high',
  snooze_min: 60,
};
const who: Who = {
  me: 'nora',
  colleagues: [
    { id: 'nora', name: 'Nora', role: 'agent', teams: ['payments'], online: true, availability: 'available' },
    { id: 'lena', name: 'Léna', role: 'agent', teams: ['orders'], online: true, availability: 'available' },
  ],
};
const steps = (actions: MacroActions, of = ticket('t')) =>
  stepsFor(actions, of, who, 1_000).map(({ action }) => action);

describe('the acts of a macro', () => {
  it('come in an order in which the last takes nothing from the others', () => {
    expect(partsIn(all)).toEqual(['tags', 'priority', 'snooze', 'assign']);
    expect(steps(all)).toEqual([
      { action: 'tag', add: ['hold'], remove: ['new'] },
      { action: 'set_priority', priority: 'high' },
      { action: 'snooze', until: 3_601_000 },
      { action: 'assign', team: 'payments', agent: 'nora' },
    ]);
  });
  it('pass over what is so already', () => {
    const so = ticket('t', {
      status: 'solved',
      priority: 'high',
      tags: ['HOLD'],
      team: { id: 'payments', name: 'Payments' },
      assignee: { id: 'nora', name: 'Nora' },
    });
    expect(steps(all, so)).toEqual([]);
    expect(steps({ ...nothing, solve: true }, so)).toEqual([]);
  });
  it('assign as a hand does: who is not in the team lets go, who is named gets it', () => {
    const of = ticket('t', {
      team: { id: 'orders', name: 'Orders' },
      assignee: { id: 'lena', name: 'Léna' },
    });
    expect(steps({ ...nothing, team: 'payments' }, of)).toEqual([
      { action: 'assign', team: 'payments', agent: null },
    ]);
    expect(steps({ ...nothing, assignee: { who: 'agent', id: 'gone' } }, of)).toEqual([
      { action: 'assign', team: 'orders', agent: 'gone' },
    ]);
    expect(steps({ ...nothing, assignee: { who: 'nobody' } }, of)).toEqual([
      { action: 'assign', team: 'orders', agent: null },
    ]);
  });
});

describe('two macros together', () => {
  it('do what both say, and where they differ what the later one says', () => {
    const later: MacroActions = {
      ...nothing,
      priority: 'low',
      add_tags: ['New', 'card'],
      remove_tags: ['x'],
    };
    expect(together(all, later)).toEqual({
      ...all,
      priority: 'low',
      add_tags: ['hold', 'New', 'card'],
      remove_tags: ['x'],
    });
    expect(together(nothing, all)).toEqual(all);
    expect(together(all, nothing)).toEqual(all);
  });
  it('never solve and snooze at once', () => {
    const { snooze_min: _, ...rest } = all;
    expect(together(all, { ...nothing, solve: true })).toEqual({ ...rest, solve: true });
    expect(together({ ...nothing, solve: true }, all)).toEqual(all);
  });
});

it('each part can be left out by itself', () => {
  for (const part of partsIn(all)) {
    expect(partsIn(without(all, part))).toEqual(partsIn(all).filter((each) => each !== part));
  }
  expect(partsIn(without({ ...nothing, solve: true }, 'solve'))).toEqual([]);
});
