// Light, dark, or as the system says: one attribute on the root, remembered in this browser.
import { type ReadonlySignal, signal } from '@preact/signals';
import { recall, remember } from '../core/storage';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const kept = recall('theme');
const chosen = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');
export const theme: ReadonlySignal<Theme> = chosen;

export function setTheme(to: Theme): void {
  chosen.value = to;
  remember('theme', to === 'system' ? null : to);
  show();
}

function show(): void {
  if (chosen.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen.value;
}
if (typeof document !== 'undefined') show();
