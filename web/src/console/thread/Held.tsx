// What stands under a reply that is not sent yet: how long it can be taken back, and the button that does it.

import { useEffect, useState } from 'preact/hooks';
import type { Unsent } from '../../core/outbox';
import { announceStatus } from '../../ui/Announcer';
import { Icon } from '../../ui/Icon';
import { clock } from '../../ui/icons';
import { words } from '../i18n';
import { shortcut } from '../keys';

const tick_ms = 250;

export function Held({ item, onUndo }: { item: Unsent; onUndo: () => void }) {
  const left = useSecondsLeft(item.due ?? 0);
  const w = words.value.undoSend;
  useEffect(() => announceStatus(words.peek().undoSend.told(left)), []);
  return (
    <p class="receipt held">
      <Icon of={clock} />
      <button type="button" class="text-button" aria-keyshortcuts={shortcut('undo')} onClick={onUndo}>
        {w.undo(left)}
      </button>
    </p>
  );
}

/** Never more than was promised, and never none while it can still be taken back. */
function useSecondsLeft(due: number): number {
  const secondsLeft = () => Math.max(1, Math.ceil((due - Date.now()) / 1_000));
  const [left, setLeft] = useState(secondsLeft);
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsLeft()), tick_ms);
    return () => clearInterval(timer);
  }, [due]);
  return left;
}
