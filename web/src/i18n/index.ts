// Which language the page speaks: the browser's choice, or the person's own, remembered.
// A catalogue is one lazy chunk per language, or has English inside the page; each page makes its own.
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { speak } from '../core/api';
import { recall, remember } from '../core/storage';

export const locales = ['en', 'fr'] as const;
export type Locale = (typeof locales)[number];
/** Each language in its own words: never translated, so that its speakers find it. */
export const locale_names: Record<Locale, string> = { en: 'English', fr: 'Français' };
const right_to_left = new Set<string>(['ar', 'he', 'fa', 'ur']);

/** Catalogues hold sentences and functions that make sentences. */
export type Words<C> = {
  readonly [K in keyof C]: C[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : C[K] extends string
      ? string
      : Words<C[K]>;
};

export function chooseLocale(wanted: readonly string[], remembered: string | null): Locale {
  for (const tag of [remembered ?? '', ...wanted]) {
    const found = locales.find((locale) => tag.toLowerCase().split('-')[0] === locale);
    if (found) return found;
  }
  return 'en';
}

const chosen = signal<Locale>(
  chooseLocale(typeof navigator === 'undefined' ? [] : navigator.languages, recall('locale')),
);
export const locale: ReadonlySignal<Locale> = chosen;
/** The language as the browser has it, with its region: `en-GB` writes dates and times otherwise than `en-US`. */
export const regional: ReadonlySignal<string> = computed(() => {
  const tags = typeof navigator === 'undefined' ? [] : navigator.languages;
  return tags.find((tag) => tag.toLowerCase().split('-')[0] === chosen.value) ?? chosen.value;
});
speak(() => chosen.peek());

type Load<C> = () => Promise<{ default: Words<C> }>;
type Loaders<C> = { [L in Exclude<Locale, 'en'>]: Load<C> };
interface Catalogue {
  load(locale: Locale): Promise<() => void>;
}
const catalogues: Catalogue[] = [];

/**
 * A page's words. Wait for `ready` before the first render; after that they change with the language.
 * English is given as it is, or as a chunk like the others: then only one language is ever loaded.
 */
export function catalogue<C>(en: Words<C> | Load<C>, others: Loaders<C>): ReadonlySignal<Words<C>> {
  const inside = typeof en === 'function' ? null : en;
  const words = signal<Words<C>>(inside ?? ({} as Words<C>));
  const load: Record<Locale, Load<C>> = {
    ...others,
    en: inside ? async () => ({ default: inside }) : (en as Load<C>),
  };
  catalogues.push({
    async load(to) {
      const { default: next } = await load[to]();
      return () => {
        words.value = next;
      };
    },
  });
  return words;
}

/** All catalogues in the language of the page, else in English. Throws when not even that can be loaded. */
export async function ready(): Promise<void> {
  await show(chosen.peek()).catch(() => show('en'));
}

export async function setLocale(to: Locale): Promise<void> {
  await show(to);
  remember('locale', to);
  chosen.value = to;
}

async function show(to: Locale): Promise<void> {
  const changes = await Promise.all(catalogues.map((each) => each.load(to)));
  for (const change of changes) change();
}

if (typeof document !== 'undefined') {
  effect(() => {
    document.documentElement.lang = chosen.value;
    document.documentElement.dir = right_to_left.has(chosen.value) ? 'rtl' : 'ltr';
  });
}

const rules = new Map<string, Intl.PluralRules>();
/** Picks the form for a count: `plural('en', n, { one: 'message', other: 'messages' })`. */
export function plural(
  language: string,
  count: number,
  forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string },
): string {
  const rule = rules.get(language) ?? new Intl.PluralRules(language);
  rules.set(language, rule);
  return forms[rule.select(count)] ?? forms.other;
}
