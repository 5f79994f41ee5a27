// A question that must be answered first: the browser's own modal dialog, so focus and Escape are its business.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** The buttons, the main one last. */
  actions?: ComponentChildren;
  class?: string;
}

export function Dialog({ title, onClose, children, actions, class: extra = '' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const left = useRef(false);
  const pressedBeside = useRef(false);
  const id = useId();
  // Before the next key is pressed: what is typed right after opening belongs to the dialog.
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      left.current = true;
      if (dialog?.open) dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // Its own end closes it too, and says so later: whatever stands there by then is another dialog.
  const onShut = () => left.current || onClose();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog is a convenience; Escape is its key.
    <dialog
      ref={ref}
      class={`dialog ${extra}`}
      aria-labelledby={id}
      onClose={onShut}
      onPointerDown={(event) => {
        pressedBeside.current = event.target === ref.current;
      }}
      onClick={(event) => {
        // Text selected from a field out to beside it ends in a click there too.
        if (pressedBeside.current && event.target === ref.current) onClose();
      }}
    >
      <div class="dialog-box">
        <h2 id={id}>{title}</h2>
        {children}
        {actions && <div class="dialog-actions">{actions}</div>}
      </div>
    </dialog>
  );
}
