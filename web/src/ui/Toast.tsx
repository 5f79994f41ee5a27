// A short word about something that has happened. Said to screen readers too; goes by itself, and by its button.
import { signal } from '@preact/signals';
import { words } from '../i18n/words';
import { announceStatus } from './Announcer';
import { Icon } from './Icon';
import { close } from './icons';

const shown_ms = 6_000;

/** Something that can be done about it while it stands. */
export interface ToastAct {
  label: string;
  shown_ms: number;
  act: () => void;
}

const current = signal<{ id: number; text: string; offer: ToastAct | undefined } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let counter = 0;

export function toast(text: string, offer?: ToastAct): void {
  current.value = { id: ++counter, text, offer };
  announceStatus(offer ? `${text} ${offer.label}` : text);
  clearTimeout(timer);
  timer = setTimeout(hide, offer?.shown_ms ?? shown_ms);
}

const hide = () => {
  current.value = null;
};

export function Toasts() {
  const toast = current.value;
  if (!toast) return null;
  return (
    <div class="toast" key={toast.id}>
      <span>{toast.text}</span>
      {toast.offer && (
        <button
          type="button"
          class="toast-act"
          onClick={() => {
            hide();
            toast.offer?.act();
          }}
        >
          {toast.offer.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label={words.value.dismiss} onClick={hide}>
        <Icon of={close} />
      </button>
    </div>
  );
}
