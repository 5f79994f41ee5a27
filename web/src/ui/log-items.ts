// What a conversation shows, line by line, worked out from a feed and the outbox. Pure.
// A message keeps its key from greyed to seen, so its element stays and nothing jumps.

import { type Audience, type Feed, type Reach, reach } from '../core/feed';
import type { Unsent } from '../core/outbox';
import { daysBetween } from '../core/time';
import type { AgentEvent, AgentRef, Attachment, Author, ParticipantId, Side } from '../protocol';

export interface MessageItem {
  kind: 'message';
  key: string;
  at: number;
  /** Absent while it is not committed. */
  n?: number;
  author: Author;
  /** Of one's own side: it stands on one's own edge. */
  own: boolean;
  /** One's very own: a colleague's reply is of the own side and has a name. */
  mine: boolean;
  /** An agent asks for information. */
  asks: boolean;
  /** An internal note: agents alone ever see one. */
  note: boolean;
  text: string;
  /** Of a note: whom it calls. */
  mentions: readonly AgentRef[];
  /** It calls whoever looks. */
  calls_me: boolean;
  attachments: readonly Attachment[];
  /** The text only says what the files are called, which they say themselves. */
  wordless: boolean;
  edited: boolean;
  redacted: boolean;
  /** First and last of a run by the same person within a few minutes. */
  first: boolean;
  last: boolean;
  state: 'held' | 'queued' | 'sending' | 'failed' | Reach;
  /** Only the newest own message, and the newest seen one, say their state. */
  shows_state: boolean;
  unsent?: Unsent;
}

export type LogItem =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'unread'; key: string }
  | { kind: 'line'; key: string; event: AgentEvent }
  | MessageItem;

export interface LogView {
  side: Side;
  now: number;
  /** The divider stands before the other side's first message after this number; frozen while one looks. */
  unread_after: number | null;
  own?: (author: Author) => boolean;
  /** Who writes: the face of texts that are not committed yet. */
  me: Author;
}

const run_ms_max = 5 * 60_000;

export function logItems<A extends Audience>(
  feed: Feed<A>,
  unsent: readonly Unsent[],
  view: LogView,
): LogItem[] {
  const own = view.own ?? (({ id }: Author) => id === feed.me);
  const items: LogItem[] = [];
  let divided = view.unread_after === null;
  let before: LogItem | undefined;
  const add = (item: LogItem, at: number) => {
    const last_at = before && 'at' in before ? before.at : before?.kind === 'line' ? before.event.at : null;
    if (last_at === null || daysBetween(last_at, at) !== 0) items.push({ kind: 'day', key: `day-${at}`, at });
    items.push(item);
    before = item;
  };
  for (const event of feed.events as AgentEvent[]) {
    const item = itemOf(event, own, feed.me);
    if (
      !divided &&
      item.kind === 'message' &&
      (!item.own || item.calls_me) &&
      event.n > (view.unread_after ?? 0)
    ) {
      divided = true;
      items.push({ kind: 'unread', key: 'unread' });
    }
    add(item, event.at);
  }
  for (const each of pending(feed, unsent)) add(unsentItem(each, view.me), each.at);
  return withStates(withRuns(items), feed, view.side);
}

/** Texts of the outbox whose event is not on the screen yet. */
export function pending<A extends Audience>(feed: Feed<A>, unsent: readonly Unsent[]): Unsent[] {
  const shown = new Set(feed.events.map(({ client_id }) => client_id));
  return unsent.filter(
    (item) =>
      item.ticket === feed.ticket.id &&
      !shown.has(item.client_id) &&
      !(item.n !== undefined && item.n <= feed.cursor),
  );
}

function itemOf(event: AgentEvent, own: (author: Author) => boolean, me: ParticipantId): LogItem {
  const { body, author, n, at, client_id } = event;
  if (body.kind !== 'message' && body.kind !== 'note') return { kind: 'line', key: `n${n}`, event };
  const mentions = (body.kind === 'note' && body.mentions) || [];
  return {
    kind: 'message',
    key: client_id ?? `n${n}`,
    at,
    n,
    author,
    own: own(author),
    mine: author.id === me,
    asks: body.kind === 'message' && body.asks,
    note: body.kind === 'note',
    text: body.text,
    mentions,
    calls_me: author.id !== me && mentions.some(({ id }) => id === me),
    attachments: body.attachments,
    wordless: isWordless(body.text, body.attachments),
    edited: body.edited_at !== undefined,
    redacted: body.redacted_at !== undefined,
    first: true,
    last: true,
    state: 'sent',
    shows_state: false,
  };
}

function unsentItem(unsent: Unsent, me: Author): MessageItem {
  const { client_id, at, text, files, kind, state } = unsent;
  return {
    kind: 'message',
    key: client_id,
    at,
    author: me,
    own: true,
    mine: true,
    asks: kind === 'ask',
    note: kind === 'note',
    text,
    mentions: [],
    calls_me: false,
    attachments: [],
    wordless: text === '' && files.length > 0,
    edited: false,
    redacted: false,
    first: true,
    last: true,
    state: state === 'returned' ? 'queued' : state,
    shows_state: true,
    unsent,
  };
}

const isWordless = (text: string, files: readonly Attachment[]): boolean =>
  files.length > 0 && text === files.map(({ name }) => name).join(', ');

function withRuns(items: LogItem[]): LogItem[] {
  return items.map((item, index) => {
    if (item.kind !== 'message') return item;
    return { ...item, first: !sameRun(items[index - 1], item), last: !sameRun(item, items[index + 1]) };
  });
}

function sameRun(a: LogItem | undefined, b: LogItem | undefined): boolean {
  if (a?.kind !== 'message' || b?.kind !== 'message') return false;
  return a.author.id === b.author.id && a.own === b.own && a.note === b.note && b.at - a.at < run_ms_max;
}

function withStates<A extends Audience>(items: LogItem[], feed: Feed<A>, side: Side): LogItem[] {
  let newest = true;
  let seen = false;
  return items
    .toReversed()
    .map((item) => {
      if (item.kind !== 'message' || !item.own || item.note || item.unsent || item.n === undefined)
        return item;
      const state = reach(feed as Feed, item.n, side);
      const shows_state = newest || (state === 'seen' && !seen);
      newest = false;
      seen ||= state === 'seen';
      return { ...item, state, shows_state };
    })
    .toReversed();
}
