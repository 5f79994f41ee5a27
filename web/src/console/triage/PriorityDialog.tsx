// How soon: four levels, one of them.

import { useState } from 'preact/hooks';
import type { Priority } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { plain } from '../assign/options';
import { words as console_words } from '../i18n';
import { flag } from '../icons';
import { PickDialog } from '../PickDialog';
import { words } from './i18n';

export const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];

interface PriorityDialogProps {
  /** Null: of several tickets that differ. */
  current: Priority | null;
  onChoose: (priority: Priority) => void;
  onClose: () => void;
}

export function PriorityDialog({ current, onChoose, onClose }: PriorityDialogProps) {
  const [typed, setTyped] = useState('');
  const w = words.value;
  const names = console_words.value.priority;
  const options = PRIORITIES.filter((each) => plain(names[each]).startsWith(plain(typed))).map(
    (priority) => ({
      key: priority,
      current: priority === current,
      priority,
    }),
  );
  return (
    <PickDialog
      title={w.setPriority}
      find={w.findPriority}
      typed={typed}
      groups={[{ options }]}
      none={w.findPriority}
      draw={({ priority }) => (
        <>
          <Icon of={flag} class={`priority-${priority}`} />
          <span class="label">{names[priority]}</span>
        </>
      )}
      onType={setTyped}
      onChoose={({ priority }) => {
        onClose();
        if (priority !== current) onChoose(priority);
      }}
      onClose={onClose}
    />
  );
}
