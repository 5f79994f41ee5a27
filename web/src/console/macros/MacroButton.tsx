// The button of the composer that opens the macros.

import { Icon } from '../../ui/Icon';
import { words } from '../i18n';
import { zap } from '../icons';
import { keyHint, shortcut } from '../keys';
import { choosing } from './choosing';

export function MacroButton() {
  const name = words.value.keys.macro;
  const key = keyHint('macro');
  return (
    <button
      type="button"
      class="icon-button macro-button"
      aria-label={name}
      title={key ? `${name} (${key})` : name}
      aria-haspopup="dialog"
      aria-keyshortcuts={shortcut('macro')}
      onClick={choosing.open}
    >
      <Icon of={zap} />
    </button>
  );
}
