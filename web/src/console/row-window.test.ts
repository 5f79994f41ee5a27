// The window over a long list leaves no gap and no double.

import { describe, expect, it } from 'vitest';
import { drawnRows, scrollFor, shortRowPx, tallRowPx } from './row-window';

const many = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? shortRowPx : tallRowPx));
const whole = many.reduce((sum, height) => sum + height, 0);

describe('the rows drawn', () => {
  it('are all of a short list', () => {
    expect(drawnRows(many.slice(0, 20), 0, 700)).toEqual({ from: 0, to: 20, beforePx: 0, afterPx: 0 });
  });
  it('fill the height of the whole list together with the space around them', () => {
    for (const scroll of [0, 1, 5_000, whole - 700, whole]) {
      const { from, to, beforePx, afterPx } = drawnRows(many, scroll, 700);
      const drawn = many.slice(from, to).reduce((sum, height) => sum + height, 0);
      expect(beforePx + drawn + afterPx).toBe(whole);
    }
  });
  it('are few, and cover the screen', () => {
    const { from, to, beforePx } = drawnRows(many, 40_000, 700);
    expect(to - from).toBeLessThan(30);
    expect(beforePx).toBeLessThanOrEqual(40_000);
    expect(many.slice(0, to).reduce((sum, height) => sum + height, 0)).toBeGreaterThan(40_700);
  });
});

describe('scrolling to a row', () => {
  it('does nothing when it is on the screen', () => {
    expect(scrollFor(many, 2, 0, 700)).toBe(0);
  });
  it('brings it to the nearer edge otherwise', () => {
    expect(scrollFor(many, 0, 500, 700)).toBe(0);
    expect(scrollFor([100, 100, 100], 2, 0, 150)).toBe(150);
  });
});
