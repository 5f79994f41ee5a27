// The files of a message: pictures in boxes whose size is known before they are, everything else as cards to download.
import { useState } from 'preact/hooks';
import { fileKind, fileSize, isPicture } from '../../core/file-name';
import { regional } from '../../i18n';
import type { Attachment, AttachmentId, Preview, TicketId } from '../../protocol';
import { Icon } from '../Icon';
import { download, file as fileIcon, picture } from '../icons';
import { words } from './i18n';
import { faceOf } from './Tray';

export type Audience = 'requester' | 'agent';

export const urlOf = (audience: Audience, ticket: TicketId, id: AttachmentId): string =>
  `/v1/${audience === 'agent' ? 'agent/' : ''}tickets/${ticket}/attachments/${id}`;

export interface AttachmentsProps {
  files: readonly Attachment[];
  audience: Audience;
  ticket: TicketId;
  onOpen: (id: AttachmentId) => void;
}

export function Attachments({ files, audience, ticket, onOpen }: AttachmentsProps) {
  return (
    <div class="attachments">
      {files.map((file) => {
        const url = urlOf(audience, ticket, file.id);
        return file.preview ? (
          <Picture
            key={file.id}
            file={file}
            size={fitted(file.preview, files.length > 1 ? small_px : large_px)}
            url={url}
            onOpen={() => onOpen(file.id)}
          />
        ) : (
          <Card key={file.id} file={file} url={url} />
        );
      })}
    </div>
  );
}

interface PictureProps {
  file: Attachment;
  size: Preview;
  url: string;
  onOpen: () => void;
}

function Picture({ file, size, url, onOpen }: PictureProps) {
  const [lost, setLost] = useState(false);
  if (lost) return <Card file={file} url={url} note={words.value.not_shown} />;
  return (
    <button type="button" class="picture" aria-haspopup="dialog" onClick={onOpen}>
      <img
        src={`${url}/preview`}
        alt={file.name}
        {...size}
        loading="lazy"
        decoding="async"
        onError={() => setLost(true)}
      />
    </button>
  );
}

function Card({
  file: { name, bytes, media_type },
  url,
  note,
}: {
  file: Attachment;
  url: string;
  note?: string;
}) {
  const w = words.value;
  const kind = fileKind(name) || (isPicture(media_type) ? w.picture : w.file);
  return (
    <a class="file-card" href={url} download={name}>
      <span class={`file-face kind-${faceOf(name)}`}>
        <Icon of={isPicture(media_type) ? picture : fileIcon} />
      </span>
      <span class="file-words">
        <span class="file-name">
          <bdi>{name}</bdi>
        </span>
        <span class="file-facts">
          <span class="sr-only">{w.download}: </span>
          {kind} · {fileSize(bytes, regional.value)}
          {note && ` · ${note}`}
        </span>
      </span>
      <Icon of={download} class="file-get" />
    </a>
  );
}

/** A picture alone, and one of several. */
const large_px = { width: 300, height: 260 };
const small_px = { width: 148, height: 148 };
/** Anything smaller could not be pressed. */
const side_px_min = 44;

/** As large as the box allows, never larger than it is, in its own proportions. */
export function fitted({ width, height }: Preview, box: Preview): Preview {
  const scale = Math.min(1, box.width / width, box.height / height);
  return {
    width: Math.max(side_px_min, Math.round(width * scale)),
    height: Math.max(side_px_min, Math.round(height * scale)),
  };
}
