// Signing out of this browser: what it would lose, and the order in which it is done.

import type { Desk } from './desk';
import { signOut } from './session';

export type Leaving = 'here' | 'everywhere';

/** How many texts and files of this agent would be lost. A draft that the hub has is there at the next sign-in. */
export async function countUnsent({ outbox, uploads, sync }: Desk): Promise<number> {
  await sync.flushed();
  const counts = [outbox.unsentCount(), uploads.draftCount(), sync.countUnkept()];
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The hub first: texts are deleted only when one is really signed out. */
export async function leave({ outbox, uploads, drafts, pending, sync }: Desk, how: Leaving): Promise<void> {
  const { participant } = outbox;
  await signOut(how === 'everywhere');
  // Before the browser's copies go: what is deleted here is not emptied there.
  await sync.forget();
  await Promise.all([uploads.clear(), outbox.clear(), drafts.forget(participant), pending.forget()]);
}
