// A text field whose content survives reload: every keystroke is put away, one write at a time, the last one wins.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type DraftKey, type Drafts, joined as joinedBack } from '../core/drafts';

export interface Draft<T> {
  value: T;
  /** False until what was kept has been read: a text typed before that goes on after it. */
  restored: boolean;
  set: (value: T) => void;
}

/** `isEmpty` values are deleted, not kept. */
export function useDraft<T>(
  drafts: Drafts,
  key: DraftKey,
  empty: T,
  isEmpty: (value: T) => boolean = (value) => value === empty,
): Draft<T> {
  const [state, setState] = useState({ value: empty, restored: false });
  const typed = useRef<{ value: T } | null>(null);
  const shown = useRef(empty);
  const writing = useRef({ busy: false, next: undefined as { value: T; key: DraftKey } | undefined });
  const name = `${key.participant}/${key.place}/${key.kind}`;

  const write = async () => {
    const { busy, next } = writing.current;
    if (busy || !next) return;
    writing.current = { busy: true, next: undefined };
    await drafts.save(next.key, isEmpty(next.value) ? null : next.value).catch(() => {});
    writing.current.busy = false;
    void write();
  };
  const set = (value: T) => {
    typed.current = { value };
    shown.current = value;
    setState((now) => ({ ...now, value }));
    writing.current.next = { value, key };
    void write();
  };

  // Before the first key is pressed: what is typed from here on must not be taken for the old text.
  useLayoutEffect(() => {
    let left = false;
    typed.current = null;
    shown.current = empty;
    setState({ value: empty, restored: false });
    let restored = false;
    let instead: T | undefined;
    const hide = drafts.show(key, {
      take: async (text) => {
        const value = joinedBack(text, String(shown.current)) as T;
        set(value);
        await drafts.save(key, value);
      },
      read: () => (restored ? String(shown.current) : undefined),
      write: (text) => {
        if (restored) set(text as T);
        else instead = text as T;
      },
    });
    const restore = (found: T | undefined) => {
      if (left) return;
      // What came from elsewhere while it was read is newer.
      const kept = instead ?? found;
      restored = true;
      if (typed.current) set(joined(kept, typed.current.value));
      else if (instead !== undefined) set(instead);
      else shown.current = kept ?? empty;
      setState((now) => ({ value: typed.current ? now.value : (kept ?? empty), restored: true }));
    };
    drafts.load<T>(key).then(restore, () => restore(undefined));
    return () => {
      left = true;
      hide();
    };
  }, [name]);
  return { ...state, set };
}

/** Whoever types before a slow disk answers loses neither text; of other values the newer one stays. */
function joined<T>(kept: T | undefined, typed: T): T {
  return typeof kept === 'string' && typeof typed === 'string' ? ((kept + typed) as T) : typed;
}
