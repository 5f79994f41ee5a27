import { expect, it } from 'vitest';
import type { AgentEvent } from '../../protocol';
import { filesIn } from './shared-files';

const file = (id: string) => ({ id, name: `${id}.pdf`, media_type: 'application/pdf', bytes: 3 });
const event = (n: number, body: object) =>
  ({ n, at: n, author: { id: 'a', side: 'agent', name: 'Nora' }, body }) as unknown as AgentEvent;

it('the files of a ticket are those of its messages and notes, newest first, without the erased', () => {
  const events = [
    event(1, { kind: 'message', text: '', attachments: [file('a'), file('b')] }),
    event(2, { kind: 'solved' }),
    event(3, { kind: 'message', text: '', attachments: [file('erased')], redacted_at: 4 }),
    event(5, { kind: 'note', text: '', attachments: [file('c')] }),
  ];
  expect(filesIn(events).map(({ file: { id }, note, at }) => [id, note, at])).toEqual([
    ['c', true, 5],
    ['b', false, 1],
    ['a', false, 1],
  ]);
});
