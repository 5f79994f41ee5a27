// Reading and filling macro texts: the cases shared with the hub, and what must hold for any text.

import { describe, expect, it } from 'vitest';
import { ticket } from '../example-tickets';
import { filled, type Piece, piecesOf, unknownIn, VARIABLES, type Values, valuesFor } from './template';

const found = import.meta.glob<{ text: string; parts: Piece[] }[]>(
  '../../../../protocol/cases/macro_texts.json',
  { eager: true, import: 'default' },
);
const cases = Object.values(found).flat();

const values: Values = {
  'requester.name': 'Amina Haddad',
  'requester.first_name': 'Amina',
  'ticket.number': '10042',
  'ticket.subject': 'My card',
  'ticket.team': '',
  'agent.name': 'Nora Bakker',
  'agent.first_name': 'Nora',
  'site.name': 'Verso',
};
const nobody: Values = { ...values, 'requester.name': '', 'requester.first_name': '' };

describe('the shared cases of macro texts', () => {
  it('are there', () => expect(cases.length).toBeGreaterThan(15));
  it.each(cases)('$text', ({ text, parts }) => expect(piecesOf(text)).toEqual(parts));
});

describe('filling a text in', () => {
  it.each([
    ['Hello {{requester.first_name}},', 'Hello Amina,', 'Hello,'],
    ['Hello {{requester.first_name|there}},', 'Hello Amina,', 'Hello there,'],
    ['Hello {{requester.first_name|}},', 'Hello Amina,', 'Hello ,'],
    ['{{requester.name}}: #{{ticket.number}}', 'Amina Haddad: #10042', ': #10042'],
    ['{{ticket.subject}} · {{ticket.team|no team}}', 'My card · no team', 'My card · no team'],
    [
      'Line\n{{requester.name}}\nBest, {{agent.first_name}}',
      'Line\nAmina Haddad\nBest, Nora',
      'Line\n\nBest, Nora',
    ],
    ['{{site.nam}} stays', '{{site.nam}} stays', '{{site.nam}} stays'],
  ])('%j', (text, expected, without) => {
    expect(filled(text, values)).toBe(expected);
    expect(filled(text, nobody)).toBe(without);
  });

  it('never reads what it put in: a name cannot bring a variable', () => {
    const sly = { ...values, 'requester.name': '{{agent.name}} {{', 'requester.first_name': '{{x' };
    expect(filled('Hello {{requester.name}}{{requester.first_name}}}}', sly)).toBe(
      'Hello {{agent.name}} {{{{x}}',
    );
  });

  it('leaves a text without variables as it is, whatever it holds', () => {
    for (const text of ['', ' ', 'a } b }} c', '{ "a": { "b": 1 } }', '$& $1 \\ \r\n 🙏']) {
      expect(filled(text, values)).toBe(text);
      expect(unknownIn(text)).toEqual([]);
    }
  });

  it('knows every variable there is', () => {
    const all = VARIABLES.map((name) => `{{${name}}}`).join('\n');
    expect(unknownIn(all)).toEqual([]);
    expect(filled(all, values)).toBe('Amina Haddad\nAmina\n10042\nMy card\n\nNora Bakker\nNora\nVerso');
  });

  it('takes its values from the ticket, and an address for no name', () => {
    const me = { name: 'Nora Bakker', site: 'Verso' };
    const asked = ticket('t', { team: { id: 'p', name: 'Payments' } });
    expect(valuesFor(asked, me)).toMatchObject({
      'requester.first_name': 'Amina',
      'ticket.number': '12345',
      'ticket.team': 'Payments',
      'agent.first_name': 'Nora',
    });
    const unnamed = ticket('t', { requester: { ...asked.requester, name: '  ' } });
    expect([
      valuesFor(unnamed, me)['requester.name'],
      valuesFor(unnamed, me)['requester.first_name'],
    ]).toEqual(['', '']);
  });
});
