import { describe, expect, it } from 'vitest';
import details_en from '../console/details/i18n/en';
import details_fr from '../console/details/i18n/fr';
import guest_en from '../guest/i18n/en';
import guest_fr from '../guest/i18n/fr';
import en from './en';
import fr from './fr';
import { chooseLocale, plural } from './index';

const paths = (value: unknown, at = ''): string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, each]) => paths(each, `${at}.${key}`))
    : [at];

const texts = (value: unknown): string[] =>
  value !== null && typeof value === 'object'
    ? Object.values(value).flatMap(texts)
    : typeof value === 'string'
      ? [value]
      : [];

describe('the words', () => {
  it('are all there in French, and none is empty', () => {
    expect(paths(fr)).toEqual(paths(en));
    expect(paths(guest_fr)).toEqual(paths(guest_en));
    expect(paths(details_fr)).toEqual(paths(details_en));
    const empty = [en, fr, guest_en, guest_fr, details_en, details_fr]
      .flatMap((each) => texts(each))
      .filter((text) => !text.trim());
    expect(empty).toEqual([]);
  });

  it('count as each language counts', () => {
    expect(en.log.new_messages(0)).toBe('0 new messages');
    expect(en.log.new_messages(1)).toBe('1 new message');
    expect(fr.log.new_messages(0)).toBe('0 nouveau message');
    expect(fr.log.new_messages(2)).toBe('2 nouveaux messages');
    expect(plural('ar', 2, { two: 'two', other: 'other' })).toBe('two');
    expect(plural('ar', 5, { two: 'two', other: 'other' })).toBe('other');
  });

  it('are chosen by the person, else by the browser, else English', () => {
    expect(chooseLocale(['de-CH', 'fr-CH', 'en'], null)).toBe('fr');
    expect(chooseLocale(['fr-FR'], 'en')).toBe('en');
    expect(chooseLocale(['de', 'it'], null)).toBe('en');
    expect(chooseLocale(['fr'], 'klingon')).toBe('fr');
  });
});
