// The composer of a ticket that was merged: it stands for as long as something unsent is in it, so that whoever
// was writing goes on. What is sent there is sent on to where the ticket leads (`core/outbox.ts`).
import { useEffect, useState } from 'preact/hooks';
import type { DraftKey, Drafts } from '../core/drafts';

/** `again`: what may have put something into it since. */
export function useStands(
  drafts: Drafts,
  keys: readonly DraftKey[],
  merged: boolean,
  again: readonly unknown[],
): boolean {
  const [has_text, setHasText] = useState(!merged);
  useEffect(() => {
    if (!merged) return;
    let left = false;
    const found = keys.map((key) => drafts.load(key).catch(() => undefined));
    void Promise.all(found).then((texts) => !left && setHasText(texts.some(Boolean)));
    return () => {
      left = true;
    };
  }, [merged, ...again]);
  return !merged || has_text;
}
