// What is given back to a draft stands before what was typed meanwhile, wherever the draft is.
import { describe, expect, it } from 'vitest';
import { joined, makeDrafts } from './drafts';
import { memoryStore } from './storage';

const key = { participant: 'nora', place: 't1', kind: 'reply' };

describe('a text that comes back', () => {
  it('overwrites nothing, and is there once', () => {
    expect(joined('sent', '')).toBe('sent');
    expect(joined('', 'typed')).toBe('typed');
    expect(joined('sent', 'typed')).toBe('sent\n\ntyped');
    expect(joined('sent', 'sent\n\ntyped')).toBe('sent\n\ntyped');
  });

  it('goes to the field that shows its draft, and else to where it is kept', async () => {
    const drafts = makeDrafts(memoryStore());
    await drafts.save(key, 'typed');
    const taken: string[] = [];
    const hide = drafts.show(key, {
      take: async (text) => void taken.push(text),
      read: () => 'typed',
      write: (text) => taken.push(text),
    });
    expect([drafts.shown(key), drafts.replace(key, 'from elsewhere')]).toEqual(['typed', true]);
    expect(taken.splice(0)).toEqual(['from elsewhere']);
    await drafts.giveBack(key, 'one');
    expect([taken, await drafts.load(key)]).toEqual([['one'], 'typed']);
    hide();
    expect([drafts.shown(key), drafts.replace(key, 'from elsewhere')]).toEqual([undefined, false]);
    await drafts.giveBack(key, 'two');
    expect(await drafts.load(key)).toBe('two\n\ntyped');
  });

  it('is waited for by a field that begins to show it', async () => {
    const drafts = makeDrafts(memoryStore());
    await drafts.save(key, 'typed');
    void drafts.giveBack(key, 'sent');
    expect(await drafts.load(key)).toBe('sent\n\ntyped');
  });
});
