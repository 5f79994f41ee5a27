// Which image of a conversation is looked at. The viewer's code comes when one is.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isPicture } from '../../core/file-name';
import type { AgentEvent, Attachment, AttachmentId, TicketId } from '../../protocol';
import { lazy } from '../lazy';
import type { Audience } from './Attachments';

const Viewer = lazy(async () => (await import('./Viewer')).Viewer);

export interface Viewing {
  open: (id: AttachmentId) => void;
  viewer: ComponentChildren;
}

export function useViewer(events: readonly AgentEvent[], audience: Audience, ticket: TicketId): Viewing {
  const [shown, setShown] = useState<AttachmentId | null>(null);
  const viewer = shown !== null && (
    <Viewer
      images={imagesOf(events)}
      open={shown}
      audience={audience}
      ticket={ticket}
      onClose={() => setShown(null)}
    />
  );
  return { open: setShown, viewer };
}

const imagesOf = (events: readonly AgentEvent[]): Attachment[] =>
  events.flatMap(({ body }) =>
    body.kind === 'message' || body.kind === 'note'
      ? body.attachments.filter(({ media_type }) => isPicture(media_type))
      : [],
  );
