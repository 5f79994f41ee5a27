// Signing out from anywhere: at once when nothing would be lost, else where the settings ask.

import { failureOf } from '../../core/errors';
import { go } from '../../core/route';
import { toast } from '../../ui/Toast';
import type { Desk } from '../desk';
import { words } from '../i18n';
import { countUnsent, leave } from '../leaving';
import { partsOf } from '../place';

export async function signOutOrAsk(desk: Desk): Promise<void> {
  try {
    if ((await countUnsent(desk)) > 0) go(partsOf({ at: 'settings', page: 'me' }));
    else await leave(desk, 'here');
  } catch (error) {
    toast(failureOf(error, words.peek().unreachable).message);
  }
}
