// Files of a new request: chosen, pasted into the form or dropped on it, kept here until there is a ticket to go to.
import { useEffect, useRef } from 'preact/hooks';
import { fileSize } from '../core/file-name';
import { type Uploads, unopened } from '../core/uploads';
import { regional } from '../i18n';
import { words as page_words } from '../i18n/words';
import type { FileLimits } from '../protocol';
import { AttachButton } from '../ui/files/AttachButton';
import { DropZone } from '../ui/files/DropZone';
import { words } from '../ui/files/i18n';
import { pastedFiles, usePicking } from '../ui/files/picking';
import { Tray } from '../ui/files/Tray';

export function RequestFiles({ uploads, limits }: { uploads: Uploads | null; limits: FileLimits }) {
  const picking = usePicking(uploads, unopened, 'reply', limits);
  const field = useRef<HTMLFieldSetElement>(null);
  const latest = useRef(picking.add);
  latest.current = picking.add;
  useEffect(() => {
    const form = field.current?.form;
    const paste = (event: ClipboardEvent) => {
      const files = pastedFiles(event);
      if (files.length === 0) return;
      event.preventDefault();
      latest.current(files);
    };
    form?.addEventListener('paste', paste);
    return () => form?.removeEventListener('paste', paste);
  }, []);
  const w = words.value;
  return (
    <fieldset ref={field} class="request-files">
      <legend class="field-label">
        {w.request_label} <span class="optional">({page_words.value.optional})</span>
      </legend>
      <p class="field-hint">
        {w.limits(limits.per_message, fileSize(limits.bytes_max, regional.value))}. {w.other_ways}
      </p>
      <Tray picking={picking} />
      <AttachButton picking={picking} named />
      <DropZone picking={picking} within=".request-form" />
    </fieldset>
  );
}
