import { expect, it } from 'vitest';
import { digitsOf } from '../conversation/CodeInput';
import { makeDrafts } from '../core/drafts';
import { memoryStore } from '../core/storage';
import type { Site } from '../protocol';
import { adoptDraft, bodyOf, draftKey, emptyRequest, isUntouched, missing } from './request-draft';

const topic = {
  key: 'payment',
  label: {},
  hint: {},
  fields: [{ key: 'transaction_id', kind: 'text' as const, label: {}, hint: {} }],
};
const site = { topics: [topic] } as unknown as Site;
const filled = {
  ...emptyRequest(),
  topic: 'payment',
  text: ' It failed. ',
  email: ' a@example.org ',
  details: { transaction_id: ' tx-1 ', other: 'x' },
};

it('a request is sent with the fields of its topic alone, trimmed', () => {
  expect(bodyOf(filled, topic, true, 'fr')).toEqual({
    topic: 'payment',
    subject: '',
    text: 'It failed.',
    details: [{ key: 'transaction_id', value: 'tx-1' }],
    locale: 'fr',
    email: 'a@example.org',
  });
  expect(bodyOf(filled, topic, false, 'fr')).not.toHaveProperty('email');
});

it('what is missing is told in the order of the form', () => {
  expect(missing(emptyRequest(), site, true)).toEqual(['topic', 'text', 'email']);
  expect(missing(filled, site, true)).toEqual([]);
  expect(missing({ ...filled, email: '' }, site, false)).toEqual([]);
  expect(isUntouched(emptyRequest())).toBe(true);
});

it('a visitor’s draft goes on after signing in, unless it was sent or there is one', async () => {
  const drafts = makeDrafts(memoryStore());
  await drafts.save(draftKey('visitor'), filled);
  await adoptDraft(drafts, 'visitor', 'amina');
  expect(await drafts.load(draftKey('amina'))).toMatchObject({
    key: filled.key,
    text: filled.text,
    email: '',
  });
  expect(await drafts.load(draftKey('visitor'))).toBeUndefined();
  await drafts.save(draftKey('visitor'), { ...filled, submitted: true });
  await adoptDraft(drafts, 'visitor', 'bela');
  expect(await drafts.load(draftKey('bela'))).toBeUndefined();
});

it('a code is its digits, however it was pasted', () => {
  expect(digitsOf('1234 5678')).toBe('12345678');
  expect(digitsOf('Code: 1234-5678 (10 min)')).toBe('12345678');
});
