// While files are dragged over a whole conversation it says that they may be dropped there, and what becomes of them.
// What is dropped beside it opens nothing: a page that is left would take a half-written text with it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../Icon';
import { paperclip } from '../icons';
import { words } from './i18n';
import { droppedFiles, type Picking } from './picking';

export interface DropZoneProps {
  picking: Picking;
  /** Selects the place around it that takes the files. */
  within: string;
  tone?: 'reply' | 'note';
  hint?: string;
}

export function DropZone({ picking, within, tone = 'reply', hint = words.value.drop_reply }: DropZoneProps) {
  const veil = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  const latest = useRef(picking);
  latest.current = picking;
  useEffect(() => {
    const place = veil.current?.closest<HTMLElement>(within);
    if (!place) return;
    return listen(place, setOver, (event) => {
      const { files, folders } = droppedFiles(event);
      latest.current.add(files);
      if (folders) latest.current.refuse(words.peek().folder);
    });
  }, [within]);
  return (
    <div ref={veil} class={`drop-veil ${tone}`} hidden={!over} aria-hidden="true">
      <p>
        <Icon of={paperclip} />
        <strong>{words.value.drop}</strong>
        <span>{hint}</span>
      </p>
    </div>
  );
}

function listen(
  place: HTMLElement,
  setOver: (over: boolean) => void,
  onDrop: (event: DragEvent) => void,
): () => void {
  const is_here = (event: DragEvent) => place.contains(event.target as Node);
  const withFiles = (act: (event: DragEvent) => void) => (event: DragEvent) => {
    // A modal dialog stands before everything.
    if (!event.dataTransfer?.types.includes('Files') || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    act(event);
  };
  const move = withFiles((event) => {
    if (event.dataTransfer) event.dataTransfer.dropEffect = is_here(event) ? 'copy' : 'none';
    setOver(is_here(event));
  });
  const leave = withFiles(({ relatedTarget }) => {
    if (!place.contains(relatedTarget as Node | null)) setOver(false);
  });
  const drop = withFiles((event) => {
    setOver(false);
    if (is_here(event)) onDrop(event);
  });
  const listeners = { dragenter: move, dragover: move, dragleave: leave, drop };
  for (const [kind, act] of Object.entries(listeners)) window.addEventListener(kind, act as EventListener);
  return () => {
    for (const [kind, act] of Object.entries(listeners))
      window.removeEventListener(kind, act as EventListener);
  };
}
