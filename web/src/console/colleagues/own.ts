// One's own availability: as the hub told it last, in this page or another.

import { announceStatus } from '../../ui/Announcer';
import { toast } from '../../ui/Toast';
import type { Desk } from '../desk';
import { words as console_words } from '../i18n';
import { ask } from '../session';
import { words } from './i18n';

export function isAway({ counts, me }: Desk): boolean {
  const own = counts.colleagues.value?.agents.find(({ id }) => id === me.id) ?? me;
  return own.availability === 'away';
}

/** Away or back, for all colleagues at once. */
export async function setAway(desk: Desk, away: boolean): Promise<void> {
  const availability = away ? 'away' : 'available';
  try {
    await ask('PATCH /v1/agent/me', { body: { availability } });
  } catch {
    return toast(console_words.peek().unreachable);
  }
  announceStatus(words.peek().told[availability]);
  // The frame says so too, where there is a socket.
  await desk.counts.readColleagues();
}
