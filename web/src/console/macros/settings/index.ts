// Writing and changing macros, as a chunk of its own, with its words in the page's language.
import '../../css/settings.css';
import '../../css/dialogs.css';
import '../../css/macros.css';
import { ready } from '../../../i18n';
import { MacroSettings } from './MacroSettings';

export async function load(): Promise<typeof MacroSettings> {
  await ready();
  return MacroSettings;
}
