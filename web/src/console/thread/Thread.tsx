// The open ticket: its head, its conversation, its composer. Holds the feed while it stands,
// tells the hub what is looked at and read, and says what comes in to screen readers.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import type { Unsent } from '../../core/outbox';
import type { PostKind, TicketId } from '../../protocol';
import { announceMessage, announceStatus } from '../../ui/Announcer';
import { EditBox } from '../../ui/EditBox';
import { messageFiles } from '../../ui/files/message-files';
import { useViewer } from '../../ui/files/viewing';
import { Log } from '../../ui/Log';
import { logItems, type MessageItem } from '../../ui/log-items';
import { now } from '../../ui/now';
import { useStands } from '../../ui/stands';
import { useCommand } from '../commands';
import { limitsOf, useDesk } from '../desk';
import { words } from '../i18n';
import { drawCalled } from '../mentions/called';
import { MergedFoot } from '../merge/MergedFoot';
import { LineBanner } from '../nav/LineState';
import { useOpenTicket } from '../open-ticket';
import { ask } from '../session';
import { heldOf, takeBack } from '../undo-send';
import { KINDS } from './draft-kinds';
import { Held } from './Held';
import { words as thread_words } from './i18n';
import { drawLine } from './lines';
import { MessageActions } from './MessageActions';
import { named } from './named';
import { Placeholder, ThreadSkeleton } from './Placeholder';
import { useSeek } from './seek';
import { ThreadComposer } from './ThreadComposer';
import { ThreadHead } from './ThreadHead';

/** `n`: the message that one comes for. */
export function Thread({ ticket, n }: { ticket: TicketId; n?: number | undefined }) {
  const { live } = useDesk();
  const open = useOpenTicket(ticket);
  const { phase, feed } = open.value;
  const there = phase === 'ready';
  // Only what this connection subscribed to can be attended: before that the hub knows no such feed here.
  useEffect(() => {
    if (!there) return;
    live.attention.look(ticket);
    return () => live.attention.look(null);
  }, [live, ticket, there]);
  if (phase === 'gone') return <Placeholder kind="gone" />;
  if (!feed) return phase === 'failed' ? <Placeholder kind="failed" /> : <ThreadSkeleton />;
  return <Conversation feed={feed} loading_older={open.value.loading_older} n={n} />;
}

interface ConversationProps {
  feed: Feed<Agents>;
  loading_older: boolean;
  n: number | undefined;
}

function Conversation({ feed: raw, loading_older, n }: ConversationProps) {
  const desk = useDesk();
  const { live, outbox, uploads, me } = desk;
  const feed = useMemo(() => named(raw), [raw]);
  const { id: ticket, merged_into } = feed.ticket;
  // Frozen while one looks: the divider must not run away under the eyes.
  const [unread_after] = useState(feed.unread > 0 || isCalled(feed) ? feed.read_n : null);
  const [editing, setEditing] = useState<number | null>(null);
  const viewing = useViewer(feed.events, 'agent', ticket);
  useNews(feed);
  useSeek(feed, n);
  const [returned, setReturned] = useState<{ kind: PostKind } | null>(null);
  const undo = (item: Unsent | undefined) => {
    if (!item) return;
    const back = takeBack(desk, item);
    announceStatus(words.peek().undoSend[back ? 'back' : 'late']);
    if (back) setReturned({ kind: item.kind });
  };
  useCommand('undo', () => undo(heldOf(outbox.items.peek(), ticket)));
  const has_files = KINDS.some((kind) => uploads.drafts(ticket, kind).length > 0);
  const { sync } = desk;
  useEffect(() => sync.open(ticket), [sync, ticket]);
  const keys = KINDS.map((kind) => ({ participant: me.id, place: ticket, kind }));
  const stands = useStands(desk.drafts, keys, merged_into !== undefined, [
    returned,
    outbox.items.value.length,
    sync.arrived.value,
  ]);
  const items = logItems(feed, outbox.items.value, {
    side: 'agent',
    now: now.value,
    unread_after,
    own: ({ side }) => side === 'agent',
    me: { id: me.id, side: 'agent', name: me.name },
  });
  const w = words.value.thread;
  return (
    <>
      <ThreadHead feed={feed} />
      <LineBanner />
      <Log
        class="thread-log"
        items={items}
        has_older={feed.has_older}
        loading_older={loading_older}
        typing={feed.typing}
        unread={feed.unread}
        watching={live.attention.watching}
        onOlder={() => void live.loadOlder(ticket)}
        onRead={(n) => n > raw.read_n && live.attention.read(ticket, n)}
        onRetry={(client_id) => outbox.retry(client_id)}
        onDiscard={(client_id) => void outbox.discard(client_id)}
        drawLine={(event) => drawLine(event, feed.ticket, me.id)}
        files={(item) =>
          messageFiles(item, { audience: 'agent', ticket, outbox, uploads, onOpen: viewing.open })
        }
        held={({ unsent }) => unsent && <Held item={unsent} onUndo={() => undo(unsent)} />}
        actions={(item) => (
          <MessageActions
            item={item}
            ticket={ticket}
            onEdit={merged_into ? undefined : () => setEditing(item.n ?? null)}
          />
        )}
        editor={(item) =>
          item.n !== undefined && item.n === editing ? (
            <Edit item={item} n={item.n} ticket={ticket} onDone={() => setEditing(null)} />
          ) : null
        }
        named
        drawWords={(item) => drawCalled(item, me.id)}
        noteLabel={`${w.note} · ${w.noteOnly}`}
      />
      {merged_into && <MergedFoot ticket={ticket} into={merged_into} />}
      {(stands || has_files) && <ThreadComposer feed={feed} returned={returned} />}
      {viewing.viewer}
    </>
  );
}

/** A note that one has not read calls one. */
function isCalled({ events, read_n, me }: Feed<Agents>): boolean {
  return events.some(
    ({ n, body }) => n > read_n && body.kind === 'note' && body.mentions?.some(({ id }) => id === me),
  );
}

interface EditProps {
  item: MessageItem;
  n: number;
  ticket: TicketId;
  onDone: () => void;
}

function Edit({ item, n, ticket, onDone }: EditProps) {
  const desk = useDesk();
  const w = thread_words.value.edit;
  return (
    <EditBox
      item={item}
      {...limitsOf(desk)}
      sendBy="mod-enter"
      hint={item.note ? w.noteIntro : w.intro}
      save={(text, key) =>
        ask('POST /v1/agent/tickets/{id}/messages/{n}/edit', { path: { id: ticket, n }, body: { text }, key })
      }
      onDone={onDone}
    />
  );
}

/** What others write while the ticket is open, told once; what stood there before is not news. */
function useNews(feed: Feed<Agents>): void {
  const told = useRef(feed.cursor);
  useEffect(() => {
    const w = words.peek();
    for (const { n, author, body } of feed.events) {
      if (n <= told.current || author.id === feed.me) continue;
      if (body.kind === 'message') announceMessage(w.told.newMessage(author.name, body.text));
      if (body.kind === 'note')
        announceMessage(w.told.newMessage(`${author.name}, ${w.thread.note}`, body.text));
    }
    told.current = feed.cursor;
  }, [feed.cursor]);
}
