// The places that links of mails lead to, as one chunk with its words: whoever comes by a link needs no conversation yet.
import { ready } from '../i18n';
import { AccessEnded, EndAccess } from './EndAccess';
import { LinkPage, NotMeDone } from './LinkPage';
import { LostLink } from './LostLink';
import { EndTrust, StopMails } from './PressLink';
import './i18n';

export async function load() {
  await ready();
  return { AccessEnded, EndAccess, EndTrust, LinkPage, LostLink, NotMeDone, StopMails };
}
