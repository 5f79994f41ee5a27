// Every file of the ticket, newest first: what it is, who sent it, when.

import { fileSize } from '../../core/file-name';
import { shortTime } from '../../core/time';
import { regional } from '../../i18n';
import type { TicketId } from '../../protocol';
import { urlOf } from '../../ui/files/Attachments';
import { Icon } from '../../ui/Icon';
import { file as fileIcon, lock } from '../../ui/icons';
import { now } from '../../ui/now';
import { words } from './i18n';
import { useSharedFiles } from './shared-files';

export function SharedFiles({ ticket }: { ticket: TicketId }) {
  const { told, older } = useSharedFiles(ticket);
  if (!told) return null;
  const { files, more } = told;
  const w = words.value.files;
  return (
    <section>
      <h2>
        {w.title}
        {files.length > 0 && <span class="count">{more ? `${files.length}+` : files.length}</span>}
      </h2>
      {files.length === 0 && <p class="field-hint">{w.none}</p>}
      <ul>
        {files.map(({ file, author, at, note }) => (
          <li key={file.id}>
            <a class="shared-file" href={urlOf('agent', ticket, file.id)} download={file.name}>
              <Icon of={note ? lock : fileIcon} />
              <span class="words">
                <bdi class="name">{file.name}</bdi>
                <span class="facts">
                  {note && <span class="sr-only">{w.inNote}, </span>}
                  {fileSize(file.bytes, regional.value)} · <bdi>{author.name}</bdi>
                </span>
              </span>
              <time dateTime={new Date(at).toISOString()}>{shortTime(at, now.value, regional.value)}</time>
            </a>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="text-button" onClick={older}>
          {w.older}
        </button>
      )}
    </section>
  );
}
