// One ticket as the page knows it: snapshot plus events, folded by pure functions, for either audience.
// The page's reducer and the hub's fold must agree: protocol/cases/fold.json is run by both.
import type {
  AgentEvent,
  AgentSnapshot,
  AgentTicket,
  AnyEvent,
  Author,
  Mark,
  ParticipantId,
  PostKind,
  Presence,
  PublicEvent,
  PublicSnapshot,
  PublicTicket,
  Side,
} from '../protocol';
import { foldTicket, isTheirs, revise } from './fold';

/** The two audiences: everything below is generic over one of them. */
export interface Requesters {
  event: PublicEvent;
  ticket: PublicTicket;
  snapshot: PublicSnapshot;
}
export interface Agents {
  event: AgentEvent;
  ticket: AgentTicket;
  snapshot: AgentSnapshot;
}
export type Audience = Requesters | Agents;

export interface Typing {
  participant: ParticipantId;
  side: Side;
  name: string;
  kind: PostKind;
  /** Sending a file rather than pressing keys. */
  file: boolean;
  /** Gone at this time, by the page's clock. */
  until: number;
}

export interface Feed<A extends Audience = Audience> {
  epoch: string;
  /** The last number applied. */
  cursor: number;
  ticket: A['ticket'];
  /** Ascending; edits and redactions applied, their own events left out. */
  events: A['event'][];
  has_older: boolean;
  marks: Mark[];
  people: Presence[];
  typing: Typing[];
  me: ParticipantId;
  read_n: number;
  unread: number;
}

export const typing_ms = 6_000;

export function feedOf<A extends Audience>(snapshot: A['snapshot'], me: ParticipantId): Feed<A> {
  const { epoch, cursor, ticket, events, has_older, marks, people, read_n, unread } = snapshot;
  return { epoch, cursor, ticket, events, has_older, marks, people, typing: [], me, read_n, unread };
}

/** What an event means for a feed: the next one, known already, or one beyond a hole. */
export function place(feed: Feed, event: AnyEvent): 'next' | 'known' | 'hole' {
  if (event.n <= feed.cursor) return 'known';
  return event.n === feed.cursor + 1 ? 'next' : 'hole';
}

/** Applies the next event. Anything else changes nothing: the caller looked at `place` first. */
export function applyEvent<A extends Audience>(feed: Feed<A>, event: A['event']): Feed<A> {
  if (place(feed as Feed, event) !== 'next') return feed;
  const { body, author } = event as AgentEvent;
  const last_message = feed.events.findLast((each) => each.body.kind === 'message')?.n;
  const moved: Feed<A> = {
    ...feed,
    cursor: event.n,
    ticket: foldTicket(feed.ticket, event, last_message) as A['ticket'],
  };
  if (body.kind === 'edited' || body.kind === 'redacted') {
    return { ...moved, events: revise(feed.events, event as AgentEvent) as A['event'][] };
  }
  moved.events = [...feed.events, event];
  if (body.kind !== 'message' && body.kind !== 'note') return moved;
  moved.typing = feed.typing.filter(({ participant }) => participant !== author.id);
  if (body.kind === 'message' && isTheirs(author.side, moved.ticket)) moved.unread = feed.unread + 1;
  return readByWriting(moved, author, event.n);
}

/** Whoever writes has read what stands before it, and itself: no `read` frame tells that. */
function readByWriting<A extends Audience>(feed: Feed<A>, { id, side }: Author, n: number): Feed<A> {
  const mark: Mark = { participant: id, side, delivered_n: n, read_n: n };
  return applyMark(feed, mark, id === feed.me ? 0 : undefined);
}

/** Older pages go before what is known; whatever overlaps is dropped. */
export function prependOlder<A extends Audience>(feed: Feed<A>, older: A['snapshot']): Feed<A> {
  const first = feed.events[0]?.n ?? Number.MAX_SAFE_INTEGER;
  const before = (older.events as A['event'][]).filter(({ n }) => n < first);
  return { ...feed, events: [...before, ...feed.events], has_older: older.has_older };
}

export function applyMark<A extends Audience>(feed: Feed<A>, mark: Mark, unread?: number): Feed<A> {
  const marks = [...feed.marks.filter(({ participant }) => participant !== mark.participant), mark];
  if (mark.participant !== feed.me) return { ...feed, marks };
  return { ...feed, marks, read_n: Math.max(feed.read_n, mark.read_n), unread: unread ?? feed.unread };
}

export function applyPresence<A extends Audience>(feed: Feed<A>, people: Presence[]): Feed<A> {
  return { ...feed, people };
}

export function applyTyping<A extends Audience>(
  feed: Feed<A>,
  typing: Omit<Typing, 'until'>,
  now: number,
): Feed<A> {
  if (typing.participant === feed.me) return feed;
  const others = feed.typing.filter(
    ({ participant, until }) => participant !== typing.participant && until > now,
  );
  return { ...feed, typing: [...others, { ...typing, until: now + typing_ms }] };
}

export function expireTyping<A extends Audience>(feed: Feed<A>, now: number): Feed<A> {
  const left = feed.typing.filter(({ until }) => until > now);
  return left.length === feed.typing.length ? feed : { ...feed, typing: left };
}

/** An `inbox` frame knows what events do not tell a requester, such as who looks after the ticket. */
export function applyTicket<A extends Audience>(feed: Feed<A>, ticket: A['ticket']): Feed<A> {
  // One that was overtaken by events would take the ticket back; the next one is on its way.
  return ticket.version > feed.ticket.version && ticket.last_n >= feed.ticket.last_n
    ? { ...feed, ticket }
    : feed;
}

/** What events do not tell, from a snapshot read again: marks, people, what changed about the ticket. */
export function refreshed<A extends Audience>(feed: Feed<A>, snapshot: A['snapshot']): Feed<A> {
  if (snapshot.epoch !== feed.epoch) return feed;
  const marks = snapshot.marks.map((mark) => further(mark, feed.marks));
  const fresh = applyTicket({ ...feed, people: snapshot.people, marks }, snapshot.ticket as A['ticket']);
  // What is unread depends on which events are known: only of the same ones is it taken over.
  if (snapshot.cursor !== feed.cursor || snapshot.read_n < feed.read_n) return fresh;
  return { ...fresh, read_n: snapshot.read_n, unread: snapshot.unread };
}

/** Marks only move forward: an answer may have been overtaken. */
function further(mark: Mark, known: readonly Mark[]): Mark {
  const before = known.find(({ participant }) => participant === mark.participant);
  if (!before) return mark;
  return {
    ...mark,
    delivered_n: Math.max(mark.delivered_n, before.delivered_n),
    read_n: Math.max(mark.read_n, before.read_n),
  };
}

export type Reach = 'sent' | 'delivered' | 'seen';

/** How far own message `n` has got on the other side. */
export function reach(feed: Feed, n: number, side: Side): Reach {
  const others = feed.marks.filter((mark) => mark.side !== side && mark.participant !== feed.me);
  if (others.some((mark) => mark.read_n >= n)) return 'seen';
  return others.some((mark) => mark.delivered_n >= n) ? 'delivered' : 'sent';
}
