// The files of a ticket, as the hub told them last: a page at a time, and anew after whatever may have changed them.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { LineFrame } from '../../core/line';
import type { SharedFile, SharedFiles, TicketId } from '../../protocol';
import { useDesk } from '../desk';
import { ask } from '../session';
import { Rereading } from './rereading';

export interface FilesTold {
  files: readonly SharedFile[];
  /** There are older ones. */
  more: boolean;
}

/** Null until they were read for the first time. */
export function useSharedFiles(ticket: TicketId): { told: FilesTold | null; older: () => void } {
  const { live } = useDesk();
  const [pages, setPages] = useState<readonly SharedFiles[]>([]);
  const wanted = useRef(1);
  const reading = useRef<Rereading | null>(null);
  useEffect(() => {
    let left = false;
    const read = async () => {
      const found = await readPages(ticket, wanted.current).catch(() => null);
      if (found && !left) setPages(found);
    };
    wanted.current = 1;
    const rereading = new Rereading(read);
    reading.current = rereading;
    const silence = live.listen((frame) => {
      if (concernsFiles(frame, ticket)) rereading.soon();
    });
    void rereading.now();
    return () => {
      left = true;
      silence();
      rereading.stop();
    };
  }, [live, ticket]);
  const older = () => {
    wanted.current = pages.length + 1;
    reading.current?.soon();
  };
  return { told: pages.length === 0 ? null : joined(pages), older };
}

/** As many pages as one has asked for, as far as there are so many. */
async function readPages(id: TicketId, wanted: number): Promise<SharedFiles[]> {
  const pages: SharedFiles[] = [];
  let before: number | undefined;
  do {
    const page = await ask('GET /v1/agent/tickets/{id}/files', {
      path: { id },
      query: before === undefined ? {} : { before },
    });
    pages.push(page);
    before = page.before;
  } while (before !== undefined && pages.length < wanted);
  return pages;
}

export function joined(pages: readonly SharedFiles[]): FilesTold {
  return { files: pages.flatMap(({ files }) => files), more: pages.at(-1)?.before !== undefined };
}

/** May this frame mean that a file came or went? After a gap anything may have. */
export function concernsFiles(frame: LineFrame, ticket: TicketId): boolean {
  if (frame.type === 'welcome' || frame.type === 'stale') return true;
  if (frame.type !== 'event' || frame.ticket !== ticket) return false;
  const { body } = frame.event;
  if (body.kind === 'message' || body.kind === 'note') return body.attachments.length > 0;
  return body.kind === 'redacted';
}
