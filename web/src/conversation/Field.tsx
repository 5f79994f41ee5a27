// A labelled input with its hint and, when the hub or the page refused it, the sentence why.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { words } from '../i18n/words';
import { FieldError } from '../ui/FieldError';

export interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  optional?: boolean;
  /** After the input, such as a counter. */
  after?: ComponentChildren;
  children: (attributes: FieldAttributes) => ComponentChildren;
}

export interface FieldAttributes {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

export function Field({ label, hint, error, optional = false, after, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="optional">({words.value.optional})</span>}
      </label>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({ id, 'aria-invalid': Boolean(error), 'aria-describedby': described || undefined })}
      {after}
      {error && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}

/** The first refused field gets the focus, so that the sentence is read where it matters. */
export function focusFirstInvalid(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
