// The local mailbox's mails: asked for every two seconds, each kept once, newest first.
import { signal } from '@preact/signals';
import { call } from '../core/api';
import type { LocalMail } from '../protocol';

export const poll_ms = 2_000;

export const mails = signal<readonly LocalMail[]>([]);
export const reached = signal(true);
/** Told apart from an empty mailbox: nothing is said before the first answer. */
export const asked = signal(false);

/** Newest first; the hub gives the newest last. A mail that is known stays where it is. */
export function withNew(known: readonly LocalMail[], answer: readonly LocalMail[]): readonly LocalMail[] {
  const ids = new Set(known.map(({ id }) => id));
  const fresh = answer.filter(({ id }) => !ids.has(id));
  return fresh.length === 0 ? known : [...fresh.toReversed(), ...known];
}

export async function poll(): Promise<void> {
  const newest = mails.peek()[0]?.id;
  try {
    const answer = await call('GET /dev/mailbox/messages', {
      query: newest ? { after: newest } : {},
      timeout_ms: 8_000,
    });
    mails.value = withNew(mails.peek(), answer);
    reached.value = true;
    asked.value = true;
  } catch {
    reached.value = false;
  }
}

/** Goes on until the page is left; a slow answer delays the next question. */
export async function pollForEver(): Promise<never> {
  for (;;) {
    await poll();
    await new Promise((done) => setTimeout(done, poll_ms));
  }
}
