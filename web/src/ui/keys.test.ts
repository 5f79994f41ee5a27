import { expect, it } from 'vitest';
import { charsLeft } from './Composer';
import { nameOf } from './keys';

const key = (name: string, held: Partial<KeyboardEvent> = {}) =>
  nameOf({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

it.each([
  [key('j'), 'j'],
  [key('?', { shiftKey: true }), '?'],
  [key('P', { shiftKey: true }), 'shift+p'],
  [key('K', { ctrlKey: true }), 'mod+k'],
  [key('k', { metaKey: true }), 'mod+k'],
  [key('Enter', { ctrlKey: true, shiftKey: true }), 'mod+shift+enter'],
  [key('Escape'), 'escape'],
])('a key is named %s', (named, expected) => {
  expect(named).toBe(expected);
});

it('room is counted in characters as the hub counts them, and in bytes', () => {
  expect(charsLeft('abc', 10, 100)).toBe(7);
  expect(charsLeft('🙏'.repeat(10), 10, 100)).toBe(0);
  expect(charsLeft('🙏'.repeat(11), 10, 100)).toBe(-1);
  expect(charsLeft('🙏'.repeat(30), 100, 100)).toBe(-5);
});
