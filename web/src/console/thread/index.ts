// The open ticket with all that belongs to it, as one chunk: the list is on the screen before it.
import '../../ui/conversation.css';
import '../css/thread.css';
import '../css/mentions.css';
import '../css/composer.css';
import '../css/details.css';
import '../css/dialogs.css';

import { ready } from '../../i18n';
import { Details } from '../details/Details';
import { Thread } from './Thread';

/** Files have words of their own. */
export async function loadThread(): Promise<typeof Thread> {
  await ready();
  return Thread;
}

/** The details have words of their own. */
export async function loadDetails(): Promise<typeof Details> {
  await ready();
  return Details;
}

export { AssignDialog } from '../assign/AssignDialog';
export { MergeDialog } from '../merge/MergeDialog';
export { ManyTriage } from '../triage/ManyTriage';
export { TicketTriage } from '../triage/TicketTriage';
