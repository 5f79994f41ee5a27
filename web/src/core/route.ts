// Where the page is: the fragment, as a signal. `#/t/abc` is `['t', 'abc']`.
import { type ReadonlySignal, signal } from '@preact/signals';

export function parseRoute(hash: string): string[] {
  return hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decode);
}

export const href = (...parts: string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

/** The ways between the customers' page and the guest's. */
export const customerPage = (...parts: string[]): string => `/${href(...parts)}`;
export const guestPage = (...parts: string[]): string => `/guest${href(...parts)}`;

const current = signal<string[]>(typeof location === 'undefined' ? [] : parseRoute(location.hash));
export const route: ReadonlySignal<string[]> = current;

if (typeof window !== 'undefined')
  window.addEventListener('hashchange', () => (current.value = parseRoute(location.hash)));

/** Goes there; with `replace` the back button skips the place left. */
export function go(parts: string[], how: 'push' | 'replace' = 'push'): void {
  const target = href(...parts);
  if (how === 'replace') history.replaceState(null, '', target);
  else if (target !== location.hash) history.pushState(null, '', target);
  current.value = parts;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
