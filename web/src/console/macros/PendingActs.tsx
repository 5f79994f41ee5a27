// The acts that go along with the text of the composer, each of which can be left out.

import '../css/macros.css';
import type { MacroFollow } from '../../core/outbox';
import { Icon } from '../../ui/Icon';
import { close } from '../../ui/icons';
import { useDesk } from '../desk';
import { type Part, partsIn, without } from './acts';
import { words } from './i18n';
import { labelOf } from './labels';

interface PendingActsProps {
  pending: MacroFollow;
  onChange: (pending: MacroFollow | null) => void;
}

export function PendingActs({ pending, onChange }: PendingActsProps) {
  const { counts } = useDesk();
  const w = words.value;
  const drop = (part: Part) => onChange({ ...pending, actions: without(pending.actions, part) });
  return (
    <div class="pending-acts">
      <span id="pending-acts">{w.whenSent}</span>
      <ul aria-labelledby="pending-acts">
        {partsIn(pending.actions).map((part) => {
          const label = labelOf(part, pending.actions, counts.colleagues.value);
          return (
            <li key={part} class="chip">
              <bdi>{label}</bdi>
              <button type="button" aria-label={w.drop(label)} onClick={() => drop(part)}>
                <Icon of={close} />
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
