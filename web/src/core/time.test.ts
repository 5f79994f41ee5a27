import { describe, expect, it } from 'vitest';
import { clockTime, comingTime, dayName, daysBetween, duration, shortTime, waitTime } from './time';

const now = Date.UTC(2026, 10, 22, 14, 5);
const at = (day: number, hour = 12, minute = 0) => Date.UTC(2026, 10, day, hour, minute);
/** Intl writes narrow spaces that nobody sees in a test. */
const plain = (text: string) => text.replace(/\s/gu, ' ');

describe('times', () => {
  it('are told by the clock of the reader', () => {
    expect(clockTime(now, 'fr')).toBe('14:05');
    expect(plain(clockTime(now, 'en-US'))).toBe('2:05 PM');
    expect(clockTime(now, 'en-GB')).toBe('14:05');
  });

  it('are parted at midnight, not after 24 hours', () => {
    expect(daysBetween(at(21, 23, 59), at(22, 0, 1))).toBe(1);
    expect(daysBetween(at(22, 0, 1), at(22, 23, 59))).toBe(0);
  });

  it('have days with names', () => {
    expect(dayName(at(22), now, 'en')).toBe('Today');
    expect(dayName(at(21), now, 'fr')).toBe('Hier');
    expect(dayName(at(17), now, 'fr')).toBe('Mardi');
    expect(dayName(at(1), now, 'en-GB')).toBe('1 November');
    expect(dayName(Date.UTC(2025, 2, 12), now, 'fr')).toBe('12 mars 2025');
  });

  it('are short in lists', () => {
    expect(shortTime(now - 20_000, now, 'en')).toBe('now');
    expect(plain(shortTime(now - 4 * 60_000, now, 'en'))).toBe('4 min');
    expect(shortTime(at(22, 9, 30), now, 'en-GB')).toBe('09:30');
    expect(shortTime(at(17), now, 'en')).toBe('Tue');
    expect(shortTime(Date.UTC(2025, 2, 12), now, 'en-GB')).toBe('12 Mar 2025');
  });

  it('are to come', () => {
    expect(comingTime(at(22, 18), now, 'en-GB')).toBe('18:00');
    expect(comingTime(at(23, 9), now, 'en-GB')).toBe('Mon 09:00');
    expect(comingTime(at(29, 9), now, 'en-GB')).toBe('29 Nov, 09:00');
  });

  it('last', () => {
    expect(plain(duration(59_000, 'en'))).toBe('0 min');
    expect(plain(duration(3 * 3_600_000, 'fr'))).toBe('3 h');
    expect(plain(duration(50 * 3_600_000, 'en'))).toBe('2 days');
  });

  it('are waited for in whole words, rounded up', () => {
    expect(plain(waitTime(1, 'en'))).toBe('1 second');
    expect(plain(waitTime(42, 'fr'))).toBe('42 secondes');
    expect(plain(waitTime(60, 'en'))).toBe('1 minute');
    expect(plain(waitTime(125, 'en'))).toBe('3 minutes');
    expect(plain(waitTime(7_201, 'fr'))).toBe('3 heures');
  });
});
