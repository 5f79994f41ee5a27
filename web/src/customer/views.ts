// The views that come after the first load, and where the focus goes when the view changes.
import { useEffect } from 'preact/hooks';
import { route } from '../core/route';
import { ready } from '../i18n';
import { lazy } from '../ui/lazy';

let first_view = true;
let focus_wanted = false;

/** The heading of a view that has just changed gets the focus, at once or when the view has been fetched. */
function focusHeading(): void {
  if (!focus_wanted) return;
  const [place, id] = route.peek();
  const heading = document.querySelector<HTMLElement>(place === 't' && id ? '.desk-pane h1' : 'main h1');
  if (!heading) return;
  focus_wanted = false;
  // The composer takes it where it wants it.
  if (!document.activeElement?.closest('.composer')) heading.focus();
}

/** A part that has words of its own, those of files. */
async function withWords<V>(part: Promise<V>): Promise<V> {
  const loaded = await part;
  await ready();
  return loaded;
}

export const TicketPane = lazy(async () => (await withWords(import('./TicketPane'))).TicketPane, {
  onShown: focusHeading,
});
export const Welcome = lazy(async () => (await import('./Welcome')).Welcome, { onShown: focusHeading });
export const NewRequest = lazy(async () => (await withWords(import('./NewRequest'))).NewRequest, {
  onShown: focusHeading,
});
export const SignIn = lazy(async () => (await import('./SignIn')).SignIn, { onShown: focusHeading });

/** While nothing else is to do: the next view should open at once, also when the connection is bad by then. */
export function preloadViews(): void {
  const load = () =>
    void Promise.all([TicketPane.preload(), NewRequest.preload(), SignIn.preload()]).catch(() => {});
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 5_000 });
  else setTimeout(load, 2_000);
}

/** A change of view moves the focus to its heading; the first view leaves it alone. */
export function useFocusOnHeading(): void {
  const [place, id] = route.value;
  useEffect(() => {
    if (first_view) {
      first_view = false;
      preloadViews();
      return;
    }
    focus_wanted = true;
    focusHeading();
  }, [place, id]);
}
