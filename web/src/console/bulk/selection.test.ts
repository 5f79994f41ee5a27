// Ranges go both ways and from where the list is now; a selection holds no more than one request may change.

import { beforeEach, describe, expect, it } from 'vitest';
import { range, selected_max, selection } from './selection';

const order = ['a', 'b', 'c', 'd', 'e'];
const now = () => [...selection.ids.peek()];

describe('a range', () => {
  it('has both its ends, in the order of the list', () => {
    expect(range(order, 'b', 'd')).toEqual(['b', 'c', 'd']);
    expect(range(order, 'd', 'b')).toEqual(['b', 'c', 'd']);
    expect(range(order, 'c', 'c')).toEqual(['c']);
  });
  it('is the one row where its beginning has gone, and nothing where its end has', () => {
    expect(range(order, 'x', 'd')).toEqual(['d']);
    expect(range(order, null, 'd')).toEqual(['d']);
    expect(range(order, 'b', 'x')).toEqual([]);
  });
});

describe('the selection', () => {
  beforeEach(() => selection.clear());
  it('is toggled row by row and extended from the last one', () => {
    selection.toggle('b');
    selection.extend('d', order);
    selection.toggle('c');
    expect(now()).toEqual(['b', 'd']);
    selection.extend('e', order);
    expect(now()).toEqual(['b', 'd', 'c', 'e']);
  });
  it('loses what left the list', () => {
    selection.all(order);
    selection.keep(['e', 'b', 'z']);
    expect(now().sort()).toEqual(['b', 'e']);
  });
  it('holds what one request may change', () => {
    selection.all(Array.from({ length: 120 }, (_, n) => `t${n}`));
    expect(now().length).toBe(selected_max);
  });
});
