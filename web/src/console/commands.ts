// Which part of the console does what a key asks for: parts register while they stand,
// the one listener of the shell asks the newest.

import { useEffect, useRef } from 'preact/hooks';
import type { Command } from './keymap';

type Doer = (() => void) & { first: boolean };
const doers = new Map<Command, Doer[]>();

/** Does this for the command while the component stands; `first` before all others, for as long. */
export function useCommand(command: Command, act: () => void, place: 'newest' | 'first' = 'newest'): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const doer = Object.assign(() => latest.current(), { first: place === 'first' });
    doers.set(command, [...(doers.get(command) ?? []), doer]);
    return () => doers.set(command, doers.get(command)?.filter((each) => each !== doer) ?? []);
  }, [command]);
}

/** Does any part that stands do this now? */
export const isOffered = (command: Command): boolean => (doers.get(command)?.length ?? 0) > 0;

export function obey(command: Command): void {
  const all = doers.get(command) ?? [];
  (all.findLast(({ first }) => first) ?? all.at(-1))?.();
}
