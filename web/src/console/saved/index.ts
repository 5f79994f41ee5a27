// Making and changing saved views, as a chunk of its own, with its words in the page's language.
import '../css/settings.css';
import '../css/dialogs.css';
import { ready } from '../../i18n';
import { ViewDialog } from './ViewDialog';

export async function load(): Promise<typeof ViewDialog> {
  await ready();
  return ViewDialog;
}
