// Signing out, asked for from the menu; the question itself is fetched when it is needed.
import { signal } from '@preact/signals';
import type { Visit } from '../conversation/visit';
import { lazy } from '../ui/lazy';

const asked = signal(false);
export const askToSignOut = () => {
  asked.value = true;
};

const Question = lazy(async () => (await import('./SignOut')).SignOut);

export function SignOut({ visit }: { visit: Visit }) {
  const done = () => {
    asked.value = false;
  };
  return asked.value ? <Question visit={visit} onDone={done} /> : null;
}
