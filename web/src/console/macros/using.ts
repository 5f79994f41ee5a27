// Macros in the composer of the open ticket: a text goes to the caret of the draft of its kind, its acts wait beside the
// draft until it is sent; a macro without a text is done at once.

import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import type { MacroFollow } from '../../core/outbox';
import type { Macro, PostKind } from '../../protocol';
import { toast } from '../../ui/Toast';
import { MacroPicker } from '../chunks';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { words } from '../i18n';
import type { load } from '.';
import { putAtCaret } from './at-caret';
import { choosing } from './choosing';
import { withSolve } from './pending';

/** Once it is here it is used without a wait: what is typed next comes after the text. */
let parts: Awaited<ReturnType<typeof load>> | null = null;

async function loaded() {
  parts ??= await (await import('.')).load();
  return parts;
}

export interface UsedMacros {
  /** For the composer's field, once it shows its draft; absent when there is nothing to put in. */
  onField: ((field: HTMLTextAreaElement) => void) | undefined;
  pending: MacroFollow | null;
  onPending: (pending: MacroFollow | null) => void;
  /** What goes with the text that is sent now, and waits no more. */
  take: (solve: boolean) => MacroFollow | undefined;
}

export function useMacros(feed: Feed<Agents>, kind: PostKind, write: (kind: PostKind) => void): UsedMacros {
  const desk = useDesk();
  const { ticket } = feed;
  const [putting, setPutting] = useState<{ kind: PostKind; text: string } | null>(null);
  const chosen = choosing.chosen.value;
  useCommand('macro', choosing.open);
  // So that the letters typed right after the key are in the field of the list.
  useEffect(() => void Promise.all([MacroPicker.preload(), loaded()]).catch(() => {}), []);
  useLayoutEffect(() => {
    const macro = choosing.take(ticket.id);
    if (macro) void use(macro).catch(() => toast(words.peek().unreachable));
  }, [chosen]);

  const use = async ({ name, content: { text, actions } }: Macro) => {
    const follow = { names: [name], actions };
    // At once: what is typed next is meant for the text.
    if (text) write(text.kind);
    const { carryOut, textFor } = parts ?? (await loaded());
    if (!text) return carryOut(desk, follow, [ticket]);
    desk.pending.add(ticket.id, text.kind, follow);
    setPutting({ kind: text.kind, text: textFor(name, text, ticket, desk.me) });
  };
  const onField = (field: HTMLTextAreaElement) => {
    setPutting(null);
    if (putting) putAtCaret(field, putting.text);
  };
  return {
    onField: putting?.kind === kind ? onField : undefined,
    pending: desk.pending.of(ticket.id, kind).value,
    onPending: (pending) => desk.pending.set(ticket.id, kind, pending),
    take: (solve) => {
      const follow = desk.pending.take(ticket.id, kind);
      if (!follow) return undefined;
      return solve ? withSolve(follow) : follow;
    },
  };
}
