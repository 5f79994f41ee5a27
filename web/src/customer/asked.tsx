// What the menu asks about in a dialog: signing out, and one's name. Each is fetched when it is needed.
import { signal } from '@preact/signals';
import type { Visit } from '../conversation/visit';
import { lazy } from '../ui/lazy';

const asked = signal<'sign_out' | 'name' | null>(null);

export const askToSignOut = () => {
  asked.value = 'sign_out';
};
export const askForName = () => {
  asked.value = 'name';
};
const done = () => {
  asked.value = null;
};

const SignOut = lazy(async () => (await import('./SignOut')).SignOut);
const YourName = lazy(async () => (await import('./YourName')).YourName);

export function Asked({ visit }: { visit: Visit }) {
  if (asked.value === 'sign_out') return <SignOut visit={visit} onDone={done} />;
  return asked.value === 'name' ? <YourName visit={visit} onDone={done} /> : null;
}
