import { describe, expect, it } from 'vitest';
import { safeHref, type Token, tokens } from './text';

const text = (value: string): Token => ({ kind: 'text', text: value });
const link = (shown: string, href = shown): Token => ({ kind: 'link', text: shown, href });

describe('what people write', () => {
  it.each<[string, Token[]]>([
    ['plain', [text('plain')]],
    ['a **b** c', [text('a '), { kind: 'bold', of: [text('b')] }, text(' c')]],
    [
      '*i* and _j_',
      [{ kind: 'italic', of: [text('i')] }, text(' and '), { kind: 'italic', of: [text('j')] }],
    ],
    ['**a *b* c**', [{ kind: 'bold', of: [text('a '), { kind: 'italic', of: [text('b')] }, text(' c')] }]],
    ['`**x**`', [{ kind: 'code', text: '**x**' }]],
    ['one\r\ntwo', [text('one'), { kind: 'break' }, text('two')]],
    ['2 * 3 * 4', [text('2 * 3 * 4')]],
    ['snake_case_name', [text('snake_case_name')]],
    ['** not **', [text('** not **')]],
    ['<b onclick="x()">hi</b>', [text('<b onclick="x()">hi</b>')]],
  ])('%j', (input, expected) => {
    expect(tokens(input)).toEqual(expected);
  });

  it('makes links of http, https and mailto alone', () => {
    expect(tokens('see https://example.org/a?b=1.')).toEqual([
      text('see '),
      link('https://example.org/a?b=1'),
      text('.'),
    ]);
    expect(tokens('(https://example.org/a_(b))')).toEqual([
      text('('),
      link('https://example.org/a_(b)'),
      text(')'),
    ]);
    expect(tokens('mailto:a@example.org')).toEqual([link('mailto:a@example.org')]);
    expect(tokens('javascript:alert(1) data:text/html,x')).toEqual([
      text('javascript:alert(1) data:text/html,x'),
    ]);
    expect(safeHref('javascript:alert(1)')).toBeNull();
    expect(safeHref('HTTPS://Example.org')).toBe('https://example.org/');
  });

  it('takes out what turns the direction of a text', () => {
    expect(tokens('invoice\u202Efdp.exe')).toEqual([text('invoicefdp.exe')]);
    expect(tokens('\u2066x\u2069 \u200Fשלום')).toEqual([text('x \u200Fשלום')]);
  });

  it('loses no character of what it does not understand', () => {
    const odd = '**a *b `c _d [x](y) * https:// mailto: \\* &amp; \u{1F64F}';
    const flat = (list: Token[]): string =>
      list.map((token) => ('of' in token ? flat(token.of) : 'text' in token ? token.text : '\n')).join('');
    expect(flat(tokens(odd))).toBe(odd);
  });

  it('stays quick on what was written to make it slow', () => {
    const started = performance.now();
    for (const part of ['**a ', '*a', '_a ', '`', 'https://', '(', 'http://a)))))))'])
      tokens(part.repeat(12_000 / part.length));
    tokens(`http://a${')'.repeat(12_000)}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
