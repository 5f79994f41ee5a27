// Which press asks for what.

import { describe, expect, it } from 'vitest';
import { chordMs, type Press, press } from './keymap';

const plain = (key: string): Press => ({ key, ctrlKey: false, metaKey: false, altKey: false });
const first = (key: string, on = true) => press(plain(key), null, 0, on).command;

describe('a single key', () => {
  it('asks for its command, in either case', () => {
    expect(['j', 'k', 'o', 'r', 'n', 'e', 'a', '/', '?'].map((key) => first(key))).toEqual([
      'next',
      'previous',
      'open',
      'reply',
      'note',
      'solve',
      'assign',
      'search',
      'help',
    ]);
    expect(first('J')).toBe('next');
  });
  it('means nothing together with Ctrl, Meta or Alt', () => {
    expect(press({ ...plain('r'), ctrlKey: true }, null, 0, true).command).toBeNull();
    expect(press({ ...plain('e'), metaKey: true }, null, 0, true).command).toBeNull();
    expect(press({ ...plain('a'), altKey: true }, null, 0, true).command).toBeNull();
  });
  it('that is unknown means nothing', () => {
    expect(first('z')).toBeNull();
  });
});

describe('with single-character keys switched off', () => {
  it('characters mean nothing', () => {
    expect(['j', 'r', 'e', '?', '/'].map((key) => first(key, false))).toEqual([null, null, null, null, null]);
    expect(press(plain('g'), null, 0, false).chord).toBeNull();
  });
  it('arrows, Enter and Escape still work', () => {
    expect(first('ArrowDown', false)).toBe('next');
    expect(first('Escape', false)).toBe('back');
  });
});

describe('G and then a letter', () => {
  const go = (key: string, afterMs: number) => {
    const { chord } = press(plain('g'), null, 0, true);
    return press(plain(key), chord, afterMs, true);
  };
  it('goes to a view', () => {
    expect(go('i', 300).command).toBe('go_mine');
    expect(go('u', 300).command).toBe('go_unassigned');
    expect(go('a', 300).command).toBe('go_open');
  });
  it('is forgotten after a while, and the letter means itself', () => {
    expect(go('a', chordMs + 1).command).toBe('assign');
  });
  it('with another letter does nothing and is over', () => {
    expect(go('r', 300)).toEqual({ command: null, chord: null });
  });
});
