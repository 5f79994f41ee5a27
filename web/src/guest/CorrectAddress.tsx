// A guest corrects an address that nobody has proven yet.
import { useRef, useState } from 'preact/hooks';
import { Field, focusFirstInvalid } from '../conversation/Field';
import type { Visit } from '../conversation/visit';
import { call } from '../core/api';
import { type Failure, failureOf } from '../core/errors';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { Dialog } from '../ui/Dialog';
import { toast } from '../ui/Toast';

export interface CorrectAddressProps {
  visit: Visit;
  ticket: TicketId;
  email: string;
  onClose: () => void;
}

export function CorrectAddress({ visit, ticket, email, onClose }: CorrectAddressProps) {
  const text = words.value.guest;
  const [value, setValue] = useState(email);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const address = value.trim();
    try {
      await call('PUT /v1/tickets/{id}/address', { path: { id: ticket }, body: { email: address } });
      visit.addressOf(ticket, address);
      toast(text.saved);
      onClose();
    } catch (error) {
      setFailure(failureOf(error, words.peek().unreachable));
      focusFirstInvalid(form.current);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={text.correct_title} onClose={onClose}>
      <p>{text.correct_lead}</p>
      <form ref={form} class="dialog-form" onSubmit={submit} noValidate>
        <Field label={words.value.sign_in.email} error={failure?.message}>
          {(attributes) => (
            <input
              {...attributes}
              class="input"
              type="email"
              autocomplete="email"
              dir="auto"
              value={value}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="dialog-actions">
          <button type="button" class="second-button" onClick={onClose}>
            {words.value.cancel}
          </button>
          <button type="submit" class="main-button" aria-busy={busy}>
            {text.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
