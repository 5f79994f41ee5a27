// A text that is put between others is set apart from them.

import { describe, expect, it } from 'vitest';
import { between } from './at-caret';

describe('a text at the caret', () => {
  it.each([
    ['', 'Hello', '', 'Hello'],
    ['Dear', 'Hello', '', ' Hello'],
    ['Dear ', 'Hello', 'you', 'Hello '],
    ['Dear', 'one\ntwo', 'you', '\n\none\ntwo\n\n'],
    ['Dear\n', 'one\ntwo', '\nyou', 'one\ntwo'],
  ])('%j + %j + %j', (before, text, after, expected) => expect(between(before, text, after)).toBe(expected));
});
