// Every command has one key at most, and says so truthfully, whatever a person made of it.

import { describe, expect, it } from 'vitest';
import { isSingle } from '../ui/keys';
import {
  COMMANDS,
  DEFAULTS,
  holderOf,
  isAllowed,
  isFixed,
  keyNames,
  keyText,
  pair_begins,
  parseKeymap,
  shortcutOf,
  withKey,
  written,
} from './keymap';

describe('the keys', () => {
  it('are those people know, one for each command', () => {
    const keys = Object.values(DEFAULTS);
    expect(new Set(keys).size).toBe(COMMANDS.length);
    const { next, reply, note, solve, assign, bar } = DEFAULTS;
    expect([next, reply, note, solve, assign, bar]).toEqual(['j', 'r', 'n', 'e', 'a', 'mod+k']);
  });
  it('could all have been chosen, but for the fixed one', () => {
    expect(COMMANDS.filter((each) => !isAllowed(DEFAULTS[each] ?? ''))).toEqual(COMMANDS.filter(isFixed));
  });
  it('are single keys, which can be switched off, but for Escape and those with a modifier', () => {
    expect(COMMANDS.filter((each) => !isSingle(DEFAULTS[each] ?? ''))).toEqual(['bar', 'back']);
  });
});

describe('a key of one’s own choice', () => {
  it.each(['x', '#', 'g x', 'mod+j', 'alt+r'])('may be %s', (key) => expect(isAllowed(key)).toBe(true));
  it.each([
    pair_begins,
    'enter',
    'tab',
    'escape',
    ' ',
    'arrowdown',
    'mod+enter',
    'mod+shift+enter',
    'mod+c',
    'x y',
    'g g i',
    'shift',
    '+',
    'mod++',
  ])('may not be %j', (key) => expect(isAllowed(key)).toBe(false));
  it('is taken from whoever had it', () => {
    expect(holderOf(DEFAULTS, 'e', 'reply')).toBe('solve');
    const map = withKey(DEFAULTS, 'reply', 'e');
    expect([map.reply, map.solve, map.note]).toEqual(['e', null, 'n']);
  });
  it('is kept as a difference and read again', () => {
    const map = withKey(withKey(DEFAULTS, 'reply', 'z'), 'ask', null);
    expect(written(map)).toBe('{"reply":"z","ask":null}');
    expect(parseKeymap(written(map))).toEqual(map);
    expect(written(DEFAULTS)).toBeNull();
  });
  it.each([
    null,
    '',
    'nonsense',
    '[1]',
    '7',
    '{"reply":5}',
    '{"back":"z"}',
    '{"other":"z"}',
    '{"reply":"enter"}',
  ])('that was kept as %j changes nothing', (text) => expect(parseKeymap(text)).toEqual(DEFAULTS));
  it('never leaves one key with two commands', () => {
    const map = parseKeymap('{"reply":"x","note":"x"}');
    expect([map.reply, map.note]).toEqual([null, 'x']);
  });
});

describe('what is told of a key', () => {
  it('is its name as on the keyboard', () => {
    expect([keyText('r'), keyText('g i'), keyText('escape'), keyText('mod+k'), keyText('shift+p')]).toEqual([
      'R',
      'G I',
      'Esc',
      'Ctrl K',
      'Shift P',
    ]);
    expect([keyNames('+'), keyNames('mod++'), keyText(null)]).toEqual([['+'], ['Ctrl', '+'], '']);
  });
  it('is nothing while keys are switched off, for none, and for two in a row', () => {
    expect([shortcutOf('e', true), shortcutOf('e', false)]).toEqual(['E', undefined]);
    expect([shortcutOf('g i', true), shortcutOf(null, true)]).toEqual([undefined, undefined]);
    expect(shortcutOf('mod+k', false)).toBe('Control+K Meta+K');
  });
});
