// The button by one's own name: away, or not.

import { Icon } from '../../ui/Icon';
import { useCommand } from '../commands';
import { useDesk } from '../desk';
import { keyHint, shortcut } from '../keys';
import { words } from './i18n';
import { isAway, setAway } from './own';

/** From Lucide (ISC licence). */
const moon = [
  'M20.985 12.486a9 9 0 1 1-9.473-9.472c.405-.022.617.46.402.803a6 6 0 0 0 8.268 8.268c.344-.215.825-.004.803.401',
];

export function AwayButton() {
  const desk = useDesk();
  const away = isAway(desk);
  const turn = () => void setAway(desk, !away);
  useCommand('availability', turn);
  const w = words.value;
  return (
    <button
      type="button"
      class="icon-button away-button"
      aria-pressed={away}
      aria-label={w.away}
      aria-keyshortcuts={shortcut('availability')}
      title={[away ? w.toAvailable : w.toAway, keyHint('availability')].filter(Boolean).join(' · ')}
      onClick={turn}
    >
      <Icon of={moon} />
    </button>
  );
}
