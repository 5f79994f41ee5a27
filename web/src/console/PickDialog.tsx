// A dialog that offers a list: one field that filters, arrows that choose, Enter that does it.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { check } from '../ui/icons';

export interface Pick {
  key: string;
  /** It is so already. */
  current: boolean;
}

export interface PickGroup<P extends Pick> {
  title?: string;
  options: readonly P[];
}

interface PickDialogProps<P extends Pick> {
  title: string;
  /** What the field is for. */
  find: string;
  typed: string;
  groups: readonly PickGroup<P>[];
  draw: (option: P) => ComponentChildren;
  /** Said when there is nothing to choose. */
  none: string;
  multiple?: boolean;
  /** Below the list. */
  children?: ComponentChildren;
  actions?: ComponentChildren;
  onType: (typed: string) => void;
  onChoose: (option: P) => void;
  onClose: () => void;
}

export function PickDialog<P extends Pick>(props: PickDialogProps<P>) {
  const { title, find, typed, groups, none, multiple, onType, onChoose, onClose } = props;
  const [active, setActive] = useState(0);
  const id = useId();
  const options = groups.flatMap((group) => group.options);
  const chosen = options[Math.min(active, options.length - 1)];
  useEffect(() => {
    document.getElementById(`${id}-${chosen?.key}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen?.key]);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = options.length - 1;
    if (event.key === 'ArrowDown') setActive(active >= last ? 0 : active + 1);
    else if (event.key === 'ArrowUp') setActive(active <= 0 ? last : active - 1);
    else if (event.key === 'Enter' && !event.isComposing) {
      if (chosen) onChoose(chosen);
    } else return;
    event.preventDefault();
  };
  return (
    <Dialog title={title} onClose={onClose} class="assign-dialog" actions={props.actions}>
      <input
        class="input"
        role="combobox"
        aria-label={find}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen ? `${id}-${chosen.key}` : undefined}
        placeholder={find}
        autofocus
        autocomplete="off"
        dir="auto"
        value={typed}
        onInput={(event) => {
          onType(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        class="assign-list"
        role="listbox"
        id={`${id}-list`}
        aria-label={title}
        {...(multiple && { 'aria-multiselectable': true })}
      >
        {groups.map((group, index) => (
          <Group key={group.title ?? index} id={id} group={group} chosen={chosen} {...props} />
        ))}
      </div>
      {options.length === 0 && (
        <p class="assign-none" role="status">
          {none}
        </p>
      )}
      {props.children}
    </Dialog>
  );
}

interface GroupProps<P extends Pick> extends PickDialogProps<P> {
  id: string;
  group: PickGroup<P>;
  chosen: P | undefined;
}

function Group<P extends Pick>({ id, group, chosen, draw, multiple, onChoose }: GroupProps<P>) {
  if (group.options.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields.
    <div role="group" {...(group.title && { 'aria-label': group.title })}>
      {group.title && (
        <p class="menu-title" aria-hidden="true">
          {group.title}
        </p>
      )}
      {group.options.map((option) => (
        // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field above keeps the focus and the keys.
        <div
          key={option.key}
          id={`${id}-${option.key}`}
          class={`assign-option ${option === chosen ? 'active' : ''}`}
          role="option"
          aria-selected={multiple ? option.current : option === chosen}
          onClick={() => onChoose(option)}
        >
          {draw(option)}
          {option.current && <Icon of={check} class="menu-check" />}
        </div>
      ))}
    </div>
  );
}
