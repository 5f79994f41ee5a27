import { expect, it } from 'vitest';
import type { LineFrame } from '../../core/line';
import type { SharedFiles } from '../../protocol';
import { concernsFiles, joined } from './shared-files';

const page = (ids: string[], before?: number) =>
  ({
    files: ids.map((id) => ({ n: 1, file: { id } })),
    ...(before !== undefined && { before }),
  }) as unknown as SharedFiles;

it('pages make one list, and the last one says whether there are more', () => {
  const ids = (pages: SharedFiles[]) => joined(pages).files.map(({ file }) => file.id);
  expect(ids([page(['c', 'b'], 4), page(['a'])])).toEqual(['c', 'b', 'a']);
  expect(joined([page(['c', 'b'], 4)]).more).toBe(true);
  expect(joined([page(['c', 'b'], 4), page(['a'])]).more).toBe(false);
  expect(joined([page([])])).toEqual({ files: [], more: false });
});

const event = (ticket: string, body: object) =>
  ({ type: 'event', ticket, event: { body } }) as unknown as LineFrame;

it('is read again when a file comes, when a message is erased, and after a gap', () => {
  const concerns = (frame: LineFrame) => concernsFiles(frame, 't');
  expect(concerns(event('t', { kind: 'message', attachments: [{ id: 'a' }] }))).toBe(true);
  expect(concerns(event('t', { kind: 'note', attachments: [{ id: 'a' }] }))).toBe(true);
  expect(concerns(event('t', { kind: 'redacted', target: 1 }))).toBe(true);
  expect(concerns({ type: 'stale' } as unknown as LineFrame)).toBe(true);
  expect(concerns(event('t', { kind: 'message', attachments: [] }))).toBe(false);
  expect(concerns(event('other', { kind: 'note', attachments: [{ id: 'a' }] }))).toBe(false);
});
