// One's own message, corrected where it stands: Escape leaves it as it was, a refusal keeps what was typed.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { retrying } from '../core/api';
import { failureOf } from '../core/errors';
import { newId } from '../core/ids';
import { words } from '../i18n/words';
import { autosize, Counter, charsLeft, type SendBy, sends } from './Composer';
import { FieldError } from './FieldError';
import type { MessageItem } from './log-items';

/** As the hub allows; nothing is offered that would be refused. */
export const edit_ms_max = 15 * 60_000;

export const isEditable = ({ n, mine, redacted, at }: MessageItem, now: number): boolean =>
  n !== undefined && mine && !redacted && now - at < edit_ms_max;

export interface EditBoxProps {
  item: MessageItem;
  chars_max: number;
  bytes_max: number;
  sendBy?: SendBy;
  /** What the change means, under the field. */
  hint?: string;
  /** Throws what `call` throws. The key is the same for every try of one text. */
  save: (text: string, key: string) => Promise<unknown>;
  onDone: () => void;
}

export function EditBox({ item, chars_max, bytes_max, sendBy, hint, save, onDone }: EditBoxProps) {
  const [text, setText] = useState(item.text);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const key = useRef({ text: '', id: '' });
  const field = useRef<HTMLTextAreaElement>(null);
  const left = charsLeft(text, chars_max, bytes_max);
  const ready = text.trim() !== '' && left >= 0;
  const id = `edit-${item.key}`;

  useLayoutEffect(() => autosize(field.current), [text]);
  useLayoutEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
    current?.form?.scrollIntoView({ block: 'nearest' });
  }, []);

  const leave = () => {
    const place = field.current?.closest<HTMLElement>('article');
    onDone();
    // Back to where it was asked for, or to the conversation when the time for it is over.
    requestAnimationFrame(() =>
      (place?.querySelector<HTMLElement>('button') ?? place?.closest<HTMLElement>('.log'))?.focus(),
    );
  };
  const submit = async () => {
    const wanted = text.trim();
    if (!ready || busy) return;
    if (wanted === item.text) return leave();
    if (key.current.text !== wanted) key.current = { text: wanted, id: newId() };
    setBusy(true);
    setFailure('');
    try {
      await retrying(() => save(wanted, key.current.id));
      leave();
    } catch (error) {
      setFailure(failureOf(error, words.peek().unreachable).message);
      setBusy(false);
      field.current?.focus();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing) leave();
    else if (sends(event, sendBy)) void submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void submit();
  };
  const w = words.value;
  return (
    <form class={`edit-box ${item.note ? 'note' : ''}`} onSubmit={onSubmit} onKeyDown={onKeyDown}>
      <textarea
        ref={field}
        class="input"
        rows={1}
        dir="auto"
        aria-label={w.edit.label}
        aria-invalid={left < 0 || failure !== ''}
        aria-describedby={`${id}-left ${id}-error`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Counter id={`${id}-left`} left={left} max={chars_max} />
      <div id={`${id}-error`} role="alert">
        {failure && <FieldError text={failure} />}
      </div>
      <div class="edit-actions">
        {hint && <p>{hint}</p>}
        <button type="button" class="text-button" onClick={leave}>
          {w.cancel}
        </button>
        <button type="submit" class="main-button" aria-busy={busy} aria-disabled={!ready}>
          {w.save}
        </button>
      </div>
    </form>
  );
}
