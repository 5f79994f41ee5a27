// What an event changes in a ticket and in the log before it. The hub's fold is the definition; this is its twin.
// protocol/cases/fold.json is run by both. `version` comes with snapshots and `inbox` frames alone.
import type { AgentEvent, AgentTicket, AnyEvent, AnyTicket, Line, Message, Note, Side } from '../protocol';
import { neutralise } from './bidi';

const line_chars_max = 140;

/** For an agent the other side is the requester; for a requester the agents. */
export function isTheirs(side: Side, ticket: AnyTicket): boolean {
  return side === (isAgents(ticket) ? 'requester' : 'agent');
}

/** The ticket after the next event. `last_message`: the number of the last message before it, as far as is known. */
export function foldTicket(ticket: AnyTicket, event: AnyEvent, last_message: number | undefined): AnyTicket {
  // An `inbox` frame may have been ahead of the feed: what it told holds this event already.
  if (event.n <= ticket.last_n) return ticket;
  const { author, body } = event as AgentEvent;
  const after = {
    ...ticket,
    last_n: event.n,
    last_at: event.at,
    last_line: foldLine(ticket, event as AgentEvent, last_message),
  };
  if (body.kind === 'message' && isTheirs(author.side, ticket)) after.theirs += 1;
  if (body.kind === 'status') {
    after.status = body.to;
    delete after.closed_at;
    if (body.to === 'closed') after.closed_at = event.at;
    delete after.continued_in;
  }
  if (body.kind === 'merged_into') {
    after.status = 'closed';
    after.closed_at ??= event.at;
    after.merged_into = { ticket: body.ticket, number: body.number };
  }
  if (body.kind === 'continued_in') after.continued_in = { ticket: body.ticket, number: body.number };
  // Another ticket leads here: this one lives, and goes on nowhere.
  if (body.kind === 'merged_from') delete after.continued_in;
  return isAgents(after) ? foldAgents(after, event as AgentEvent) : after;
}

/** The log after an edit or a redaction; what is erased stays erased. */
export function revise(events: readonly AnyEvent[], { at, body }: AgentEvent): AnyEvent[] {
  if (body.kind !== 'edited' && body.kind !== 'redacted') return [...events];
  return events.map((event) => {
    const old = (event as AgentEvent).body;
    if (event.n !== body.target || (old.kind !== 'message' && old.kind !== 'note')) return event;
    return {
      ...event,
      body: body.kind === 'edited' ? edited(old, body.text, at) : redacted(old, at),
    } as AnyEvent;
  });
}

/** White space folded, what cannot be seen taken out, cut with an ellipsis. */
export function lastLine(text: string): string {
  const folded = text.trim().split(/\s+/u).join(' ');
  const clean = [...neutralise(folded).replace(/[\p{Cc}\u200e\u200f\u061c]/gu, '')];
  return clean.length <= line_chars_max ? clean.join('') : `${clean.slice(0, line_chars_max - 1).join('')}…`;
}

const isAgents = (ticket: AnyTicket): ticket is AgentTicket => 'requester' in ticket;

function foldLine(
  { last_line }: AnyTicket,
  { author, body }: AgentEvent,
  last_message: number | undefined,
): Line | null {
  if (body.kind === 'message') return { side: author.side, name: author.name, text: lastLine(body.text) };
  if ((body.kind !== 'edited' && body.kind !== 'redacted') || body.target !== last_message || !last_line)
    return last_line;
  return { ...last_line, text: body.kind === 'edited' ? lastLine(body.text) : '' };
}

function foldAgents(ticket: AgentTicket, { at, author, body }: AgentEvent): AgentTicket {
  const { requester, waiting_since } = ticket;
  switch (body.kind) {
    case 'message':
      // The requester waits from the first message that nobody answered.
      if (author.side === 'requester')
        return { ...ticket, waiting_since: waiting_since ?? at, snoozed_until: null };
      return author.side === 'agent' ? { ...ticket, waiting_since: null } : ticket;
    case 'status':
      return body.to === 'solved' || body.to === 'closed'
        ? { ...ticket, waiting_since: null, snoozed_until: null }
        : { ...ticket, waiting_since: waiting_since ?? body.waiting_since ?? null };
    case 'merged_into':
      return { ...ticket, waiting_since: null, snoozed_until: null };
    case 'merged_from':
      // Whoever waited there waits here from now on, and what was put aside until an answer came has one.
      if (body.waiting_since === null) return ticket;
      return {
        ...ticket,
        waiting_since: Math.min(waiting_since ?? body.waiting_since, body.waiting_since),
        snoozed_until: null,
      };
    case 'assigned':
      return { ...ticket, team: body.team, assignee: body.agent };
    case 'joined': {
      const proof = requester.proof === 'not_confirmed' ? 'confirmed' : requester.proof;
      return { ...ticket, requester: { ...requester, id: author.id, name: body.name, guest: false, proof } };
    }
    case 'address':
      return { ...ticket, requester: { ...requester, email: body.email, proof: body.proof } };
    case 'priority':
      return { ...ticket, priority: body.to };
    case 'tagged':
      return { ...ticket, tags: body.to };
    case 'snoozed':
      return { ...ticket, snoozed_until: body.until };
    case 'woken':
      return { ...ticket, snoozed_until: null };
    default:
      return ticket;
  }
}

function edited<B extends Message | Note>(body: B, text: string, at: number): B {
  return body.redacted_at === undefined ? { ...body, text, edited_at: at } : body;
}

function redacted<B extends Message | Note>({ edited_at: _, ...kept }: B, at: number) {
  const { mentions: __, ...body } = kept as B & Pick<Note, 'mentions'>;
  return { ...body, text: '', attachments: [], redacted_at: at };
}
