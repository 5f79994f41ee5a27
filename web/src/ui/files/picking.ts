// What becomes of files that somebody chose, pasted or dropped: taken as far as the limits allow, the rest is told.
import { useEffect, useState } from 'preact/hooks';
import { fileName, fileSize } from '../../core/file-name';
import type { Upload, Uploads, unopened } from '../../core/uploads';
import { regional } from '../../i18n';
import { words as page_words } from '../../i18n/words';
import type { FileLimits, PostKind, TicketId } from '../../protocol';
import { announceFailure } from '../Announcer';
import { words } from './i18n';

export interface Picking {
  limits: FileLimits;
  /** Null until files can be taken. */
  uploads: Uploads | null;
  /** The files of this composer. */
  files: readonly Upload[];
  /** Why something was not taken; empty when all was. */
  refused: string;
  add: (files: readonly File[]) => void;
  refuse: (why: string) => void;
  /** The person has seen why. */
  dismiss: () => void;
}

export function usePicking(
  uploads: Uploads | null,
  ticket: TicketId | typeof unopened,
  kind: PostKind,
  limits: FileLimits,
): Picking {
  const [refused, setRefused] = useState('');
  // Another composer stands here now.
  useEffect(() => setRefused(''), [ticket, kind]);
  const files = uploads?.drafts(ticket, kind) ?? [];
  const add = (chosen: readonly File[]) => {
    if (chosen.length === 0) return;
    refuse(uploads ? take(uploads, chosen) : page_words.peek().unreachable);
  };
  const refuse = (why: string) => {
    setRefused(why);
    if (why) announceFailure(why);
  };
  const take = (into: Uploads, chosen: readonly File[]) => {
    const { taken, why } = sorted(chosen, limits, limits.per_message - into.drafts(ticket, kind).length);
    into.add(ticket, kind, taken);
    return why;
  };
  return { limits, uploads, files, refused, add, refuse, dismiss: () => setRefused('') };
}

function sorted(
  chosen: readonly File[],
  { bytes_max, per_message }: FileLimits,
  room: number,
): { taken: File[]; why: string } {
  const text = words.peek();
  const size = fileSize(bytes_max, regional.peek());
  const why = chosen
    .filter((file) => file.size > bytes_max)
    .map((file) => text.too_large(fileName(file.name), size));
  const fit = chosen.filter((file) => file.size <= bytes_max);
  if (fit.length > room) why.push(text.too_many(per_message));
  return { taken: fit.slice(0, Math.max(0, room)), why: why.join(' ') };
}

/** Files on the clipboard, unless they are only the picture of a text that stands there too. */
export function pastedFiles({ clipboardData }: ClipboardEvent): File[] {
  if (!clipboardData || clipboardData.types.includes('text/html')) {
    // A copied image comes with the HTML that names it: then there is nothing to read in it.
    const html = clipboardData?.getData('text/html') ?? '';
    if (html.replace(/<[^>]*>/g, '').trim() !== '') return [];
  }
  return [...(clipboardData?.files ?? [])];
}

/** A folder has neither bytes nor an end. */
export function droppedFiles({ dataTransfer }: DragEvent): { files: File[]; folders: boolean } {
  const items = [...(dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
  const files = items.filter((item) => !folders.includes(item)).flatMap((item) => item.getAsFile() ?? []);
  return { files, folders: folders.length > 0 };
}
