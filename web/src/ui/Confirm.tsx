// A question before something that cannot be taken back. It stays until that is done, and says why when it is not.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { failureOf } from '../core/errors';
import { words } from '../i18n/words';
import { announceFailure } from './Announcer';
import { Dialog } from './Dialog';
import { FieldError } from './FieldError';

export interface ConfirmProps {
  title: string;
  /** What will happen. */
  children: ComponentChildren;
  confirm: string;
  /** Throws what `call` throws. */
  act: () => Promise<unknown>;
  /** Asked no more: it was done, or it was thought better of. */
  onClose: () => void;
}

export function Confirm({ title, children, confirm, act, onClose }: ConfirmProps) {
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const go = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await act();
      onClose();
    } catch (error) {
      const { message } = failureOf(error, words.peek().unreachable);
      setFailure(message);
      announceFailure(message);
      setBusy(false);
    }
  };
  const actions = (
    <>
      <button type="button" class="second-button" onClick={onClose}>
        {words.value.cancel}
      </button>
      <button type="button" class="main-button danger" aria-busy={busy} onClick={() => void go()}>
        {confirm}
      </button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <p>{children}</p>
      {failure && <FieldError text={failure} />}
    </Dialog>
  );
}
