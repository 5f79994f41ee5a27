import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { makeDrafts } from './drafts';
import { memoryStore, openStore, type Store } from './storage';

const stores: [string, () => Promise<Store>][] = [
  ['memory', async () => memoryStore()],
  ['IndexedDB', () => openStore(`test-${Math.random()}`)],
];

describe.each(stores)('a store in %s', (kind, open) => {
  it('keeps, lists in order, and removes by prefix', async () => {
    const store = await open();
    expect(store.kind).toBe(kind.toLowerCase());
    for (const key of ['a/2', 'b/1', 'a/1']) await store.put('outbox', key, { key });
    expect(await store.list('outbox', 'a/')).toEqual([{ key: 'a/1' }, { key: 'a/2' }]);
    expect(await store.get('outbox', 'b/1')).toEqual({ key: 'b/1' });
    expect(await store.get('drafts', 'b/1')).toBeUndefined();
    await store.removeAll('outbox', 'a/');
    expect(await store.list('outbox', '')).toEqual([{ key: 'b/1' }]);
  });

  it('keeps drafts apart by participant, place and kind, and forgets one participant', async () => {
    const drafts = makeDrafts(await open());
    const key = { participant: 'amina', place: 't1', kind: 'reply' };
    await drafts.save(key, 'half a sen');
    await drafts.save({ ...key, kind: 'note' }, 'a note');
    await drafts.save({ ...key, participant: 'bela' }, 'not hers');
    expect(await drafts.load(key)).toBe('half a sen');
    expect(await drafts.count('amina')).toBe(2);
    await drafts.save(key, '');
    expect(await drafts.load(key)).toBeUndefined();
    await drafts.forget('amina');
    expect([await drafts.count('amina'), await drafts.count('bela')]).toEqual([0, 1]);
  });
});
