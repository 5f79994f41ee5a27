// Views that are not in the first load: fetched when they are needed, or before by `preload`.
import { type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/words';

export interface Lazy<P> {
  (props: P): preact.JSX.Element | null;
  preload: () => Promise<void>;
}

export interface LazyOptions {
  onShown?: () => void;
  /** What stands in its place until then. */
  meanwhile?: () => preact.JSX.Element;
}

export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { onShown, meanwhile }: LazyOptions = {},
): Lazy<P> {
  let view: ComponentType<P> | null = null;
  const preload = async () => {
    view ??= await load();
  };
  const Later = (props: P) => {
    const [state, setState] = useState<'loading' | 'ready' | 'failed'>(view ? 'ready' : 'loading');
    useEffect(() => {
      // Also when it came between the first draw and now: nothing else would draw it.
      preload().then(
        () => setState('ready'),
        () => setState('failed'),
      );
    }, []);
    useEffect(() => {
      if (state === 'ready') onShown?.();
    }, [state]);
    if (view) return h(view, props);
    return state === 'failed' ? <NotLoaded /> : (meanwhile?.() ?? null);
  };
  return Object.assign(Later, { preload });
}

/** Mostly a newer version of the hub: the file by that name is gone, and the page with it. */
function NotLoaded() {
  return (
    <div class="gone" role="alert">
      <p>{words.value.unreachable}</p>
      <button type="button" class="main-button" onClick={() => location.reload()}>
        {words.value.connection.reload}
      </button>
    </div>
  );
}
