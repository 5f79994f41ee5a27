// The words of drafts on several devices in English. This file is the type of the others.

export const en = {
  title: 'You wrote something else on another device',
  take: 'Add it to this text',
  leave: 'Discard it',
};

export default en;
