// The words of saved views in English. This file is the type of the others.

export const en = {
  newView: 'New view',
  change: (name: string) => `Change “${name}”`,
  name: 'Name',
  sharing: 'For everybody of the site',
  status: 'Status',
  priority: 'Priority',
  teams: 'Teams',
  topics: 'Topics',
  assignee: 'Assignee',
  anybody: 'Anybody',
  me: 'Whoever looks',
  nobody: 'Nobody',
  tags: 'Tags',
  tagsHint: 'Several with commas between; a ticket has all of them.',
  waiting: 'Waits for an answer',
  waits: { any: 'Or not', 15: 'For 15 minutes', 60: 'For 1 hour', 240: 'For 4 hours', 1440: 'For 1 day' },
  snoozed: 'Snoozed',
  snoozes: { any: 'Or not', no: 'Not snoozed', yes: 'Snoozed' },
  earlier: 'Move up',
  later: 'Move down',
  remove: 'Delete',
  removed: (name: string) => `The view “${name}” is gone.`,
};

export default en;
