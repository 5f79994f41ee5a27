// The words for how colleagues stand, in English. This file is the type of the others.

export const en = {
  title: 'Colleagues',
  standing: { online: 'online', away: 'Away', offline: 'offline' },
  away: 'Away',
  toAway: 'Set yourself away',
  toAvailable: 'Set yourself available',
  scope: 'Presence is known for this server only',
  scopeMeaning: 'Whoever is connected to another one seems offline here.',
  notSeen: 'not seen here',
  told: { away: 'You are away. Colleagues see it.', available: 'You are available.' },
};
