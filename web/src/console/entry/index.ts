// The pages before the console: a chunk of their own, for most visits need none of them.
import '../css/entry.css';
import '../css/settings.css';

import { ready } from '../../i18n';
import { LinkPage } from './LinkPage';
import { SignIn } from './SignIn';
import { Unreachable } from './Unreachable';

/** With their words in the page's language. */
export async function load() {
  await ready();
  return { LinkPage, SignIn, Unreachable };
}
