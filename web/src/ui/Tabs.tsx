// Tabs in one row: arrows move and choose, one stop for Tab. The panel is the caller's, by `panelProps`.

export interface Tab<K extends string> {
  key: K;
  label: string;
  count?: number;
}

export interface TabsProps<K extends string> {
  id: string;
  label: string;
  tabs: readonly Tab<K>[];
  chosen: K;
  onChoose: (key: K) => void;
  class?: string;
}

export function Tabs<K extends string>({
  id,
  label,
  tabs,
  chosen,
  onChoose,
  class: extra = '',
}: TabsProps<K>) {
  const onKeyDown = (event: KeyboardEvent) => {
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const steps: Record<string, number> = { ArrowRight: rtl, ArrowLeft: -rtl };
    const step = steps[event.key];
    const at = tabs.findIndex(({ key }) => key === chosen);
    const to =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? tabs.length - 1
          : step === undefined
            ? -1
            : (at + step + tabs.length) % tabs.length;
    const next = tabs[to];
    if (!next) return;
    event.preventDefault();
    onChoose(next.key);
    document.getElementById(`${id}-tab-${next.key}`)?.focus();
  };
  return (
    <div class={`tabs ${extra}`} role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ key, label: name, count }) => (
        <button
          key={key}
          type="button"
          role="tab"
          id={`${id}-tab-${key}`}
          class="tab"
          aria-selected={key === chosen}
          aria-controls={`${id}-panel`}
          tabIndex={key === chosen ? 0 : -1}
          onClick={() => onChoose(key)}
        >
          {name}
          {count !== undefined && <span class="tab-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

export const panelProps = (id: string, chosen: string) =>
  ({ role: 'tabpanel', id: `${id}-panel`, 'aria-labelledby': `${id}-tab-${chosen}` }) as const;
