// The list of colleagues above a note, and what of it is said to those who do not see it.

import { useEffect } from 'preact/hooks';
import type { Colleague } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { words as colleague_words } from '../colleagues/i18n';
import { standing } from '../colleagues/standing';
import { words } from './i18n';
import type { Offered } from './offered';

interface MentionListProps {
  id: string;
  options: readonly Offered[];
  current: Colleague | undefined;
  onTake: (colleague: Colleague) => void;
}

export function MentionList({ id, options, current, onTake }: MentionListProps) {
  const w = words.value;
  useEffect(() => {
    if (current) document.getElementById(`${id}-${current.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [current?.id]);
  return (
    <>
      <span class="sr-only" role="status">
        {told(options)}
      </span>
      {options.length > 0 && (
        <div class="mention-list" role="listbox" id={`${id}-list`} aria-label={w.mention}>
          {options.map(({ colleague, reaches }) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and the keys.
            <div
              key={colleague.id}
              id={`${id}-${colleague.id}`}
              class={`assign-option ${colleague === current ? 'active' : ''}`}
              role="option"
              aria-selected={colleague === current}
              aria-disabled={!reaches}
              onMouseDown={(event) => {
                // The field would lose the focus, and the list with it.
                event.preventDefault();
                if (reaches) onTake(colleague);
              }}
            >
              <Avatar id={colleague.id} name={colleague.name} size="small" present={standing(colleague)} />
              <span class="label">
                <bdi>{colleague.name}</bdi>
              </span>
              {reaches && standing(colleague) === 'away' && (
                <span class="hint">{colleague_words.value.away}</span>
              )}
              {!reaches && <span class="hint">{w.cannotSee}</span>}
            </div>
          ))}
        </div>
      )}
    </>
  );
}

function told(options: readonly Offered[]): string {
  const w = words.value;
  const [first] = options;
  if (!first) return '';
  const possible = options.filter(({ reaches }) => reaches).length;
  return possible > 0 ? w.offered(possible) : w.cannotSeeTold(first.colleague.name);
}
