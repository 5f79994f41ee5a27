// Every file of the ticket that is loaded, newest first: what it is, who sent it, when. Older pages come on request.

import type { Agents, Feed } from '../../core/feed';
import { fileSize } from '../../core/file-name';
import { shortTime } from '../../core/time';
import { regional } from '../../i18n';
import { urlOf } from '../../ui/files/Attachments';
import { Icon } from '../../ui/Icon';
import { file as fileIcon, lock } from '../../ui/icons';
import { now } from '../../ui/now';
import { useDesk } from '../desk';
import { useOpenTicket } from '../open-ticket';
import { words } from './i18n';
import { filesIn } from './shared-files';

export function SharedFiles({ feed }: { feed: Feed<Agents> }) {
  const { live } = useDesk();
  const { id } = feed.ticket;
  const { loading_older } = useOpenTicket(id).value;
  const files = filesIn(feed.events);
  const w = words.value.files;
  return (
    <section>
      <h2>
        {w.title}
        {files.length > 0 && <span class="count">{files.length}</span>}
      </h2>
      {files.length === 0 && <p class="field-hint">{feed.has_older ? w.noneYet : w.none}</p>}
      <ul>
        {files.map(({ file, author, at, note }) => (
          <li key={file.id}>
            <a class="shared-file" href={urlOf('agent', id, file.id)} download={file.name}>
              <Icon of={note ? lock : fileIcon} />
              <span class="words">
                <bdi class="name">{file.name}</bdi>
                <span class="facts">
                  {note && <span class="sr-only">{w.inNote}, </span>}
                  {fileSize(file.bytes, regional.value)} · <bdi>{author}</bdi>
                </span>
              </span>
              <time dateTime={new Date(at).toISOString()}>{shortTime(at, now.value, regional.value)}</time>
            </a>
          </li>
        ))}
      </ul>
      {feed.has_older && (
        <button
          type="button"
          class="text-button"
          aria-disabled={loading_older}
          onClick={() => loading_older || void live.loadOlder(id)}
        >
          {w.older}
        </button>
      )}
    </section>
  );
}
