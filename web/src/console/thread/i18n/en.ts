// The words of editing and erasing in English. This file is the type of the others.

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
};

export default en;
