import { expect, test } from 'vitest';
import { isForAnother } from './for-another';

test('a message opens another ticket only after the limit, counted from when it was closed', () => {
  expect(isForAnother({ closed_at: 1_000 }, 500, 1_500)).toBe(false);
  expect(isForAnother({ closed_at: 1_000 }, 500, 1_501)).toBe(true);
  expect(isForAnother({ closed_at: 1_000 }, undefined, 9_999)).toBe(false);
  expect(isForAnother({}, 500, 9_999)).toBe(false);
});
