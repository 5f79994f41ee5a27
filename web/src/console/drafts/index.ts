// What was written elsewhere, offered in the composer: a chunk of its own, with its words in the page's language.

import { ready } from '../../i18n';
import { OtherDraft } from './OtherDraft';

export async function load(): Promise<typeof OtherDraft> {
  await ready();
  return OtherDraft;
}
