// The words for how colleagues stand, in English. This file is the type of the others.

export const en = {
  title: 'Colleagues',
  standing: { online: 'online', away: 'Away', offline: 'offline' },
  away: 'Away',
  toAway: 'Set yourself away',
  toAvailable: 'Set yourself available',
  scope: 'Presence is known for this server only',
  scopeMeaning: 'Others may be connected to another one.',
  notSeen: 'not seen',
  told: { away: 'You are away. Colleagues see it.', available: 'You are available.' },
};
