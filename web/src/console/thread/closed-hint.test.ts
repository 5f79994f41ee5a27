import { expect, test } from 'vitest';
import type { Requester } from '../../protocol';
import { closedHint } from './closed-hint';
import fr from './i18n/fr';

const noon = Date.UTC(2026, 10, 22, 12);
const hour_ms = 3_600_000;
const requester = { name: 'Amina Diallo', email: 'amina@example.org' } as Requester;
const closed = { requester, closed_at: noon };
const elsewhere = { ticket: 't2', number: 10_002 };

test('whoever answers a closed ticket is told when its requester’s next message opens another one', () => {
  const said = (now: number) => closedHint(closed, 2 * hour_ms, now);
  // Up to the limit and with its edge a message still reopens it.
  expect(said(noon)).toMatch(/^If Amina writes after (14:00|2:00\sPM), another ticket is opened\.$/u);
  expect(said(noon + 2 * hour_ms)).toMatch(/after (14:00|2:00\sPM)/u);
  expect(said(noon + 2 * hour_ms + 1)).toBe('If Amina writes, another ticket is opened.');
  const nameless = { ...closed, requester: { ...requester, name: '' } };
  expect(closedHint(nameless, 0, noon + 1)).toBe('If amina@example.org writes, another ticket is opened.');
});

test('nothing is told where a message reopens it for ever, or goes elsewhere already', () => {
  const later = noon + 9 * hour_ms;
  expect(closedHint(closed, undefined, later)).toBeUndefined();
  expect(closedHint({ requester }, hour_ms, later)).toBeUndefined();
  expect(closedHint({ ...closed, continued_in: elsewhere }, hour_ms, later)).toBeUndefined();
  expect(closedHint({ ...closed, merged_into: elsewhere }, hour_ms, later)).toBeUndefined();
});

test('French says the same', () => {
  expect(fr.closed.opensAnother('Amina')).toBe('Si Amina écrit, un autre ticket s’ouvre.');
  expect(fr.closed.willOpenAnother('Amina', '14:00')).toBe(
    'Si Amina écrit après 14:00, un autre ticket s’ouvre.',
  );
});
