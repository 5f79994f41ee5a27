// A form of one field: what is typed goes to the hub, a refusal stands by the field and keeps what was typed.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../core/errors';
import { words } from '../i18n/words';
import { Dialog } from '../ui/Dialog';
import { Field, focusFirstInvalid } from './Field';

export interface OneFieldProps {
  label: string;
  type?: 'text' | 'email';
  autocomplete: 'name' | 'email';
  value: string;
  /** Given what was typed, trimmed and not empty. Throws what `call` throws. */
  save: (value: string) => Promise<void>;
  class?: string;
  /** Before the field. */
  children?: ComponentChildren;
  /** The buttons; one of them submits. */
  actions: (busy: boolean) => ComponentChildren;
}

export function OneField(props: OneFieldProps) {
  const { label, type = 'text', autocomplete, save, children, actions } = props;
  const [value, setValue] = useState(props.value);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const refuse = (refused: Failure) => {
    setFailure(refused);
    focusFirstInvalid(form.current);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const typed = value.trim();
    if (!typed) return refuse({ code: 'required', message: words.peek().request.required });
    setBusy(true);
    try {
      await save(typed);
    } catch (error) {
      refuse(failureOf(error, words.peek().unreachable));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={form} class={props.class} onSubmit={submit} noValidate>
      {children}
      <Field label={label} error={failure?.message}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            type={type}
            autocomplete={autocomplete}
            dir="auto"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        )}
      </Field>
      {actions(busy)}
    </form>
  );
}

export type FieldDialogProps = Omit<OneFieldProps, 'actions' | 'children' | 'class'> & {
  title: string;
  lead: string;
  onClose: () => void;
};

/** The form in a dialog that closes once it is saved. */
export function FieldDialog({ title, lead, onClose, save, ...field }: FieldDialogProps) {
  const saveAndClose = async (value: string) => {
    await save(value);
    onClose();
  };
  const actions = (busy: boolean) => (
    <div class="dialog-actions">
      <button type="button" class="second-button" onClick={onClose}>
        {words.value.cancel}
      </button>
      <button type="submit" class="main-button" aria-busy={busy}>
        {words.value.save}
      </button>
    </div>
  );
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{lead}</p>
      <OneField {...field} class="dialog-form" save={saveAndClose} actions={actions} />
    </Dialog>
  );
}
