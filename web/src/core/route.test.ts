import { expect, it } from 'vitest';
import { href, parseRoute } from './route';

it.each([
  ['', []],
  ['#/', []],
  ['#/t/abc', ['t', 'abc']],
  ['#/sign-in/t/a%2Fb', ['sign-in', 't', 'a/b']],
  ['#/%E0%A4%A', ['%E0%A4%A']],
])('%s', (hash, parts) => {
  expect(parseRoute(hash)).toEqual(parts);
});

it('writes what it reads', () => {
  expect(href('t', 'a/b')).toBe('#/t/a%2Fb');
  expect(parseRoute(href('t', 'ä ß'))).toEqual(['t', 'ä ß']);
});
