// The button that adds files: its menu tells the limits first, then the ways. A phone has its camera among them.
import { useRef } from 'preact/hooks';
import { fileSize } from '../../core/file-name';
import { regional } from '../../i18n';
import { hasTouchKeyboard } from '../Composer';
import { Icon } from '../Icon';
import { camera, file, paperclip } from '../icons';
import { Menu, type MenuItem } from '../Menu';
import { words } from './i18n';
import type { Picking } from './picking';

export function AttachButton({ picking, named = false }: { picking: Picking; named?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  const { limits, add } = picking;
  const w = words.value;
  const items: MenuItem[] = [{ label: w.choose, icon: file, onSelect: () => files.current?.click() }];
  if (hasTouchKeyboard())
    items.push({ label: w.photo, icon: camera, onSelect: () => photo.current?.click() });
  const take = ({ currentTarget: input }: { currentTarget: HTMLInputElement }) => {
    add([...(input.files ?? [])]);
    // The same file chosen again is a change again.
    input.value = '';
    // On to the words; on a phone that would open the keyboard over the files.
    if (!hasTouchKeyboard()) input.closest('.composer')?.querySelector('textarea')?.focus();
  };
  const touch = hasTouchKeyboard();
  const told = w.limits(limits.per_message, fileSize(limits.bytes_max, regional.value));
  return (
    <div class="attach">
      <Menu
        label={w.attach}
        class={named ? 'second-button' : 'icon-button attach-button'}
        button={
          <>
            <Icon of={paperclip} />
            {named && <span>{w.attach}</span>}
          </>
        }
        groups={[{ title: touch ? told : `${told}. ${w.other_ways}`, items }]}
      />
      <input ref={files} type="file" multiple hidden aria-label={w.choose} onChange={take} />
      <input
        ref={photo}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={w.photo}
        onChange={take}
      />
    </div>
  );
}
