// Choosing macros and doing what they say, as a chunk of its own, with its words in the page's language.

import { ready } from '../../i18n';
import type { AgentMe, AgentTicket, MacroText } from '../../protocol';
import { announceStatus } from '../../ui/Announcer';
import { carryOut, followUp } from './carry-out';
import { words } from './i18n';
import { MacroPicker } from './MacroPicker';
import { PendingActs } from './PendingActs';
import { filled, valuesFor } from './template';

export async function load() {
  await ready();
  return { MacroPicker, PendingActs, carryOut, followUp, textFor };
}

/** The macro's text for this ticket; those who cannot see it appear are told. */
function textFor(name: string, { text }: MacroText, ticket: AgentTicket, me: AgentMe): string {
  announceStatus(words.peek().inserted(name));
  return filled(text, valuesFor(ticket, me));
}
