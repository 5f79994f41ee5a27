// One act on many tickets: one request, an outcome for each, and a way back for as long as the toast stands.

import { retrying } from '../../core/api';
import { failureOf } from '../../core/errors';
import { newId } from '../../core/ids';
import type { AgentTicket, Outcome, TicketAct, TicketAction } from '../../protocol';
import { announceFailure } from '../../ui/Announcer';
import { type ToastAct, toast } from '../../ui/Toast';
import type { Desk } from '../desk';
import { words as console_words } from '../i18n';
import { ask } from '../session';
import { words } from '../triage/i18n';
import { changes } from './changes';
import { inverse } from './inverse';

const undo_ms = 10_000;

type Act = { before: AgentTicket; action: TicketAction };

/** Does it, says what became of it, and offers to take it back. */
export async function actOnMany(desk: Desk, all: readonly Act[]): Promise<void> {
  const acts = all.filter(({ before, action }) => changes(before, action));
  if (acts.length === 0) return toast(words.peek().bulk.nothing);
  const outcomes = await send(acts.map(({ before, action }) => ({ ticket: before.id, action })));
  void desk.list.read();
  if (!outcomes) return;
  const w = words.peek().bulk;
  const done = acts.flatMap((act, index) => {
    const n = outcomes[index]?.n;
    return n === undefined ? [] : [{ ...act, n }];
  });
  const refused = acts.flatMap(({ before }, index) => {
    const problem = outcomes[index]?.refused;
    return problem ? [w.refused(before.number, problem.title)] : [];
  });
  const text = [w.done(done.length), ...refused].join(' ');
  if (done.length === 0) toast(text);
  else
    toast(
      text,
      undoOf(
        desk,
        done.map(({ before, action, n }) => ({ before, actions: [action], n })),
      ),
    );
}

/** The way back that a toast offers. */
export const undoOf = (desk: Desk, done: readonly Done[]): ToastAct => ({
  label: words.peek().bulk.undo,
  shown_ms: undo_ms,
  act: () => void takeBack(desk, done),
});

/** What was done to a ticket, in its order, and the number its log had reached then. */
export interface Done {
  before: AgentTicket;
  actions: readonly TicketAction[];
  n: number;
}

/** Only where nothing has changed since: the hub looks at the number the ticket's log had reached. */
async function takeBack(desk: Desk, done: readonly Done[]): Promise<void> {
  let rest = done.map(({ before, actions, n }) => ({
    before,
    n,
    steps: actions.toReversed().flatMap((action) => inverse(before, action)),
  }));
  let undone = 0;
  while (rest.length > 0) {
    const now = rest.filter(({ steps }) => steps.length > 0);
    const outcomes = await send(
      now.map(({ before, steps: [action], n }) => ({
        ticket: before.id,
        action: action as TicketAction,
        if_last_n: n,
      })),
    );
    if (!outcomes) return;
    rest = now.flatMap((act, index) => {
      const n = outcomes[index]?.n;
      if (n === undefined) return [];
      const steps = act.steps.slice(1);
      if (steps.length === 0) undone += 1;
      return steps.length === 0 ? [] : [{ ...act, n, steps }];
    });
  }
  void desk.list.read();
  toast(words.peek().bulk.undone(undone, done.length - undone));
}

/** Null: out of reach, and the person was told. */
export async function send(acts: TicketAct[], key = newId()): Promise<Outcome[] | null> {
  try {
    const { outcomes } = await retrying(() => ask('POST /v1/agent/tickets/actions', { body: { acts }, key }));
    return outcomes;
  } catch (error) {
    const { message } = failureOf(error, console_words.peek().unreachable);
    toast(message);
    announceFailure(message);
    return null;
  }
}
