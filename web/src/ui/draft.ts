// A text field whose content survives reload: every keystroke is put away, one write at a time, the last one wins.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DraftKey, Drafts } from '../core/drafts';

export interface Draft<T> {
  value: T;
  /** False until what was kept has been read: what is typed before that wins over it. */
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
  const touched = useRef(false);
  const writing = useRef({ busy: false, next: undefined as { value: T; key: DraftKey } | undefined });
  const name = `${key.participant}/${key.place}/${key.kind}`;

  useEffect(() => {
    let left = false;
    touched.current = false;
    setState({ value: empty, restored: false });
    drafts.load<T>(key).then(
      (kept) =>
        !left &&
        setState((now) => ({ value: touched.current ? now.value : (kept ?? empty), restored: true })),
      () => !left && setState((now) => ({ ...now, restored: true })),
    );
    return () => {
      left = true;
    };
  }, [name]);

  const write = async () => {
    const { busy, next } = writing.current;
    if (busy || !next) return;
    writing.current = { busy: true, next: undefined };
    await drafts.save(next.key, isEmpty(next.value) ? null : next.value).catch(() => {});
    writing.current.busy = false;
    void write();
  };
  const set = (value: T) => {
    touched.current = true;
    setState((now) => ({ ...now, value }));
    writing.current.next = { value, key };
    void write();
  };
  return { ...state, set };
}
