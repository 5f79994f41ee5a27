// The lines of the log about merging: who did it, and which the other ticket is.

import type { AgentBody, TicketName } from '../../protocol';
import { merge } from '../icons';
import { words } from './i18n';

export function mergeLine(
  body: Extract<AgentBody, { kind: 'merged_into' | 'merged_from' }>,
  who: string,
): { icon: readonly string[]; text: string; to: TicketName } {
  const w = words.value.event;
  return { icon: merge, text: body.kind === 'merged_into' ? w.into(who) : w.from(who), to: body };
}
