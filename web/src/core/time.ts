// Times as people read them, by Intl. Pure: locale and `now` come in; formatters are kept, they are dear to make.

const formatters = new Map<string, Intl.DateTimeFormat>();
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

const minute_ms = 60_000;
const day_ms = 24 * 60 * minute_ms;

/** `14:05`, or `2:05 PM` where people write so. */
export const clockTime = (at: number, locale: string): string =>
  format(locale, { timeStyle: 'short' }).format(at);

/** Whole and unambiguous, for titles and `aria-label`. */
export const fullTime = (at: number, locale: string): string =>
  format(locale, { dateStyle: 'long', timeStyle: 'short' }).format(at);

/** How many midnights lie between, in the reader's own zone. */
export function daysBetween(at: number, now: number): number {
  const midnight = (ms: number) => {
    const date = new Date(ms);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(now) - midnight(at)) / day_ms);
}

/** `Today`, `Yesterday`, `Tuesday`, `12 March`, `12 March 2025`: the line between two days. */
export function dayName(at: number, now: number, locale: string): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1)
    return capital(new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day'), locale);
  if (days > 1 && days < 7) return capital(format(locale, { weekday: 'long' }).format(at), locale);
  const year =
    new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return format(locale, { day: 'numeric', month: 'long', ...year }).format(at);
}

/** For rows of lists: `now`, `4 min`, `14:05`, `Tue`, `12 Mar`, `12 Mar 2025`. */
export function shortTime(at: number, now: number, locale: string): string {
  const minutes = Math.floor((now - at) / minute_ms);
  if (minutes < 1) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
  if (minutes < 60) return new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute' }).format(minutes);
  const days = daysBetween(at, now);
  if (days <= 0) return clockTime(at, locale);
  if (days < 7) return format(locale, { weekday: 'short' }).format(at);
  const year =
    new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return format(locale, { day: 'numeric', month: 'short', ...year }).format(at);
}

/** A time to come: `18:00` today, `Mon 09:00` within a week, else `12 Mar, 09:00`. */
export function comingTime(at: number, now: number, locale: string): string {
  const days = daysBetween(now, at);
  if (days <= 0) return clockTime(at, locale);
  if (days < 7) return `${format(locale, { weekday: 'short' }).format(at)} ${clockTime(at, locale)}`;
  return `${shortTime(at, at + 8 * day_ms, locale)}, ${clockTime(at, locale)}`;
}

/** How long something has lasted: `4 min`, `3 hr`, `2 days`. */
export function duration(ms: number, locale: string): string {
  const minutes = Math.max(0, Math.floor(ms / minute_ms));
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1440), 'day'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit: unit as string }).format(count as number);
}

/** A wait in whole words: `42 seconds`, `3 minutes`, `2 hours`. */
export function waitTime(seconds: number, locale: string): string {
  const [count, unit] =
    seconds < 90 && seconds !== 60
      ? [seconds, 'second']
      : seconds < 90 * 60
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3600), 'hour'];
  const options = { style: 'unit', unit: unit as string, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(locale, options).format(count as number);
}

const capital = (text: string, locale: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
