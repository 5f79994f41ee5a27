// What a page makes of its draft, the hub's, and what was written on another device meanwhile.

import { describe, expect, it } from 'vitest';
import {
  due,
  give,
  isDraft,
  isUnkept,
  kept,
  knows,
  leaveOther,
  met,
  nothing,
  refusedFor,
  type Standing,
  sends,
  standing,
  takenBack,
  takeOther,
  typed,
} from './standing';

const state = (text: string, revision: string) => ({ text, revision });
/** The hub has this text as `r1`, and so has the composer. */
const known = (text = 'hello'): Standing => ({ ...standing(text), base: state(text, 'r1') });

describe('what is typed', () => {
  it('goes to the hub as a new state of the one that it was made from, one at a time', () => {
    const first = typed(standing(''), 'hel');
    expect(due(first)).toBe('hel');
    const sent = sends(first, 'hel', 'r1');
    expect(sent.under_way).toEqual({ text: 'hel', base: null, revision: 'r1' });
    expect(due(typed(sent, 'hello'))).toBe(null);
    const taken = kept(typed(sent, 'hello'));
    expect([taken.base, due(taken)]).toEqual([state('hel', 'r1'), 'hello']);
    expect(sends(taken, 'hello', 'r2').under_way?.base).toBe('r1');
  });
  it('ends the draft where nothing is left, and blanks are nothing', () => {
    expect(due(typed(known(), ' \n'))).toBe('');
    expect(due(typed(standing(''), '  '))).toBe(null);
    expect(isDraft(typed(known(), ' '))).toBe(false);
  });
  it('is not asked for again as it is when the hub refused it', () => {
    const refused = refusedFor(sends(typed(known(), 'too long'), 'too long', 'r2'));
    expect([due(refused), due(typed(refused, 'too lon')), isUnkept(refused)]).toEqual([
      null,
      'too lon',
      true,
    ]);
  });
});

describe('what was written elsewhere', () => {
  it('takes the place of a text that nobody touched since', () => {
    const after = met(known(), state('hello there', 'r2'));
    expect([after.local, after.base.revision, after.other, due(after)]).toEqual([
      'hello there',
      'r2',
      null,
      null,
    ]);
    expect(met(standing(''), state('hello', 'r1')).local).toBe('hello');
  });
  it('stands beside what was typed here, and nothing is sent until that is decided', () => {
    const both = met(typed(known(), 'hello, mine'), state('hello, theirs', 'r2'));
    expect([both.local, both.other, due(both)]).toEqual(['hello, mine', state('hello, theirs', 'r2'), null]);
    expect([due(typed(both, 'hello, mine and more')), isUnkept(both)]).toEqual([null, true]);

    const taken = takeOther(both);
    expect([taken.local, taken.other]).toEqual(['hello, theirs\n\nhello, mine', null]);
    expect(sends(taken, due(taken) ?? '', 'r3').under_way?.base).toBe('r2');

    const left = leaveOther(both);
    expect([left.local, left.other, due(left)]).toEqual(['hello, mine', null, 'hello, mine']);
    expect(sends(left, 'hello, mine', 'r3').under_way?.base).toBe('r2');
  });
  it('goes on beside it when it is written on, and is the same where both wrote the same', () => {
    const both = met(typed(known(), 'mine'), state('theirs', 'r2'));
    expect(met(both, state('theirs, longer', 'r3')).other).toEqual(state('theirs, longer', 'r3'));
    const agreed = met(both, state('mine', 'r4'));
    expect([agreed.other, agreed.base, due(agreed)]).toEqual([null, state('mine', 'r4'), null]);
  });
  it('is the end where it was sent there: an untouched text goes, another one stays', () => {
    const ended = state('', 'end');
    expect(met(known(), ended)).toMatchObject({ local: '', base: ended, other: null });
    const stays = met(typed(known(), 'hello, mine'), ended);
    expect([stays.local, stays.other, due(stays)]).toEqual(['hello, mine', null, 'hello, mine']);
    expect(met(known(), nothing).local).toBe('');
  });
  it('is one’s own where only the answer was lost', () => {
    const lost = sends(typed(known(), 'hello you'), 'hello you', 'r2');
    expect(met(typed(lost, 'hello you all'), state('hello you', 'r2'))).toMatchObject({
      local: 'hello you all',
      base: state('hello you', 'r2'),
      under_way: null,
      other: null,
    });
    // One that never came is sent again, as it was.
    expect(met(lost, state('hello', 'r1')).under_way).toEqual(lost.under_way);
  });
});

describe('a text that is sent', () => {
  it('takes the states along that its draft may stand in', () => {
    expect(give(standing('quick')).states).toEqual([]);
    expect(give(known()).states).toEqual(['r1']);
    expect(give(sends(typed(known(), 'hello you'), 'hello you', 'r2')).states).toEqual(['r1', 'r2']);
    const begun = sends(typed(standing(''), 'hello'), 'hello', 'r1');
    expect(give(begun).states).toEqual(['r1']);
    expect(give({ ...known(''), base: state('', 'end') }).states).toEqual([]);
  });
  it('leaves the hub’s copy to its message, and does not come back with it', () => {
    const { now } = give(known());
    expect([now.local, due(now), isDraft(now)]).toEqual(['', null, false]);
    // While it can be taken back, whatever is read of it is the message’s.
    expect(met(now, state('hello', 'r1'))).toMatchObject({ local: '', other: null });
    const answered = kept(give(sends(typed(known(), 'hello you'), 'hello you', 'r2')).now);
    expect([answered.local, due(answered)]).toEqual(['', null]);
    expect(met(answered, state('', 'end'))).toMatchObject({ local: '', base: state('', 'end'), given: [] });
  });
  it('does not end what was written on elsewhere', () => {
    const { now } = give(known());
    expect(met(now, state('hello, from the phone', 'r2')).local).toBe('hello, from the phone');
    const both = met(typed(known(), 'mine'), state('theirs', 'r2'));
    const sent = give(both).now;
    expect([sent.local, sent.other, due(sent)]).toEqual(['', state('theirs', 'r2'), null]);
    expect(takeOther(sent).local).toBe('theirs');
  });
  it('lets the next one begin over its draft', () => {
    const next = typed(give(known()).now, 'next');
    expect(sends(next, due(next) ?? '', 'r2').under_way).toEqual({
      text: 'next',
      base: 'r1',
      revision: 'r2',
    });
  });
  it('is the draft that it was when it is taken back, and emptied when it is thrown away', () => {
    const back = typed(takenBack(give(known()).now), 'hello');
    expect([due(back), due(typed(back, ''))]).toEqual([null, '']);
    expect(due(takenBack(give(known()).now))).toBe('');
  });
});

it('knows every state that it had a part in', () => {
  const now = sends(typed(met(typed(known(), 'mine'), state('theirs', 'r2')), 'x'), 'x', 'r3');
  expect(['r1', 'r2', 'r3', 'r4'].map((each) => knows(now, each))).toEqual([true, true, true, false]);
});
