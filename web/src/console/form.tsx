// Parts of the console's forms: a labelled input with its hint and its error, and one try at a time.

import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf, isAbout } from '../core/errors';
import { words } from './i18n';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'label' | 'onInput'> {
  label: string;
  /** The request's name for it: a refusal of this field is told here. */
  name: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  failure?: Failure | null;
}

export function Field({ label, name, value, onValue, hint, failure, ...input }: FieldProps) {
  const id = useId();
  const wrong = isAbout(failure, name);
  const described = [hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        class="input"
        name={name}
        value={value}
        dir="auto"
        aria-invalid={wrong}
        {...(described && { 'aria-describedby': described })}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="field-error" id={`${id}-error`}>
          {failure?.message}
        </p>
      )}
    </div>
  );
}

/** What was refused and belongs to none of the fields on the screen. */
export function FormFailure({ failure, fields }: { failure: Failure | null; fields: readonly string[] }) {
  const told = failure && !fields.some((field) => isAbout(failure, field));
  return (
    <div role="alert" class={told ? 'form-error' : ''}>
      {told && failure.message}
    </div>
  );
}

export interface Submitting {
  busy: boolean;
  failure: Failure | null;
  onSubmit: (event: Event) => void;
}

/** One try at a time; a failed one leaves everything typed and puts the focus on the field at fault. */
export function useSubmit(act: () => Promise<void>): Submitting {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const trying = useRef(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (trying.current) return;
    const form = event.currentTarget as HTMLFormElement;
    trying.current = true;
    setBusy(true);
    setFailure(null);
    try {
      await act();
    } catch (error) {
      const told = failureOf(error, words.peek().unreachable);
      setFailure(told);
      if (told.field) form.querySelector<HTMLElement>(`[name="${CSS.escape(told.field)}"]`)?.focus();
    } finally {
      trying.current = false;
      setBusy(false);
    }
  };
  return { busy, failure, onSubmit: (event) => void onSubmit(event) };
}

export function SubmitButton({ busy, children }: { busy: boolean; children: ComponentChildren }) {
  return (
    <button type="submit" class="main-button" aria-busy={busy}>
      {children}
    </button>
  );
}
