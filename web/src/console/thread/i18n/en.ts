// The words of the thread in English: editing and erasing, what is closed for good, and two who answer at once. This
// file is the type of the others.

const count = (n: number, one: string, other: string) => (n === 1 ? one : other);

export const en = {
  redact: {
    title: 'Erase this message?',
    intro: 'Its text and files leave the hub for good, for everybody. This cannot be undone.',
    confirm: 'Erase',
  },
  edit: {
    intro: 'Possible for 15 minutes. The requester sees the new text, marked as edited.',
    noteIntro: 'Possible for 15 minutes. Only agents see it.',
  },
  closed: {
    opensAnother: (name: string) => `If ${name} writes, another ticket is opened.`,
    willOpenAnother: (name: string, time: string) =>
      `If ${name} writes after ${time}, another ticket is opened.`,
  },
  unseen: (name: string) => `${name} is not seen from this server`,
  meanwhile: {
    also: (names: string, n: number) =>
      count(n, `${names} is writing a reply too`, `${names} are writing replies too`),
    title: (name: string) => `${name} has answered meanwhile`,
    intro: (time: string) => `At ${time}, after you began to write. Your text is kept either way.`,
    send: 'Send anyway',
    look: 'Look first',
  },
};

export default en;
