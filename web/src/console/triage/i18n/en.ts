// The words of triage in English. This file is the type of the others.

import type { SnoozeTime } from '../snooze-times';

export const en = {
  priority: 'Priority',
  setPriority: 'Set the priority',
  findPriority: 'Low, normal, high or urgent',
  tags: 'Tags',
  editTags: 'Tag the ticket',
  findTag: 'Find a tag, or name a new one',
  createTag: (name: string) => `Create “${name}”`,
  noTags: 'No tags yet. Type a name to create one.',
  addTag: 'Add a tag',
  removeTag: (name: string) => `Take the tag ${name} away`,
  tagsHint: (most: number) => `Enter gives or takes a tag. At most ${most}.`,
  snooze: 'Snooze',
  snoozeUntil: 'Snooze until',
  snoozed: 'Snoozed',
  wake: 'Bring back now',
  times: {
    hour: 'In 1 hour',
    evening: 'This evening',
    tomorrow: 'Tomorrow',
    monday: 'Monday',
  } satisfies Record<SnoozeTime, string>,
  exact: 'Date and time',
  set: 'Snooze',
  past: 'Choose a time to come, within a year.',
  snoozeHint: 'It comes back by itself at that time, or at once when the requester writes.',
  done: 'Done',
  bulk: {
    bar: 'Selected tickets',
    selected: (n: number) => (n === 1 ? '1 selected' : `${n} selected`),
    all: 'Select all',
    allLoaded: 'Select all loaded',
    assign: 'Assign',
    solve: 'Solve',
    clear: 'Clear the selection',
    done: (n: number) => (n === 1 ? '1 ticket changed.' : `${n} tickets changed.`),
    refused: (number: number, why: string) => `#${number}: ${why}`,
    nothing: 'There was nothing to change.',
    undo: 'Undo',
    undone: (n: number, left: number) =>
      left === 0
        ? `Taken back (${n}).`
        : `Taken back (${n}). ${left} had changed since and stay as they are.`,
  },
  event: {
    priority: (who: string, to: string) => `${who} set the priority to ${to}`,
    tagged: (who: string, names: string) => `${who} added ${names}`,
    untagged: (who: string, names: string) => `${who} took away ${names}`,
    retagged: (who: string, added: string, removed: string) =>
      `${who} added ${added} and took away ${removed}`,
    snoozed: (who: string, until: string) => `${who} snoozed this until ${until}`,
    woken: (who: string) => `${who} brought this back`,
    wokenByTime: 'Back from snooze',
  },
};

export default en;
