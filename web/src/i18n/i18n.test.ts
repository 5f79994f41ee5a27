import { describe, expect, it } from 'vitest';
import en from './en';
import fr from './fr';
import { chooseLocale, plural } from './index';

const paths = (value: unknown, at = ''): string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, each]) => paths(each, `${at}.${key}`))
    : [at];

describe('the words', () => {
  it('are all there in French, and none is empty', () => {
    expect(paths(fr)).toEqual(paths(en));
    const empty = [...Object.entries(en), ...Object.entries(fr)].flatMap(([key, value]) =>
      value === '' ? [key] : [],
    );
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
