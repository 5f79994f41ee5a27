// The words around mentions in English. This file is the type of the others.

export const en = {
  mention: 'Mention a colleague',
  offered: (n: number) => (n === 1 ? '1 colleague offered' : `${n} colleagues offered`),
  cannotSee: 'cannot see this ticket',
  mentioned: 'Mentions you, not read',
  news: (unread: number) => `A colleague mentions you; unread mentions: ${unread}`,
  emptyHint: 'Notes in which a colleague writes @ and your name appear here.',
  cannotSeeTold: (name: string) => `${name} cannot see this ticket`,
};
