import { describe, expect, it } from 'vitest';
import { calledIn, mentionParts, typedMention } from './mentions';

const lea = { id: 'a1', name: 'Léa' };
const lea_martin = { id: 'a2', name: 'Léa Martin' };
const namesake = { id: 'a3', name: 'Léa' };

describe('what is being typed', () => {
  it.each<[string, string | null]>([
    ['@', ''],
    ['ask @le', 'le'],
    ['ask @Léa Ma', 'Léa Ma'],
    ['(@max', 'max'],
    ['mail a@b', null],
    ['@max did it', null],
    ['no at all', null],
  ])('%s', (text, typed) => {
    expect(typedMention(text, text.length)?.typed ?? null).toBe(typed);
  });
  it('counts up to the caret, and says where the @ stands', () => {
    expect(typedMention('hi @max there', 6)).toEqual({ from: 3, typed: 'ma' });
  });
});

describe('names in a text', () => {
  const names = (text: string) =>
    mentionParts(text, ['Léa', 'Léa Martin']).flatMap((part) => (part.name ? [part.text] : []));
  it('are found whole, the longer one first', () => {
    expect(names('@Léa Martin and (@Léa), not @Léaux nor x@Léa')).toEqual(['@Léa Martin', '@Léa']);
  });
  it('leave every other character where it was', () => {
    const text = '@Léa: see @nobody, @Léa';
    expect(
      mentionParts(text, ['Léa'])
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });
});

describe('who is called', () => {
  it('is each once, in the order of the text', () => {
    expect(calledIn('@Léa Martin, @Léa and @Léa', [lea, lea_martin], new Set())).toEqual([lea_martin, lea]);
  });
  it('is the chosen one of two namesakes', () => {
    expect(calledIn('@Léa', [lea, namesake], new Set(['a3']))).toEqual([namesake]);
    expect(calledIn('@Léa', [lea, namesake], new Set())).toEqual([lea]);
  });
});
