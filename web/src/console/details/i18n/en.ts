// The words of alerts and access in English. This file is the type of the others.

import type { AlertKind, AlertState, HoldReason, Present } from '../../../protocol';

export const en = {
  route: {
    title: (name: string) => `If ${name} leaves`,
    live: 'Live on their page',
    present: {
      attending: 'Has the ticket open now',
      online: 'Is here, looking elsewhere',
      offline: 'Not here now',
    } satisfies Record<Present, string>,
    unseen: 'Not seen from this server; may be connected to another one',
    mail: (quiet: string) => `E-mail alert after ${quiet}`,
    cap: (cap: string) => `At most ${cap} after the first unread message`,
    noContent: 'Secure link, no message text',
    local: 'No mail server is set: mails stay in the local mailbox',
    due: (since: string, at: string) => `Unread since ${since}, mailed at ${at} unless it is read`,
    hold: (reason: string) => `No e-mail goes out: ${reason}`,
    reasons: {
      not_confirmed: 'the address is not confirmed and had its one alert',
      bounces: 'mails to this address come back',
      muted: 'whoever has this address said it was not them',
      unsubscribed: 'they want no e-mails about this ticket',
      address_budget: 'this address had as many mails as one may get',
      domain_budget: 'this domain had as many mails as it may get',
      hub_budget: 'the hub has sent as many mails as it may',
      undelivered: 'it could not be delivered',
    } satisfies Record<HoldReason, string>,
    alerts: 'Alerts',
    kinds: {
      received: 'Received',
      updated: 'New reply',
      solved: 'Solved',
      asked: 'Reply needed',
      links: 'Links sent again',
      new_device: 'New device',
    } satisfies Record<AlertKind, string>,
    states: {
      waiting: (at: string) => `waits until ${at}`,
      held: () => 'held',
      sent: (at: string) => `sent ${at}`,
      opened: (at: string) => `sent ${at}, opened`,
      bounced: (at: string) => `came back ${at}`,
      failed: (at: string) => `failed ${at}`,
      cancelled: () => 'not sent: read first',
    } satisfies Record<AlertState, (at: string) => string>,
    tryAgain: 'Try again',
    triedAgain: 'The alerts are being tried again.',
  },
  access: {
    title: 'Access',
    muted: 'Wants no e-mails about this ticket',
    link: 'Secure link',
    linkOpened: (at: string) => `Last opened ${at}`,
    linkNotOpened: 'Not opened yet',
    voided: (n: number) => (n === 1 ? 'Earlier links voided once' : `Earlier links voided ${n} times`),
    unknownBrowser: 'Unknown browser',
    browserOn: (browser: string, system: string) => `${browser} on ${system}`,
    proven: 'Entered a code',
    notProven: 'No code entered: not confirmed',
    trusted: 'trusted for 30 days',
    seen: (opened: string, seen: string) => `Opened ${opened} · last seen ${seen}`,
    endAll: 'End all access',
    endTitle: 'End all access to this ticket?',
    endIntro:
      'The ticket closes in every browser of the requester, and the links mailed so far stop working. A new code can be asked for at once, through “I lost my link”.',
    ended: 'All access is ended.',
  },
  files: {
    title: 'Shared files',
    none: 'No files',
    inNote: 'in a note',
    older: 'Older files',
  },
};

export default en;
