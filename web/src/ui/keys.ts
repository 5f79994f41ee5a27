// Single-key shortcuts (WCAG 2.1.4): off while a text field has focus, and off altogether when the person says so.
// With a modifier they work everywhere.
import { type ReadonlySignal, signal } from '@preact/signals';
import { recall, remember } from '../core/storage';

const on = signal(recall('keys') !== 'off');
export const keys_on: ReadonlySignal<boolean> = on;

export function setKeysOn(wanted: boolean): void {
  on.value = wanted;
  remember('keys', wanted ? null : 'off');
}

/** `j`, `?`, `shift+p`, `mod+k` (Ctrl, or ⌘ on a Mac), `mod+enter`, or two in a row: `g i`. */
export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const sequence_ms_max = 1_000;

/** Listens on the whole page until the returned function is called. */
export function bindKeys(
  bindings: Bindings,
  target: Pick<Window, 'addEventListener' | 'removeEventListener'> = window,
): () => void {
  let before = { key: '', at: 0 };
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isInDialog(event.target)) return;
    const key = nameOf(event);
    if (isSingle(key) && (!on.peek() || isTextField(event.target))) return;
    const now = event.timeStamp;
    const pair = now - before.at < sequence_ms_max ? `${before.key} ${key}` : '';
    before = { key, at: now };
    const act = bindings[pair] ?? bindings[key];
    if (!act) return;
    event.preventDefault();
    act(event);
  };
  target.addEventListener('keydown', listen as EventListener);
  return () => target.removeEventListener('keydown', listen as EventListener);
}

/** Not with Ctrl, ⌘ or Alt: it stands for a character, and can be switched off. */
export const isSingle = (key: string): boolean => !/^(?:mod|alt)\+/.test(key) && key !== 'escape';

export function nameOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string {
  const key = event.key.toLowerCase();
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  const alt = event.altKey ? 'alt+' : '';
  // Shift makes another character by itself: `?` is `?`. It is named with letters, other modifiers and long keys.
  const shift = event.shiftKey && (mod || alt || key.length > 1 || /^\p{L}$/u.test(key)) ? 'shift+' : '';
  return mod + alt + shift + key;
}

/** A modal dialog has its own keys; the page behind it hears none, Escape included. */
function isInDialog(target: EventTarget | null): boolean {
  return Boolean((target as Partial<Element> | null)?.closest?.('dialog[open]'));
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches('textarea, select, [contenteditable]:not([contenteditable=false])')) return true;
  return (
    target.matches('input') && !target.matches('[type=checkbox], [type=radio], [type=button], [type=submit]')
  );
}
