// The tags of a ticket: a list in which each is given or taken away, and a name that makes a new one.

import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../ui/Icon';
import { plus, tag } from '../icons';
import { PickDialog } from '../PickDialog';
import { ask } from '../session';
import { words } from './i18n';
import { type TagOption, tagOptions } from './tag-options';

/** domain::limits::TAGS_PER_TICKET_MAX */
const tags_max = 10;
const typed_ms = 150;

interface TagsDialogProps {
  has: readonly string[];
  onToggle: (name: string, on: boolean) => void;
  onDone: () => void;
  onClose: () => void;
}

export function TagsDialog({ has, onToggle, onDone, onClose }: TagsDialogProps) {
  const [typed, setTyped] = useState('');
  const known = useSiteTags(typed);
  const w = words.value;
  const choose = ({ name, current }: TagOption) => {
    setTyped('');
    onToggle(name, !current);
  };
  return (
    <PickDialog
      title={w.editTags}
      find={w.findTag}
      typed={typed}
      groups={[{ options: tagOptions(has, known, typed) }]}
      none={w.noTags}
      multiple
      draw={({ name, fresh }) => (
        <>
          <Icon of={fresh ? plus : tag} />
          <span class="label">{fresh ? w.createTag(name) : <bdi>{name}</bdi>}</span>
        </>
      )}
      actions={
        <button type="button" class="main-button" onClick={onDone}>
          {w.done}
        </button>
      }
      onType={setTyped}
      onChoose={choose}
      onClose={onClose}
    >
      <p class="field-hint">{w.tagsHint(tags_max)}</p>
    </PickDialog>
  );
}

/** The site's tags that fit what is typed; while they are read, those read before. */
function useSiteTags(typed: string): readonly string[] {
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    let left = false;
    const read = async () => {
      const { tags } = await ask('GET /v1/agent/tags', { query: { q: typed.trim() } });
      if (!left) setKnown(tags);
    };
    const timer = setTimeout(() => void read().catch(() => {}), typed === '' ? 0 : typed_ms);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [typed]);
  return known;
}
