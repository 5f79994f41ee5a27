// The files of a conversation, newest first; those of an erased message are gone with it. Pure.

import type { AgentEvent, Attachment } from '../../protocol';

export interface SharedFile {
  file: Attachment;
  author: string;
  at: number;
  /** Of an internal note: the requester has not got it. */
  note: boolean;
}

export function filesIn(events: readonly AgentEvent[]): SharedFile[] {
  return events
    .flatMap(({ body, author, at }): SharedFile[] => {
      if (body.kind !== 'message' && body.kind !== 'note') return [];
      if (body.redacted_at !== undefined) return [];
      const note = body.kind === 'note';
      return body.attachments.map((file) => ({ file, author: author.name, at, note }));
    })
    .reverse();
}
