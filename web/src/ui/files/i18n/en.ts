// The words of files in English. This file is the type of the others.
import { plural } from '../../../i18n';

export const en = {
  attach: 'Attach files',
  choose: 'Choose files',
  photo: 'Take a photo',
  limits: (count: number, size: string) => `Up to ${count} files, each of at most ${size}`,
  other_ways: 'Pasting and dropping them works too.',
  drop: 'Drop files here',
  drop_reply: 'They go with your message.',
  drop_note: 'They go with the note; only agents see them.',
  tray: 'Files of this message',
  progress: (name: string) => `Sending ${name}`,
  percent: (percent: string, size: string) => `${percent} of ${size}`,
  waiting: 'Waiting for the connection',
  queued: 'Waiting for its turn',
  held: 'Goes with your request',
  up: 'Ready',
  failed: 'Not sent',
  cancel: (name: string) => `Cancel ${name}`,
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Send ${name} again`,
  retry_short: 'Try again',
  removed: (name: string) => `${name} was removed.`,
  is_up: (name: string) => `${name} is ready.`,
  not_sent: (name: string) => `${name} was not sent.`,
  too_large: (name: string, size: string) => `${name} is too large: a file may have ${size} at most.`,
  too_many: (count: number) =>
    plural('en', count, {
      one: 'One file goes with a message.',
      other: `At most ${count} files go with one message.`,
    }),
  folder: 'A folder cannot be sent; choose its files.',
  file: 'File',
  picture: 'Image',
  download: 'Download',
  not_shown: 'This image cannot be shown any more.',
  viewer: 'Images of this conversation',
  previous: 'Previous image',
  next: 'Next image',
  close: 'Close',
  of: (n: number, count: number) => `${n} of ${count}`,
  lost: 'A file of this message is no longer in this browser. Discard it and add the file anew.',
  request_label: 'Screenshots and other files',
};

export default en;
