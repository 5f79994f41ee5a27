// The macros of this agent and of the site: written, changed, put in order, deleted.

import { useEffect, useState } from 'preact/hooks';
import { failureOf } from '../../../core/errors';
import type { Macro } from '../../../protocol';
import { Confirm } from '../../../ui/Confirm';
import { Icon } from '../../../ui/Icon';
import { chevronDown, pencil } from '../../../ui/icons';
import { toast } from '../../../ui/Toast';
import { useDesk } from '../../desk';
import { words as console_words } from '../../i18n';
import { plus, trash } from '../../icons';
import { words } from '../i18n';
import { labelsOf } from '../labels';
import { change, end } from './keeping';
import { MacroForm } from './MacroForm';

type Open = { what: 'new'; shared: boolean } | { what: 'change' | 'remove'; macro: Macro } | null;

export function MacroSettings() {
  const desk = useDesk();
  const [open, setOpen] = useState<Open>(null);
  useEffect(() => void desk.macros.read(), []);
  const shut = () => setOpen(null);
  const saved = () => {
    shut();
    toast(console_words.peek().saved);
    void desk.macros.read();
  };
  const w = words.value;
  return (
    <>
      <Shelf shared={false} may_change onOpen={setOpen} />
      <Shelf shared may_change={desk.me.role === 'admin'} onOpen={setOpen} />
      {open?.what === 'new' && <MacroForm macro={null} shared={open.shared} onSaved={saved} onClose={shut} />}
      {open?.what === 'change' && (
        <MacroForm macro={open.macro} shared={open.macro.shared} onSaved={saved} onClose={shut} />
      )}
      {open?.what === 'remove' && (
        <Confirm
          title={w.settings.removeTitle}
          confirm={w.settings.remove}
          act={async () => {
            await end(open.macro);
            toast(w.settings.removed(open.macro.name));
            await desk.macros.read();
          }}
          onClose={shut}
        >
          {w.settings[open.macro.shared ? 'removeIntroAll' : 'removeIntro'](open.macro.name)}
        </Confirm>
      )}
    </>
  );
}

interface ShelfProps {
  shared: boolean;
  may_change: boolean;
  onOpen: (open: Open) => void;
}

function Shelf({ shared, may_change, onOpen }: ShelfProps) {
  const { macros } = useDesk();
  const all = macros.list.value?.filter((macro) => macro.shared === shared);
  const w = words.value;
  return (
    <section class="card">
      <div class="card-head">
        <div>
          <h2>{shared ? w.site : w.own}</h2>
          <p class="card-intro">{shared ? w.settings.siteIntro : w.settings.intro}</p>
        </div>
        {may_change && (
          <button type="button" class="main-button" onClick={() => onOpen({ what: 'new', shared })}>
            <Icon of={plus} />
            {shared ? w.settings.writeForAll : w.settings.write}
          </button>
        )}
      </div>
      {all?.length === 0 && <p class="card-none">{w.settings.none}</p>}
      <ul class="people macro-list">
        {all?.map((macro, index) => (
          <MacroRow
            key={macro.id}
            macro={macro}
            index={index}
            total={all.length}
            may_change={may_change}
            onOpen={onOpen}
          />
        ))}
      </ul>
    </section>
  );
}

interface MacroRowProps {
  macro: Macro;
  index: number;
  total: number;
  may_change: boolean;
  onOpen: (open: Open) => void;
}

function MacroRow({ macro, index, total, may_change, onOpen }: MacroRowProps) {
  const { macros, counts } = useDesk();
  const { name, content } = macro;
  const w = words.value.settings;
  const acts = labelsOf(content.actions, counts.colleagues.value);
  const move = async (place: number) => {
    try {
      await change(macro, { place });
      await macros.read();
    } catch (error) {
      toast(failureOf(error, console_words.peek().unreachable).message);
    }
  };
  return (
    <li>
      <div class="who">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        {content.text && (
          <p class="macro-text" dir="auto">
            {content.text.text}
          </p>
        )}
        {acts.length > 0 && <p>{acts.join(' · ')}</p>}
      </div>
      {may_change && (
        <div class="macro-row-acts">
          <RowButton
            label={w.earlier(name)}
            icon={chevronDown}
            class="turned"
            off={index === 0}
            act={() => void move(index - 1)}
          />
          <RowButton
            label={w.later(name)}
            icon={chevronDown}
            off={index === total - 1}
            act={() => void move(index + 1)}
          />
          <RowButton label={w.changeOf(name)} icon={pencil} act={() => onOpen({ what: 'change', macro })} />
          <RowButton label={w.removeOf(name)} icon={trash} act={() => onOpen({ what: 'remove', macro })} />
        </div>
      )}
    </li>
  );
}

interface RowButtonProps {
  label: string;
  icon: readonly string[];
  class?: string;
  /** There is no way further: said, and left where the focus is. */
  off?: boolean;
  act: () => void;
}

function RowButton({ label, icon, class: extra = '', off = false, act }: RowButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${extra}`}
      aria-label={label}
      title={label}
      aria-disabled={off}
      onClick={() => !off && act()}
    >
      <Icon of={icon} />
    </button>
  );
}
