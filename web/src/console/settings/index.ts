// The settings, as a chunk of their own, with their words in the page's language.
import '../css/settings.css';
import '../css/dialogs.css';
import { ready } from '../../i18n';
import { Settings } from './Settings';

export async function load(): Promise<typeof Settings> {
  await ready();
  return Settings;
}
