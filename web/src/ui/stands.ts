// The composer of a ticket that was merged or continued: it stands for as long as something unsent is in it, so that whoever
// was writing goes on. What is sent there is sent on to where the ticket leads (`core/outbox.ts`).
import { useEffect, useState } from 'preact/hooks';
import type { DraftKey, Drafts } from '../core/drafts';

/** `again`: what may have put something into it since. */
export function useStands(
  drafts: Drafts,
  keys: readonly DraftKey[],
  leads_on: boolean,
  again: readonly unknown[],
): boolean {
  const [has_text, setHasText] = useState(!leads_on);
  useEffect(() => {
    if (!leads_on) return;
    let left = false;
    const found = keys.map((key) => drafts.load(key).catch(() => undefined));
    void Promise.all(found).then((texts) => !left && setHasText(texts.some(Boolean)));
    return () => {
      left = true;
    };
  }, [leads_on, ...again]);
  return !leads_on || has_text;
}
