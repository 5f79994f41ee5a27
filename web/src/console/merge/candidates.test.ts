import { describe, expect, it } from 'vitest';
import { candidatesFor, numberTyped } from './candidates';

const refund = { id: 'a', number: 10001, subject: 'Refund' };
const card = { id: 'b', number: 10002, subject: 'Card lost' };
const own = { id: 'own', number: 10003, subject: 'Charged twice' };

describe('what the merge dialog offers', () => {
  it('knows a number with or without its sign', () => {
    expect(['#10001', ' 10001 ', 'ten', '#', '1e3'].map(numberTyped)).toEqual([
      10001,
      10001,
      null,
      null,
      null,
    ]);
  });
  it('offers the other tickets that fit, and never the ticket itself', () => {
    expect(candidatesFor('', 'own', [refund, card], null)).toEqual([refund, card]);
    expect(candidatesFor('card', 'own', [refund, card], null)).toEqual([card]);
    expect(candidatesFor('#10001', 'own', [refund, card], refund)).toEqual([refund]);
    expect(candidatesFor('10003', 'own', [refund], own)).toEqual([]);
  });
  it('offers what was looked up only while its number stands there', () => {
    expect(candidatesFor('10002', 'own', [], card)).toEqual([card]);
    expect(candidatesFor('1000', 'own', [], card)).toEqual([]);
  });
});
