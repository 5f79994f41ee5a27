// The times at which a snoozed ticket comes back, in the agent's own time zone. Pure.

export const SNOOZE_TIMES = ['hour', 'evening', 'tomorrow', 'monday'] as const;
export type SnoozeTime = (typeof SNOOZE_TIMES)[number];

const hour_ms = 60 * 60_000;
const year_ms = 366 * 24 * hour_ms;
const morning_h = 9;
const evening_h = 18;
const monday = 1;

/** What is offered at `now`: an evening that is over is not, nor a Monday that is tomorrow. */
export function snoozeTimes(now: number): { time: SnoozeTime; at: number }[] {
  const evening = onDay(now, 0, evening_h);
  const to_monday = (monday - new Date(now).getDay() + 7) % 7 || 7;
  return [
    { time: 'hour' as const, at: now + hour_ms },
    // Sooner than in an hour it would be no evening's rest.
    ...(evening - now >= hour_ms ? [{ time: 'evening' as const, at: evening }] : []),
    { time: 'tomorrow' as const, at: onDay(now, 1, morning_h) },
    ...(to_monday > 1 ? [{ time: 'monday' as const, at: onDay(now, to_monday, morning_h) }] : []),
  ];
}

/** What `<input type=datetime-local>` says, as a time; null while it says none that may be chosen. */
export function exactTime(local: string, now: number): number | null {
  const at = new Date(local).getTime();
  return at > now && at - now <= year_ms ? at : null;
}

/** A time as that input takes it, to the minute. */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Days are added by the calendar: one of them may have 23 or 25 hours. */
function onDay(now: number, days: number, hour: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, hour).getTime();
}
