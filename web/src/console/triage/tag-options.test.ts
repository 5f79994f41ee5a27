// The offer of tags: the ticket's own first, then the site's, then a new one.

import { describe, expect, it } from 'vitest';
import { tagOptions } from './tag-options';

const offer = (typed: string) =>
  tagOptions(['Hold'], ['card', 'hold', 'Éclair'], typed).map(
    ({ name, current, fresh }) => `${name}${current ? ' ✓' : ''}${fresh ? ' +' : ''}`,
  );

describe('the tags dialog offers', () => {
  it('what the ticket has, then what the site has, each once', () => {
    expect(offer('')).toEqual(['Hold ✓', 'card', 'Éclair']);
  });
  it('what fits the letters, in whatever case, and a new one', () => {
    expect(offer('CAR')).toEqual(['card', 'CAR +']);
    expect(offer('  late   fee ')).toEqual(['late fee +']);
  });
  it('no new one where there is that one', () => {
    expect(offer('CARD')).toEqual(['card']);
    expect(offer('hOLD')).toEqual(['Hold ✓']);
    expect(offer('éclair')).toEqual(['Éclair']);
  });
});
