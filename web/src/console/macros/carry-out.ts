// Does what macros say to tickets: in one request for up to a hundred acts, each act of each ticket once under its key,
// and tells by name what was done and what was refused.

import { retrying } from '../../core/api';
import { failureOf } from '../../core/errors';
import { newId } from '../../core/ids';
import type { MacroFollow } from '../../core/outbox';
import type { AgentTicket, Outcome, TicketId } from '../../protocol';
import { announceFailure } from '../../ui/Announcer';
import { toast } from '../../ui/Toast';
import { type Done, send, undoOf } from '../bulk/bulk';
import type { Desk } from '../desk';
import { words as console_words } from '../i18n';
import { ask } from '../session';
import { catchUp } from '../ticket-actions';
import { type Step, stepsFor } from './acts';
import { words } from './i18n';
import { labelOf } from './labels';

/** domain::limits::ACTS_MAX */
const acts_max = 100;
const refusals_shown_max = 3;

type Act = Step & { before: AgentTicket };
type Answered = Act & { outcome: Outcome };

/** At once, with a way back: the macro has no text that it would wait for, or the text stays out. */
export async function carryOut(
  desk: Desk,
  follow: MacroFollow,
  tickets: readonly AgentTicket[],
): Promise<void> {
  const answered = await doAll(desk, follow, tickets, newId());
  if (!answered) return;
  const done = doneOf(answered);
  const text = toldOf(desk, follow, answered, tickets.length);
  if (done.length === 0) toast(text);
  else toast(text, undoOf(desk, done));
}

/** Once the text is sent, as the ticket then stands. */
export async function followUp(
  desk: Desk,
  id: TicketId,
  { key, ...follow }: MacroFollow & { key: string },
): Promise<void> {
  try {
    const { ticket } = await retrying(() => ask('GET /v1/agent/tickets/{id}', { path: { id } }));
    const answered = await doAll(desk, follow, [ticket], key);
    if (answered) toast(toldOf(desk, follow, answered, 1));
  } catch (error) {
    const { message } = failureOf(error, console_words.peek().unreachable);
    const told = words.peek().told.refused(titleOf(follow), message);
    toast(told);
    announceFailure(told);
  }
}

/** Null: the hub was out of reach before anything was done, and the person was told. */
async function doAll(
  desk: Desk,
  { actions }: MacroFollow,
  tickets: readonly AgentTicket[],
  key: string,
): Promise<Answered[] | null> {
  const colleagues = (desk.counts.colleagues.peek() ?? (await desk.counts.readColleagues()))?.agents ?? [];
  const who = { me: desk.me.id, colleagues };
  const now = Date.now();
  const of_tickets = tickets.map((before) =>
    stepsFor(actions, before, who, now).map((step): Act => ({ ...step, before })),
  );
  const answered: Answered[] = [];
  for (const acts of requestsOf(of_tickets)) {
    const outcomes = await send(
      acts.map(({ before, action }) => ({ ticket: before.id, action })),
      key,
    );
    if (!outcomes) {
      if (answered.length === 0) return null;
      break;
    }
    answered.push(
      ...acts.flatMap((act, index) => (outcomes[index] ? [{ ...act, outcome: outcomes[index] }] : [])),
    );
  }
  const refused = answered.find(({ outcome }) => outcome.refused);
  if (refused && tickets.length === 1) catchUp(desk, refused.before.id);
  else void desk.list.read();
  return answered;
}

/** Acts of one ticket stay in one request: their places there are their keys. */
function requestsOf(of_tickets: readonly Act[][]): Act[][] {
  const requests: Act[][] = [];
  for (const acts of of_tickets) {
    const last = requests.at(-1);
    if (last && last.length + acts.length <= acts_max) last.push(...acts);
    else if (acts.length > 0) requests.push([...acts]);
  }
  return requests;
}

function doneOf(answered: readonly Answered[]): Done[] {
  const done = new Map<TicketId, Done>();
  for (const { before, action, outcome } of answered) {
    if (outcome.n === undefined) continue;
    const so_far = done.get(before.id)?.actions ?? [];
    done.set(before.id, { before, actions: [...so_far, action], n: outcome.n });
  }
  return [...done.values()];
}

const titleOf = ({ names }: MacroFollow): string => names.join(' + ');

function toldOf(desk: Desk, follow: MacroFollow, answered: readonly Answered[], tickets: number): string {
  const w = words.peek().told;
  const title = titleOf(follow);
  const label = ({ part }: Act) => labelOf(part, follow.actions, desk.counts.colleagues.peek());
  const done = answered.filter(({ outcome }) => outcome.n !== undefined);
  const refused = answered.flatMap((act) => {
    const { refused: problem } = act.outcome;
    const what = tickets === 1 ? label(act) : `#${act.before.number} ${label(act)}`;
    return problem ? [w.refused(what, problem.title)] : [];
  });
  if (answered.length === 0) return w.nothing(title);
  const changed = new Set(done.map(({ before }) => before.id)).size;
  const first = tickets === 1 ? w.done(title, done.map(label).join(', ')) : w.doneMany(title, changed);
  const rest = refused.length - refusals_shown_max;
  return [
    ...(done.length > 0 ? [first] : [`${title}.`]),
    ...refused.slice(0, refusals_shown_max),
    ...(rest > 0 ? [w.more(rest)] : []),
  ].join(' ');
}
