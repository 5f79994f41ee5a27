import { expect, it } from 'vitest';
import { withNew } from './mails';

const mail = (id: string) => ({
  id,
  at: 0,
  from: 'security@localhost',
  to: 'a@example.org',
  subject: id,
  text: '',
  headers: '',
});

it('mails are kept once, the newest first', () => {
  const first = withNew([], [mail('1'), mail('2')]);
  expect(first.map(({ id }) => id)).toEqual(['2', '1']);
  expect(withNew(first, [mail('2'), mail('3')]).map(({ id }) => id)).toEqual(['3', '2', '1']);
  expect(withNew(first, [mail('1')])).toBe(first);
});
