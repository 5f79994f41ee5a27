// A draft of this composer that was written on another device meanwhile. Both texts stay until its person has decided.

import '../css/drafts.css';
import type { PostKind, TicketId } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { pencil } from '../../ui/icons';
import { useDesk } from '../desk';
import { words } from './i18n';

interface OtherDraftProps {
  ticket: TicketId;
  kind: PostKind;
  text: string;
}

export function OtherDraft({ ticket, kind, text }: OtherDraftProps) {
  const { sync } = useDesk();
  const w = words.value;
  return (
    <section class="other-draft" aria-label={w.title}>
      <p class="other-draft-title" role="status">
        <Icon of={pencil} />
        {w.title}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text is scrolled by keys, too. */}
      <blockquote dir="auto" tabIndex={0}>
        {text}
      </blockquote>
      <p class="other-draft-acts">
        <button type="button" class="second-button" onClick={() => sync.takeOther(ticket, kind)}>
          {w.take}
        </button>
        <button type="button" class="quiet-button" onClick={() => sync.leaveOther(ticket, kind)}>
          {w.leave}
        </button>
      </p>
    </section>
  );
}
