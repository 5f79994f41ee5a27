// Every command has one key, and says so truthfully.

import { describe, expect, it } from 'vitest';
import { isSingle, KEYS, keyOf, shortcut } from './keymap';

describe('the keys', () => {
  it('are those people know, one for each command', () => {
    const commands = Object.values(KEYS);
    expect(new Set(commands).size).toBe(commands.length);
    expect([KEYS.j, KEYS.r, KEYS.n, KEYS.e, KEYS.a]).toEqual(['next', 'reply', 'note', 'solve', 'assign']);
  });
  it('never begin with the first key of a pair', () => {
    const firsts = new Set(
      Object.keys(KEYS)
        .filter((key) => key.includes(' '))
        .map((key) => key.charAt(0)),
    );
    expect(Object.keys(KEYS).filter((key) => firsts.has(key))).toEqual([]);
  });
  it('are single keys, which can be switched off, but for Escape', () => {
    expect(Object.keys(KEYS).filter((key) => !isSingle(key))).toEqual(['escape']);
  });
});

describe('what is told of a key', () => {
  it('is its name as on the keyboard', () => {
    expect(keyOf('reply')).toBe('R');
    expect(keyOf('go_mine')).toBe('G I');
    expect(keyOf('back')).toBe('Esc');
    expect(keyOf('priority')).toBe('Shift+P');
  });
  it('is nothing while keys are switched off, and for two in a row', () => {
    expect(shortcut('solve', true)).toBe('E');
    expect(shortcut('solve', false)).toBeUndefined();
    expect(shortcut('go_mine', true)).toBeUndefined();
  });
});
