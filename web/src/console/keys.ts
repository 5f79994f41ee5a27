// The keys as this browser has them: the defaults, and what the person changed. Whatever names a key reads it here.

import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { recall, remember } from '../core/storage';
import { isSingle, keys_on } from '../ui/keys';
import {
  COMMANDS,
  type Command,
  DEFAULTS,
  type Keymap,
  keyText,
  parseKeymap,
  shortcutOf,
  withKey,
  written,
} from './keymap';

const current = signal<Keymap>(parseKeymap(recall('keymap')));
export const keymap: ReadonlySignal<Keymap> = current;

/** Key → command. */
export const bindings: ReadonlySignal<ReadonlyMap<string, Command>> = computed(
  () =>
    new Map(
      COMMANDS.flatMap((command) => {
        const key = current.value[command];
        return key === null ? [] : [[key, command] as const];
      }),
    ),
);

export function setKey(command: Command, key: string | null): void {
  keep(withKey(current.peek(), command, key));
}

export function resetKeys(): void {
  keep(DEFAULTS);
}

function keep(map: Keymap): void {
  current.value = map;
  remember('keymap', written(map));
}

/** The key of a command as a person reads it; empty when it has none, or none that works now. */
export function keyHint(command: Command): string {
  const key = current.value[command];
  return key === null || (isSingle(key) && !keys_on.value) ? '' : keyText(key);
}

/** For `aria-keyshortcuts`. */
export const shortcut = (command: Command): string | undefined =>
  shortcutOf(current.value[command], keys_on.value);
