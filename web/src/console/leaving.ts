// Signing out of this browser: what it would lose, and the order in which it is done.

import type { Desk } from './desk';
import { signOut } from './session';

export type Leaving = 'here' | 'everywhere';

/** How many texts and files of this agent would be lost. */
export async function countUnsent({ outbox, uploads, drafts }: Desk): Promise<number> {
  const counts = [outbox.unsentCount(), uploads.draftCount(), drafts.count(outbox.participant)];
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The hub first: texts are deleted only when one is really signed out. */
export async function leave({ outbox, uploads, drafts, pending }: Desk, how: Leaving): Promise<void> {
  const { participant } = outbox;
  await signOut(how === 'everywhere');
  await Promise.all([uploads.clear(), outbox.clear(), drafts.forget(participant), pending.forget()]);
}
