// A button that opens a menu: arrows, Home, End and letters move, Escape and Tab close, focus comes back.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon';
import { check } from './icons';

export interface MenuItem {
  label: string;
  icon?: readonly string[];
  /** A link, or something done. */
  href?: string;
  onSelect?: () => void;
  /** Given: one of a choice. */
  checked?: boolean;
  /** The key that does the same, for those who look. */
  key?: string;
  /** The words of another language, such as a language's own name. */
  lang?: string;
}

export interface MenuGroup {
  title?: string;
  items: MenuItem[];
}

export interface MenuProps {
  /** The button's name, and its content when it is more than the name. */
  label: string;
  button?: ComponentChildren;
  class?: string;
  groups: MenuGroup[];
}

export function Menu({ label, button, class: extra = 'icon-button', groups }: MenuProps) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];

  const shut = (how: 'back' | 'stay') => {
    setOpen(false);
    if (how === 'back') opener.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const outside = (event: Event) =>
      !(event.target as Element).closest?.(`[data-menu="${id}"]`) && shut('stay');
    // The way back in the browser leads elsewhere while the menu stands open.
    const elsewhere = () => shut('stay');
    document.addEventListener('pointerdown', outside);
    window.addEventListener('hashchange', elsewhere);
    return () => {
      document.removeEventListener('pointerdown', outside);
      window.removeEventListener('hashchange', elsewhere);
    };
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = move(event.key, at, all);
    if (event.key === 'Escape') shut('back');
    else if (event.key === 'Tab') return shut('stay');
    else if (to === null) return;
    else all[to]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };

  const onOpenerKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    setOpen(true);
  };

  return (
    <div class="menu" data-menu={id}>
      <button
        ref={opener}
        type="button"
        class={extra}
        {...(button && typeof button === 'object' ? { 'aria-label': label } : {})}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={onOpenerKey}
      >
        {button ?? label}
      </button>
      {open && (
        <div ref={list} class="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {groups.map((group, index) => (
            <Group key={group.title ?? index} group={group} onSelect={() => shut('back')} />
          ))}
        </div>
      )}
    </div>
  );
}

function Group({ group, onSelect }: { group: MenuGroup; onSelect: () => void }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of menu items, not a fieldset.
    <div role="group" {...(group.title ? { 'aria-labelledby': id } : {})} class="menu-group">
      {group.title && (
        <div class="menu-title" id={id}>
          {group.title}
        </div>
      )}
      {group.items.map((item) => (
        <Item key={item.label} item={item} onSelect={onSelect} />
      ))}
    </div>
  );
}

function Item({ item, onSelect }: { item: MenuItem; onSelect: () => void }) {
  const { label, icon, href, checked, lang, key } = item;
  const role = checked === undefined ? 'menuitem' : 'menuitemradio';
  const choose = () => {
    onSelect();
    item.onSelect?.();
  };
  const content = (
    <>
      {icon && <Icon of={icon} />}
      <span class="menu-label" {...(lang ? { lang } : {})}>
        {label}
      </span>
      {checked && <Icon of={check} class="menu-check" />}
      {key && (
        <span class="kbd" aria-hidden="true">
          {key}
        </span>
      )}
    </>
  );
  const common = {
    role,
    tabIndex: -1,
    class: 'menu-item',
    onClick: choose,
    ...(checked === undefined ? {} : { 'aria-checked': checked }),
  } as const;
  if (href)
    return (
      <a {...common} href={href}>
        {content}
      </a>
    );
  return (
    <button {...common} type="button">
      {content}
    </button>
  );
}

function move(key: string, at: number, all: HTMLElement[]): number | null {
  const last = all.length - 1;
  if (key === 'ArrowDown') return at >= last ? 0 : at + 1;
  if (key === 'ArrowUp') return at <= 0 ? last : at - 1;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key.length !== 1) return null;
  const letter = key.toLocaleLowerCase();
  const order = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const found = order.find((item) => item.textContent?.trim().toLocaleLowerCase().startsWith(letter));
  return found ? all.indexOf(found) : null;
}
