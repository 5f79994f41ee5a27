// The macros to choose from: one field that filters, arrows that choose, Enter that uses it. Each is shown as it would
// read here.

import '../css/macros.css';
import '../css/dialogs.css';
import { useEffect, useState } from 'preact/hooks';
import { href } from '../../core/route';
import type { AgentTicket, Macro } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { ranked } from '../bar/match';
import { useDesk } from '../desk';
import { zap } from '../icons';
import { PickDialog } from '../PickDialog';
import { partsOf } from '../place';
import { partsIn } from './acts';
import { carryOut } from './carry-out';
import { choosing } from './choosing';
import { words } from './i18n';
import { labelsOf } from './labels';
import { filled, valuesFor } from './template';

const offers_max = 100;

interface MacroPickerProps {
  /** The open one, or the selected ones. */
  tickets: readonly AgentTicket[];
  /** They are selected ones: the acts are done at once, and texts stay out. */
  onMany?: () => void;
}

export function MacroPicker({ tickets, onMany }: MacroPickerProps) {
  const desk = useDesk();
  const [typed, setTyped] = useState('');
  const all = desk.macros.list.value;
  const w = words.value;
  // A hint that was lost is made up for here.
  useEffect(() => void desk.macros.read(), []);
  const usable = (all ?? []).filter(({ content }) => !onMany || partsIn(content.actions).length > 0);
  const found = ranked(
    typed,
    usable.map((macro) => ({ macro, text: macro.name, key: macro.id, current: false })),
    offers_max,
  );
  const use = (macro: Macro) => {
    const [only] = tickets;
    if (!onMany) return only && choosing.choose(macro, only.id);
    choosing.close();
    onMany();
    void carryOut(desk, { names: [macro.name], actions: macro.content.actions }, tickets);
  };
  const none = usable.length > 0 ? w.none : onMany && all?.length ? w.noneForMany : w.noneYet;
  return (
    <PickDialog
      title={onMany ? w.chooseMany : w.choose}
      find={w.find}
      typed={typed}
      groups={[
        { title: w.own, options: found.filter(({ macro }) => !macro.shared) },
        { title: w.site, options: found.filter(({ macro }) => macro.shared) },
      ]}
      none={none}
      draw={({ macro }) => <Drawn macro={macro} ticket={onMany ? undefined : tickets[0]} />}
      onType={setTyped}
      onChoose={({ macro }) => use(macro)}
      onClose={choosing.close}
    >
      <p class="field-hint macro-foot">
        {onMany && <span>{w.manyHint} </span>}
        <a href={href(...partsOf({ at: 'settings', page: 'macros' }))} onClick={choosing.close}>
          {w.edit}
        </a>
      </p>
    </PickDialog>
  );
}

function Drawn({ macro: { name, content }, ticket }: { macro: Macro; ticket: AgentTicket | undefined }) {
  const { me, counts } = useDesk();
  const text = ticket && content.text ? filled(content.text.text, valuesFor(ticket, me)) : '';
  const acts = labelsOf(content.actions, counts.colleagues.value);
  return (
    <>
      <Icon of={zap} />
      <span class="macro-option">
        <bdi class="label">{name}</bdi>
        {text && (
          <bdi class="hint text" dir="auto">
            {text}
          </bdi>
        )}
        {acts.length > 0 && <span class="hint acts">{acts.join(' · ')}</span>}
      </span>
    </>
  );
}
