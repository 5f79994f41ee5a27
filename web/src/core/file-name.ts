// What a file is called: as the person has it, without what the hub refuses or what turns the text around it.
// And how large it is, as people say it. Pure.
import { visible } from './bidi';

/** What file systems take. */
const bytes_max = 255;

export function fileName(raw: string): string {
  const clean = visible(raw)
    .replace(/\p{Cc}/gu, '')
    .replace(/[/\\]/g, '_')
    .trim();
  return clean === '' || clean === '.' || clean === '..' ? 'file' : shortened(clean);
}

/** The end says what it is, so it stays. */
function shortened(name: string): string {
  const size = (text: string) => new TextEncoder().encode(text).length;
  if (size(name) <= bytes_max) return name;
  const end = /\.[^.]{1,12}$/u.exec(name)?.[0] ?? '';
  const begin = [...name.slice(0, name.length - end.length)];
  while (size(begin.join('')) + size(end) > bytes_max) begin.pop();
  return begin.join('') + end;
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** `10 bytes`, `340 kB`, `1.2 MB`, `340 ko`: in the reader's units, thousand by thousand as their own computers count. */
export function fileSize(bytes: number, locale: string): string {
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power] as string,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power > 1 && amount < 10 ? 1 : 0,
  }).format(amount);
}

/** `PDF`, `ZIP`: the end of the name, when it looks like one. */
export const fileKind = (name: string): string => /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toUpperCase() ?? '';

const shown = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
/** A type that every browser shows, and the hub gives out as what it is. */
export const isPicture = (media_type: string): boolean => shown.has(media_type);
