// Files on their way up, one by one: what they are, how far they got, what can be done. In a composer, in a form,
// and under a message that waits for them.
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fileKind, fileSize, isPicture } from '../../core/file-name';
import { isWorthARetry, type Upload, type Uploads } from '../../core/uploads';
import { regional } from '../../i18n';
import { announceFailure, announceStatus } from '../Announcer';
import { FieldError } from '../FieldError';
import { Icon } from '../Icon';
import { close, file as fileIcon, picture, reload } from '../icons';
import { words } from './i18n';
import type { Picking } from './picking';
import './files.css';

/** The files of a composer or a form, with why others were not taken. */
export function Tray({ picking }: { picking: Picking }) {
  const { uploads, files, refused, dismiss } = picking;
  if (files.length === 0 && !refused) return null;
  return (
    <div class="tray">
      {refused && (
        <div class="tray-refused">
          <FieldError text={refused} />
          <button type="button" class="icon-button" aria-label={words.value.close} onClick={dismiss}>
            <Icon of={close} />
          </button>
        </div>
      )}
      {uploads && <SendingFiles files={files} uploads={uploads} onCancel={(id) => uploads.cancel(id)} />}
    </div>
  );
}

export interface SendingFilesProps {
  files: readonly Upload[];
  uploads: Uploads;
  onCancel: (id: string) => void;
}

export function SendingFiles({ files, uploads, onCancel }: SendingFilesProps) {
  const list = useRef<HTMLUListElement>(null);
  useTold(files);
  if (files.length === 0) return null;
  const cancel = (file: Upload) => {
    focusNeighbour(list, file.id);
    onCancel(file.id);
    announceStatus(words.peek().removed(file.name));
  };
  return (
    <ul ref={list} class="sending-files" aria-label={words.value.tray}>
      {files.map((file) => (
        <SendingFile
          key={file.id}
          file={file}
          onCancel={() => cancel(file)}
          onRetry={() => uploads.retry(file.id)}
        />
      ))}
    </ul>
  );
}

function SendingFile({
  file,
  onCancel,
  onRetry,
}: {
  file: Upload;
  onCancel: () => void;
  onRetry: () => void;
}) {
  const { id, name, state, bytes, sent_bytes, refusal } = file;
  const w = words.value;
  const size = fileSize(bytes.size, regional.value);
  const under_way = state === 'sending' || (state === 'waiting' && refusal !== undefined);
  const may_retry = state === 'failed' ? isWorthARetry(file) : state === 'waiting' && file.tried;
  return (
    <li class={`sending-file is-${state}`} data-file={id}>
      <Face file={file} />
      <div class="sending-words">
        <p class="file-name">
          <bdi>{name}</bdi>
        </p>
        <p class="file-facts tabular">
          {state === 'sending'
            ? w.percent(percent(sent_bytes, bytes.size), size)
            : `${size} · ${stateOf(file)}`}
        </p>
        {refusal && (state === 'failed' || under_way) && <p class="file-why">{refusal.message}</p>}
        {state === 'sending' && (
          <progress aria-label={w.progress(name)} max={Math.max(1, bytes.size)} value={sent_bytes} />
        )}
      </div>
      {may_retry && (
        <button
          type="button"
          class="icon-button"
          aria-label={w.retry(name)}
          title={w.retry_short}
          onClick={onRetry}
        >
          <Icon of={reload} />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={state === 'sending' || state === 'waiting' ? w.cancel(name) : w.remove(name)}
        onClick={onCancel}
      >
        <Icon of={close} />
      </button>
    </li>
  );
}

function stateOf({ state, tried }: Upload): string {
  const w = words.value;
  if (state === 'waiting') return tried ? w.waiting : w.queued;
  return { held: w.held, sending: '', up: w.up, failed: w.failed }[state];
}

const percent = (sent: number, all: number): string =>
  new Intl.NumberFormat(regional.value, { style: 'percent', maximumFractionDigits: 0 }).format(
    all === 0 ? 1 : Math.min(1, sent / all),
  );

/** A small picture of it from this browser's own copy. */
function Face({ file: { bytes, name } }: { file: Upload }) {
  const [url, setUrl] = useState('');
  const shown = isPicture(bytes.type);
  useEffect(() => {
    if (!shown) return;
    const made = URL.createObjectURL(bytes);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return (
    <span class={`file-face kind-${faceOf(name)}`}>
      {url ? <img src={url} alt="" onError={() => setUrl('')} /> : <Icon of={shown ? picture : fileIcon} />}
    </span>
  );
}

/** Colour by what people know apart. */
export const faceOf = (name: string): string => (fileKind(name) === 'PDF' ? 'pdf' : 'other');

/** What was cancelled is gone: its neighbour gets the focus, or where one writes. */
function focusNeighbour(list: RefObject<HTMLUListElement>, id: string): void {
  const rows = [...(list.current?.children ?? [])] as HTMLElement[];
  const at = rows.findIndex((row) => row.dataset.file === id);
  const next = rows[at + 1] ?? rows[at - 1];
  const field = list.current?.closest('form')?.querySelector<HTMLElement>('textarea');
  const target = next?.querySelector<HTMLElement>('button:last-of-type') ?? field;
  requestAnimationFrame(() => (target ?? document.querySelector<HTMLElement>('.log'))?.focus());
}

/** What came up and what failed is said; how far it got is there to be asked for. */
function useTold(files: readonly Upload[]): void {
  const known = useRef(new Map<string, Upload['state']>());
  useEffect(() => {
    const text = words.peek();
    for (const { id, name, state, refusal } of files) {
      const before = known.current.get(id);
      if (before === state) continue;
      known.current.set(id, state);
      if (state === 'up' && before !== undefined) announceStatus(text.is_up(name));
      if (state === 'failed') announceFailure(`${text.not_sent(name)} ${refusal?.message ?? ''}`);
    }
  }, [files]);
}
