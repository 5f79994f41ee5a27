import { describe, expect, it } from 'vitest';
import { visible, visibleNames } from './bidi';
import { plainText, safeHref, type Token, tokens } from './text';

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

  it('is one line without marks in a list', () => {
    expect(plainText('a **b *c* b** `d`\n_e_  https://example.org/x')).toBe(
      'a b c b d e https://example.org/x',
    );
    expect(plainText('2 * 3 ** not **')).toBe('2 * 3 ** not **');
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

  it('R-G4: names the host of a link that looks like another', () => {
    const hosts = (text: string) =>
      tokens(text).flatMap((token) => (token.kind === 'link' ? [token.host] : []));
    expect(
      hosts('https://example.org https://Example.org:8443/a?b#c http://example.org:80 mailto:a@b.example'),
    ).toEqual([undefined, undefined, undefined, undefined]);
    expect(hosts('https://bank.example@other.example/pay')).toEqual(['other.example']);
    expect(hosts('https://bank.example:443@other.example')).toEqual(['other.example']);
    // A Cyrillic а in the place of the Latin one.
    expect(hosts('https://b\u0430nk.example/')).toEqual(['xn--bnk-6cd.example']);
    expect(hosts('https://bank.example\u200b.other.example')).toEqual(['bank.example.other.example']);
    expect(hosts('https://other.example\\@bank.example')).toEqual(['other.example']);
    expect(tokens('https://bank\u200b.example')).toMatchObject([{ text: 'https://bank.example' }]);
  });

  it('R-G4: leaves nothing hidden in a name, and keeps what scripts need', () => {
    expect(visible('No\u200bra\u2060 Ba\u00adk\u200dker\ufeff')).toBe('Nora Bakker');
    expect(visible('\u202eevil\u2069\u200f')).toBe('evil');
    expect(visible('می\u200cخواهم')).toBe('می\u200cخواهم');
    expect(visible('👩\u200d💻')).toBe('👩\u200d💻');
    expect(JSON.parse('{"author":{"name":"N\u200bora"},"text":"a\u200bb"}', visibleNames)).toEqual({
      author: { name: 'Nora' },
      text: 'a\u200bb',
    });
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
