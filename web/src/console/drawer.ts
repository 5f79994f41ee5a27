// Which pane slid over the others on a narrow screen, and what had the focus before.

import { type ReadonlySignal, signal } from '@preact/signals';

export type Drawer = 'none' | 'nav' | 'details';

const current = signal<Drawer>('none');
export const drawer: ReadonlySignal<Drawer> = current;
let opener: HTMLElement | null = null;

export function openDrawer(which: Exclude<Drawer, 'none'>): void {
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  current.value = which;
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`.${which} .drawer-close`)?.focus());
}

export function closeDrawer(): void {
  if (current.peek() === 'none') return;
  current.value = 'none';
  opener?.focus();
  opener = null;
}

/** One went somewhere else through it: the focus belongs to the new place. */
export function leaveDrawer(): void {
  current.value = 'none';
  opener = null;
}
