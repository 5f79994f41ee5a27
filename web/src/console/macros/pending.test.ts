// The acts that wait beside a draft: kept over a reload, joined, taken once, and never another agent's.

import { expect, it, vi } from 'vitest';
import { makeDrafts } from '../../core/drafts';
import type { MacroFollow } from '../../core/outbox';
import { memoryStore } from '../../core/storage';
import { nothing } from './acts';
import { PendingMacros, withSolve } from './pending';

const hold: MacroFollow = { names: ['Hold'], actions: { ...nothing, add_tags: ['hold'] } };
const solve: MacroFollow = { names: ['Done'], actions: { ...nothing, solve: true } };
const settle = () => new Promise((resolve) => setTimeout(resolve));

it('survives a reload, and joins what was chosen before it was read again', async () => {
  const store = memoryStore();
  new PendingMacros(makeDrafts(store), 'nora').add('t', 'reply', hold);
  await settle();
  const after = new PendingMacros(makeDrafts(store), 'nora');
  after.add('t', 'reply', solve);
  await vi.waitFor(() => expect(after.of('t', 'reply').peek()?.names).toEqual(['Hold', 'Done']));
  expect(after.of('t', 'reply').peek()?.actions).toEqual({ ...nothing, solve: true, add_tags: ['hold'] });
  expect(after.of('t', 'note').peek()).toBe(null);
});

it('is taken once, and nothing is left of it', async () => {
  const store = memoryStore();
  const pending = new PendingMacros(makeDrafts(store), 'nora');
  pending.add('t', 'reply', hold);
  expect(pending.take('t', 'reply')).toEqual(hold);
  expect(pending.take('t', 'reply')).toBe(null);
  await settle();
  expect(await store.list('drafts', '')).toEqual([]);
});

it('is no text that is not sent, and goes when its agent does', async () => {
  const store = memoryStore();
  const drafts = makeDrafts(store);
  const pending = new PendingMacros(drafts, 'nora');
  pending.add('t', 'reply', hold);
  await settle();
  expect(await drafts.count('nora')).toBe(0);
  expect(new PendingMacros(drafts, 'lena').of('t', 'reply').peek()).toBe(null);
  await pending.forget();
  expect(await store.list('drafts', '')).toEqual([]);
});

it('sent with “and solve” is solved and not put aside', () => {
  const aside: MacroFollow = { names: ['Later'], actions: { ...nothing, snooze_min: 60 } };
  expect(withSolve(aside)).toEqual({ names: ['Later'], actions: { ...nothing, solve: true } });
});
