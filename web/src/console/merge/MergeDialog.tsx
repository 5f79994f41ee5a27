// Merging: first which ticket, by the arrows or by its number; then both are shown, and asked once more.

import { useEffect, useId, useState } from 'preact/hooks';
import type { AgentTicket } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { nameOf, titleOf } from '../names';
import { ask } from '../session';
import { act } from '../ticket-actions';
import { type Candidate, candidatesFor, numberTyped } from './candidates';
import { merging } from './merging';

export function MergeDialog({ ticket }: { ticket: AgentTicket }) {
  const [chosen, setChosen] = useState<Candidate | null>(null);
  return chosen ? (
    <Sure key="sure" ticket={ticket} into={chosen} />
  ) : (
    <Which key="which" ticket={ticket} onChoose={setChosen} />
  );
}

function Which({ ticket, onChoose }: { ticket: AgentTicket; onChoose: (into: Candidate) => void }) {
  const desk = useDesk();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const looked_up = useLookUp(numberTyped(typed));
  const id = useId();
  const options = candidatesFor(typed, ticket.id, desk.otherTickets(ticket.id), looked_up);
  const chosen = options[Math.min(active, options.length - 1)];
  const w = words.value.merge;
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
    <Dialog title={w.title} onClose={merging.close} class="assign-dialog">
      <p>{w.intro(nameOf(ticket.requester))}</p>
      <input
        class="input"
        role="combobox"
        aria-label={w.find}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
        placeholder={w.find}
        autofocus
        autocomplete="off"
        dir="auto"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div class="assign-list" role="listbox" id={`${id}-list`} aria-label={w.title}>
        {options.map((option) => (
          // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field above keeps the focus and the keys.
          <div
            key={option.id}
            id={`${id}-${option.id}`}
            class="assign-option"
            role="option"
            aria-selected={option === chosen}
            onClick={() => onChoose(option)}
          >
            <span class="number">#{option.number}</span>
            <span class="label">
              <bdi>{titleOf(option)}</bdi>
            </span>
          </div>
        ))}
      </div>
      {options.length === 0 && (
        <p class="assign-none" role="status">
          {w.none}
        </p>
      )}
    </Dialog>
  );
}

/** The ticket of a number, if it is there for this agent. */
function useLookUp(number: number | null): Candidate | null {
  const [found, setFound] = useState<Candidate | null>(null);
  useEffect(() => {
    if (number === null) return;
    let left = false;
    void ask('GET /v1/agent/tickets', { query: { q: String(number), limit: 5 } })
      .then(({ rows }) => {
        const row = rows.find(({ ticket }) => ticket.number === number);
        if (!left) setFound(row?.ticket ?? null);
      })
      .catch(() => {});
    return () => {
      left = true;
    };
  }, [number]);
  return found;
}

function Sure({ ticket, into }: { ticket: AgentTicket; into: Candidate }) {
  const desk = useDesk();
  const w = words.value;
  const go = () => {
    merging.close();
    void act(desk, ticket.id, { action: 'merge', into: into.id });
  };
  const actions = (
    <>
      <button type="button" class="second-button" onClick={merging.close}>
        {w.merge.cancel}
      </button>
      <button type="button" class="main-button danger" autofocus onClick={go}>
        {w.merge.confirm(into.number)}
      </button>
    </>
  );
  return (
    <Dialog title={w.merge.sure} onClose={merging.close} actions={actions}>
      <dl class="merge-both">
        <Named label={w.merge.closes} ticket={ticket} />
        <Named label={w.merge.lives} ticket={into} />
      </dl>
      <p>{w.merge.warning}</p>
    </Dialog>
  );
}

function Named({ label, ticket }: { label: string; ticket: Candidate }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        #{ticket.number} <bdi>{titleOf(ticket)}</bdi>
      </dd>
    </div>
  );
}
