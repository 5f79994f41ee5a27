// Which kinds of the open ticket's composer hold a draft: what one does not see would be forgotten.

import { useEffect, useState } from 'preact/hooks';
import type { PostKind, TicketId } from '../../protocol';
import { useDesk } from '../desk';

export const KINDS: readonly PostKind[] = ['reply', 'ask', 'note'];

/** Read again whenever another kind is shown, or a text came from elsewhere: else only the one on the screen can have changed. */
export function useDraftKinds(place: TicketId, shown: PostKind): ReadonlySet<PostKind> {
  const { drafts, uploads, me, sync } = useDesk();
  const arrived = sync.arrived.value;
  const [kinds, setKinds] = useState<ReadonlySet<PostKind>>(new Set());
  useEffect(() => {
    let left = false;
    const load = (kind: PostKind) => drafts.load({ participant: me.id, place, kind }).catch(() => undefined);
    void Promise.all(KINDS.map(load)).then((found) => {
      if (!left) setKinds(new Set(KINDS.filter((_, index) => found[index])));
    });
    return () => {
      left = true;
    };
  }, [drafts, me.id, place, shown, arrived]);
  const with_files = KINDS.filter((kind) => uploads.drafts(place, kind).length > 0);
  return new Set([...kinds, ...with_files]);
}
