// One image at a time, as large as the screen: arrows go through the conversation's images, Escape closes.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fileSize } from '../../core/file-name';
import { regional } from '../../i18n';
import type { Attachment, AttachmentId, TicketId } from '../../protocol';
import { Icon } from '../Icon';
import { chevronLeft, chevronRight, close, download } from '../icons';
import { type Audience, urlOf } from './Attachments';
import { words } from './i18n';

export interface ViewerProps {
  images: readonly Attachment[];
  open: AttachmentId;
  audience: Audience;
  ticket: TicketId;
  onClose: () => void;
}

export function Viewer({ images, open, audience, ticket, onClose }: ViewerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState(open);
  // An image that is erased while one looks at it leaves its place to its neighbour.
  const found = images.findIndex(({ id }) => id === shown);
  const at = found < 0 ? Math.min(images.length - 1, 0) : found;
  const image = images[at];
  const w = words.value;
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    element?.querySelector<HTMLElement>('.viewer-close')?.focus();
    return () => {
      if (element?.open) element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    if (!image) onClose();
  }, [image]);
  if (!image) return null;
  const go = (step: number) => {
    const next = images[at + step];
    if (next) setShown(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const way = document.documentElement.dir === 'rtl' ? -1 : 1;
    if (event.key === 'ArrowRight') go(way);
    else if (event.key === 'ArrowLeft') go(-way);
    else return;
    event.preventDefault();
  };
  const url = urlOf(audience, ticket, image.id);
  return (
    <dialog ref={dialog} class="viewer" aria-label={w.viewer} onClose={onClose} onKeyDown={onKeyDown}>
      <header class="viewer-head">
        <p aria-live="polite">
          <bdi class="file-name">{image.name}</bdi>
          <span class="tabular">
            {fileSize(image.bytes, regional.value)}
            {images.length > 1 && ` · ${w.of(at + 1, images.length)}`}
          </span>
        </p>
        <a class="icon-button" href={url} download={image.name} aria-label={`${w.download}: ${image.name}`}>
          <Icon of={download} />
        </a>
        <button type="button" class="icon-button viewer-close" aria-label={w.close} onClick={onClose}>
          <Icon of={close} />
        </button>
      </header>
      <Shown key={image.id} image={image} url={url} onBeside={onClose} />
      {images.length > 1 && (
        <>
          <Step of="previous" disabled={at === 0} onStep={() => go(-1)} />
          <Step of="next" disabled={at === images.length - 1} onStep={() => go(1)} />
        </>
      )}
    </dialog>
  );
}

function Shown({ image, url, onBeside }: { image: Attachment; url: string; onBeside: () => void }) {
  const [lost, setLost] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a press beside the image is a convenience; Escape is its key.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
    <div class="viewer-place" onClick={(event) => event.target === event.currentTarget && onBeside()}>
      {lost ? (
        <p role="status">{words.value.not_shown}</p>
      ) : (
        <img src={url} alt={image.name} {...image.preview} onError={() => setLost(true)} />
      )}
    </div>
  );
}

/** Stays when there is nowhere to go, so that the focus does too. */
function Step({ of, disabled, onStep }: { of: 'previous' | 'next'; disabled: boolean; onStep: () => void }) {
  return (
    <button
      type="button"
      class={`icon-button viewer-step ${of}`}
      aria-label={words.value[of]}
      aria-disabled={disabled}
      onClick={onStep}
    >
      <Icon of={of === 'previous' ? chevronLeft : chevronRight} class="flip" />
    </button>
  );
}
