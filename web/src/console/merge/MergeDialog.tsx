// Merging: first which ticket, by the arrows or by its number; then both are shown, and asked once more.

import '../css/merge.css';
import { useEffect, useState } from 'preact/hooks';
import type { AgentTicket } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { useDesk } from '../desk';
import { words as console_words } from '../i18n';
import { nameOf, titleOf } from '../names';
import { PickDialog } from '../PickDialog';
import { ask } from '../session';
import { act } from '../ticket-actions';
import { type Candidate, candidatesFor, numberTyped } from './candidates';
import { words } from './i18n';
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
  const found = useLookUp(numberTyped(typed));
  const candidates = candidatesFor(typed, ticket.id, desk.otherTickets(ticket.id), found);
  const options = candidates.map((into) => ({ key: into.id, current: false, into }));
  const w = words.value;
  return (
    <PickDialog
      title={w.title}
      find={w.find}
      typed={typed}
      groups={[{ options }]}
      none={w.none}
      draw={({ into }) => (
        <>
          <span class="merge-number">#{into.number}</span>
          <span class="label">
            <bdi>{titleOf(into)}</bdi>
          </span>
        </>
      )}
      onType={setTyped}
      onChoose={({ into }) => onChoose(into)}
      onClose={merging.close}
    >
      <p class="field-hint">{w.intro(nameOf(ticket.requester))}</p>
    </PickDialog>
  );
}

/** The ticket of a number, if it is there for this agent. */
function useLookUp(number: number | null): Candidate | null {
  const [found, setFound] = useState<Candidate | null>(null);
  useEffect(() => {
    if (number === null) return;
    let left = false;
    void ask('GET /v1/agent/search', { query: { q: String(number), limit: hits_max } })
      .then(({ hits }) => {
        const hit = hits.find(({ row }) => row.ticket.number === number);
        if (!left) setFound(hit?.row.ticket ?? null);
      })
      .catch(() => {});
    return () => {
      left = true;
    };
  }, [number]);
  return found;
}

/** Whoever wrote of a number is found by it too. */
const hits_max = 100;

function Sure({ ticket, into }: { ticket: AgentTicket; into: Candidate }) {
  const desk = useDesk();
  const w = words.value;
  const go = () => {
    merging.close();
    void act(desk, ticket.id, { action: 'merge', into: into.id });
  };
  // The first one has the focus: a second Enter must not do what cannot be undone.
  const actions = (
    <>
      <button type="button" class="second-button" onClick={merging.close}>
        {console_words.value.cancel}
      </button>
      <button type="button" class="main-button danger" onClick={go}>
        {w.confirm(into.number)}
      </button>
    </>
  );
  return (
    <Dialog title={w.sure} onClose={merging.close} actions={actions}>
      <dl class="merge-both">
        <Named label={w.closes} ticket={ticket} />
        <Named label={w.lives} ticket={into} />
      </dl>
      <p>{w.warning}</p>
    </Dialog>
  );
}

function Named({ label, ticket }: { label: string; ticket: Candidate }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span class="merge-number">#{ticket.number}</span> <bdi>{titleOf(ticket)}</bdi>
      </dd>
    </div>
  );
}
