// A guest leaves: in this browser, or in every one. Says what that does, and what would be lost with it.
import { useEffect, useState } from 'preact/hooks';
import { Panel } from '../conversation/Panel';
import type { Visit } from '../conversation/visit';
import { customerPage, go, href } from '../core/route';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Confirm } from '../ui/Confirm';
import { lock } from '../ui/icons';
import type { Scope } from './ending';
import { holdLink, holdsLinkOf } from './held-link';
import { words as own_words } from './i18n';

export interface EndAccessProps {
  visit: Visit;
  ticket: TicketId;
  scope: Scope;
  onClose: () => void;
}

export function EndAccess({ visit, ticket, scope, onClose }: EndAccessProps) {
  const text = own_words.value.end_access;
  const [unsent, setUnsent] = useState(0);
  useEffect(() => {
    visit.unsentIn(ticket).then(setUnsent, () => {});
  }, [ticket]);
  const end = async () => {
    await visit.endAccess(ticket, scope === 'everywhere');
    if (holdsLinkOf(ticket)) holdLink('link', null);
    go(['ended', scope], 'replace');
  };
  const is_here = scope === 'here';
  return (
    <Confirm
      title={is_here ? text.here_title : text.everywhere_title}
      confirm={is_here ? words.value.guest.end_here : words.value.guest.end_everywhere}
      act={end}
      onClose={onClose}
    >
      {is_here ? text.here_lead : text.everywhere_lead}
      {unsent > 0 && ` ${words.value.sign_out.unsent(unsent)}`}
    </Confirm>
  );
}

/** What is left when it is done: the ways back. */
export function AccessEnded() {
  const text = own_words.value.end_access;
  return (
    <Panel icon={lock} title={text.done_title}>
      <p class="panel-lead">{text.done}</p>
      <a class="main-button wide" href={href('lost')}>
        {words.value.help.lost_link}
      </a>
      <div class="panel-links">
        <a class="text-button" href={customerPage('new')}>
          {words.value.help.new_request}
        </a>
      </div>
    </Panel>
  );
}
