import { describe, expect, it } from 'vitest';
import { parseLink } from './held-link';

describe('the link of a mail', () => {
  it('leads to one of three places', () => {
    expect(parseLink('/t/AZ_09-x')).toEqual({ place: 'link', token: 'AZ_09-x' });
    expect(parseLink('/u/abc')).toEqual({ place: 'stop', token: 'abc' });
    expect(parseLink('/r/abc')).toEqual({ place: 'end', token: 'abc' });
  });

  it('is nothing else', () => {
    for (const path of ['/guest', '/t/', '/t', '/x/abc', '/t/abc/def', '/t/a%2Fb', '/tt/abc'])
      expect(parseLink(path)).toBeNull();
  });
});
