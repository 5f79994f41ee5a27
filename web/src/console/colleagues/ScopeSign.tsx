// Whose presence is known, in words, while that is not everybody's.

import { useDesk } from '../desk';
import { words } from './i18n';

export function ScopeSign() {
  const { counts } = useDesk();
  const w = words.value;
  // The place stays, so that a screen reader hears what comes into it.
  return (
    <div class="scope-sign" role="status">
      {counts.of_one_node.value && (
        <p>
          <strong>{w.scope}</strong> {w.scopeMeaning}
        </p>
      )}
    </div>
  );
}
