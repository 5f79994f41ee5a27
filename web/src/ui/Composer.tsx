// Where a message is written: grows with its text, Enter sends (on touch it breaks the line), nothing typed is lost.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { DraftKey, Drafts } from '../core/drafts';
import { words } from '../i18n/words';
import { useDraft } from './draft';
import { Icon } from './Icon';
import { arrowUp } from './icons';

/** `mod-enter`: plain Enter breaks the line, Ctrl or ⌘ with it sends. */
export type SendBy = 'enter' | 'mod-enter';

export interface ComposerProps {
  drafts: Drafts;
  draft: DraftKey;
  label?: string;
  placeholder?: string;
  /** Characters (Unicode scalar values) and bytes the hub takes. */
  chars_max: number;
  bytes_max: number;
  sendBy?: SendBy;
  tone?: 'reply' | 'note';
  autoFocus?: boolean;
  /** The text is empty when only files go. */
  onSend: (text: string) => void;
  /** Asked before: when not, the text stays where it is. */
  maySend?: () => boolean;
  /** There are files: no word is needed. */
  has_files?: boolean;
  onPaste?: (event: ClipboardEvent) => void;
  onTyping?: () => void;
  /** Called once the field shows its draft, and again when it changes. */
  onField?: ((field: HTMLTextAreaElement) => void) | undefined;
  /** Above and below the field, such as tabs, a hint, a toolbar. */
  above?: ComponentChildren;
  /** In the field's frame, before it. */
  before?: ComponentChildren;
  below?: ComponentChildren;
  sendButton?: (send: () => void, ready: boolean) => ComponentChildren;
}

/** The counter is of no interest before this. */
const counter_from = 0.9;

export function Composer(props: ComposerProps) {
  const {
    label = words.value.composer.label,
    placeholder = words.value.composer.placeholder,
    tone = 'reply',
  } = props;
  const draft = useDraft(props.drafts, props.draft, '');
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const left = charsLeft(draft.value, props.chars_max, props.bytes_max);
  const ready = (draft.value.trim() !== '' || props.has_files === true) && left >= 0;

  useLayoutEffect(() => autosize(field.current), [draft.value]);
  useLayoutEffect(() => {
    if (draft.restored && field.current) props.onField?.(field.current);
  }, [draft.restored, props.onField !== undefined]);
  useEffect(() => {
    if (props.autoFocus) field.current?.focus({ preventScroll: true });
  }, [props.draft.place, props.draft.kind]);

  const send = () => {
    if (!ready || props.maySend?.() === false) return;
    props.onSend(draft.value.trim());
    draft.set('');
    field.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!sends(event, props.sendBy)) return;
    event.preventDefault();
    send();
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    send();
  };
  const onInput = (event: { currentTarget: HTMLTextAreaElement }) => {
    draft.set(event.currentTarget.value);
    if (event.currentTarget.value.trim() !== '') props.onTyping?.();
  };

  return (
    <form class={`composer ${tone}`} onSubmit={onSubmit} onPaste={props.onPaste}>
      {props.above}
      <div class="composer-box">
        {props.before}
        <textarea
          ref={field}
          id={id}
          rows={1}
          dir="auto"
          aria-label={label}
          aria-invalid={left < 0}
          aria-describedby={`${id}-left`}
          placeholder={placeholder}
          value={draft.value}
          onInput={onInput}
          onKeyDown={onKeyDown}
          enterkeyhint={props.sendBy === 'mod-enter' ? 'enter' : 'send'}
        />
        {props.sendButton ? (
          props.sendButton(send, ready)
        ) : (
          <button
            type="submit"
            class="send-button"
            aria-label={words.value.composer.send}
            aria-disabled={!ready}
          >
            <Icon of={arrowUp} />
          </button>
        )}
      </div>
      <Counter id={`${id}-left`} left={left} max={props.chars_max} />
      {props.below}
    </form>
  );
}

/** Is this key the one that sends? */
export function sends(event: KeyboardEvent, by: SendBy = 'enter'): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.shiftKey || event.altKey) return false;
  return event.ctrlKey || event.metaKey || (by === 'enter' && !hasTouchKeyboard());
}

/** Says how much room is left once that matters. */
export function Counter({ id, left, max }: { id: string; left: number; max: number }) {
  const matters = left < max * (1 - counter_from);
  const { left: room, over } = words.value.composer;
  return (
    <p id={id} class={`counter ${left < 0 ? 'over' : ''}`} hidden={!matters}>
      {matters && (left < 0 ? over(-left) : room(left))}
    </p>
  );
}

/** Whichever limit is nearer, in characters; the hub counts Unicode scalar values and bytes of UTF-8. */
export function charsLeft(text: string, chars_max: number, bytes_max: number): number {
  // A cheap lower bound first: most texts are nowhere near a limit.
  if (text.length * 3 <= bytes_max && text.length <= chars_max / 2) return chars_max - text.length;
  const chars = [...text].length;
  const bytes = new TextEncoder().encode(text).length;
  return bytes > bytes_max
    ? Math.min(chars_max - chars, -Math.ceil((bytes - bytes_max) / 4))
    : chars_max - chars;
}

export function autosize(field: HTMLTextAreaElement | null): void {
  // Where the browser can, CSS does it: `field-sizing: content`.
  if (!field || CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

/** No hover and a coarse pointer: a keyboard on the screen, where Enter is the only way to break a line. */
export const hasTouchKeyboard = (): boolean => matchMedia('(hover: none) and (pointer: coarse)').matches;
