// The offer by the clock and the calendar of whoever looks.

import { describe, expect, it } from 'vitest';
import { exactTime, localTime, snoozeTimes } from './snooze-times';

const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const offered = (now: number) =>
  Object.fromEntries(snoozeTimes(now).map(({ time, at }) => [time, localTime(at)]));

describe('what is offered', () => {
  it('on a Friday afternoon', () => {
    expect(offered(local(27, 15, 20))).toEqual({
      hour: '2026-11-27T16:20',
      evening: '2026-11-27T18:00',
      tomorrow: '2026-11-28T09:00',
      monday: '2026-11-30T09:00',
    });
  });
  it('on a Sunday: Monday is tomorrow', () => {
    expect(Object.keys(offered(local(29, 10)))).toEqual(['hour', 'evening', 'tomorrow']);
  });
  it('on a Monday: the next one', () => {
    expect(offered(local(30, 10)).monday).toBe('2026-12-07T09:00');
  });
  it('late: no evening any more', () => {
    expect(Object.keys(offered(local(27, 17, 30)))).toEqual(['hour', 'tomorrow', 'monday']);
  });
});

describe('an exact time', () => {
  const now = local(27, 15);
  it('is taken as it is written', () => {
    expect(exactTime('2026-11-27T15:01', now)).toBe(local(27, 15, 1));
  });
  it('is none when it is past, too far, or not written', () => {
    for (const text of ['2026-11-27T15:00', '2025-01-01T00:00', '2028-01-01T00:00', '', 'soon'])
      expect(exactTime(text, now)).toBeNull();
  });
});
