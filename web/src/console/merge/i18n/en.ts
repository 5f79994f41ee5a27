// The words of merging in English. This file is the type of the others.

export const en = {
  title: 'Merge into another ticket',
  intro: (who: string) => `Choose another ticket of ${who}, or type its number.`,
  find: 'Number or subject',
  none: 'No other ticket fits',
  sure: 'Merge these tickets?',
  closes: 'Closes, and leads on',
  lives: 'Goes on',
  warning: 'The closed one can still be read, and nobody can write there any more. This cannot be undone.',
  confirm: (number: number) => `Merge into #${number}`,
  goesOn: (number: number) => `This ticket was merged. It goes on in #${number}.`,
  openIt: (number: number) => `Open #${number}`,
  sentOn: (n: number) => (n === 1 ? '1 text is sent there.' : `${n} texts are sent there.`),
  goesThere: (number: number) => `Goes on in #${number}`,
  event: {
    merged_into: (who: string) => `${who} merged this ticket. It goes on in`,
    merged_from: (who: string) => `${who} merged another ticket into this one:`,
    continued_in: (who: string) => `${who} wrote again. This ticket goes on in`,
    continues: (_who: string) => 'Continues',
  },
};

export default en;
