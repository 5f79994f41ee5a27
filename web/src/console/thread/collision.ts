// Two who answer at the same time: who else writes to the requester now, and what came since one began. Pure.

import type { Agents, Feed, Typing } from '../../core/feed';
import type { AgentEvent } from '../../protocol';

/** Colleagues who write something that the requester will read. */
export const alsoReplying = (typing: readonly Typing[]): Typing[] =>
  typing.filter(({ side, kind }) => side === 'agent' && kind !== 'note');

/** The newest reply of a colleague after this number, if there is one. */
export function replySince(
  { events, me }: Pick<Feed<Agents>, 'events' | 'me'>,
  n: number,
): AgentEvent | undefined {
  return events.findLast(
    ({ n: each, author, body }) =>
      each > n && author.side === 'agent' && author.id !== me && body.kind === 'message',
  );
}
