import { describe, expect, it } from 'vitest';
import { fileKind, fileName, fileSize } from './file-name';

describe('what a file is called', () => {
  it.each([
    ['invoice 7.pdf', 'invoice 7.pdf'],
    ['  📎 clip.png ', '📎 clip.png'],
    ['a/b\\c.txt', 'a_b_c.txt'],
    ['gnp.\u202eexe', 'gnp.exe'],
    ['a\r\nSet-Cookie: x.png', 'aSet-Cookie: x.png'],
    ['', 'file'],
    ['..', 'file'],
    ['\u200b', 'file'],
  ])('%j is %j', (raw, expected) => expect(fileName(raw)).toBe(expected));

  it('has room in 255 bytes and keeps its end', () => {
    const name = fileName(`${'é'.repeat(300)}.tar.gz`);
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255);
    expect(name.endsWith('é.gz')).toBe(true);
  });

  it('tells its kind by its end, and its size in the reader’s units', () => {
    expect([fileKind('a.pdf'), fileKind('a.tar.GZ'), fileKind('a'), fileKind('a.b c')]).toEqual([
      'PDF',
      'GZ',
      '',
      '',
    ]);
    expect([0, 999, 1_000, 339_600, 1_240_000, 26_214_400].map((bytes) => fileSize(bytes, 'en'))).toEqual([
      '0 bytes',
      '999 bytes',
      '1 kB',
      '340 kB',
      '1.2 MB',
      '26 MB',
    ]);
    expect(fileSize(340_000, 'fr').replace(/\s/gu, ' ')).toBe('340 ko');
  });
});
