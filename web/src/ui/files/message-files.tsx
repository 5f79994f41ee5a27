// What stands below a message's bubble: the files it has, or those that it still waits for.
import type { ComponentChildren } from 'preact';
import type { Outbox } from '../../core/outbox';
import type { Uploads } from '../../core/uploads';
import { words as page_words } from '../../i18n/words';
import type { AttachmentId, TicketId } from '../../protocol';
import { FieldError } from '../FieldError';
import type { MessageItem } from '../log-items';
import { Attachments, type Audience } from './Attachments';
import { words } from './i18n';
import { SendingFiles } from './Tray';

export interface FilesOf {
  audience: Audience;
  ticket: TicketId;
  outbox: Outbox;
  uploads: Uploads | null;
  onOpen: (id: AttachmentId) => void;
}

/** Null when there are none: then nothing is drawn around them either. */
export function messageFiles(item: MessageItem, of: FilesOf): ComponentChildren {
  const { attachments, unsent } = item;
  const { audience, ticket, outbox, uploads, onOpen } = of;
  if (attachments.length > 0)
    return <Attachments files={attachments} audience={audience} ticket={ticket} onOpen={onOpen} />;
  if (!unsent || unsent.files.length === 0 || !uploads) return null;
  if (uploads.isMissing(unsent)) return <Missing onDiscard={() => void outbox.discard(unsent.client_id)} />;
  const cancel = (id: string) => {
    uploads.cancel(id);
    void outbox.withoutFile(unsent.client_id, id);
  };
  return <SendingFiles files={uploads.of(unsent)} uploads={uploads} onCancel={cancel} />;
}

/** A browser that kept the text but not the file. */
function Missing({ onDiscard }: { onDiscard: () => void }) {
  return (
    <div class="files-missing">
      <FieldError text={words.value.lost} />
      <button type="button" class="text-button" onClick={onDiscard}>
        {page_words.value.log.discard}
      </button>
    </div>
  );
}
