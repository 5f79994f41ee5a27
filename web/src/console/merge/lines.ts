// The lines of the log about merging and going on: who did it, and which the other ticket is.

import type { AgentBody, TicketName } from '../../protocol';
import { merge } from '../icons';
import { words } from './i18n';

export function mergeLine(
  body: Extract<AgentBody, { kind: 'merged_into' | 'merged_from' | 'continued_in' | 'continues' }>,
  who: string,
): { icon: readonly string[]; text: string; to: TicketName } {
  const w = words.value.event;
  return { icon: merge, text: w[body.kind](who), to: body };
}
