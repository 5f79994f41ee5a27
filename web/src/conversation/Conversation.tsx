// One ticket's conversation, for customers and guests alike: what was said, who is there, where to answer.

import { useSignal } from '@preact/signals';
import '../ui/conversation.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../core/api';
import type { Feed, Requesters } from '../core/feed';
import { isForAnother } from '../core/for-another';
import type { Live, OpenFeed } from '../core/live';
import { words } from '../i18n/words';
import type { AgentEvent, Author, Site, TicketId } from '../protocol';
import { announceFailure, announceMessage } from '../ui/Announcer';
import { Composer } from '../ui/Composer';
import { EditBox, isEditable } from '../ui/EditBox';
import { AttachButton } from '../ui/files/AttachButton';
import { DropZone } from '../ui/files/DropZone';
import { messageFiles } from '../ui/files/message-files';
import { pastedFiles, usePicking } from '../ui/files/picking';
import { Tray } from '../ui/files/Tray';
import { useViewer } from '../ui/files/viewing';
import { Icon } from '../ui/Icon';
import { pencil } from '../ui/icons';
import { Log } from '../ui/Log';
import { logItems } from '../ui/log-items';
import { now } from '../ui/now';
import { useStands } from '../ui/stands';
import { ConnectionBanner } from './ConnectionBanner';
import { ConversationHead } from './ConversationHead';
import { drawLine } from './EventLines';
import { Merged } from './Merged';
import { ticketHref } from './ticket-href';
import { anonymous, type Visit } from './visit';

export interface ConversationProps {
  visit: Visit;
  ticket: TicketId;
  /** Before the head, such as the way back. */
  back?: ComponentChildren;
  /** Under the head, such as a line about the address. */
  notice?: ComponentChildren;
  /** In the place of the composer once the sign-in has ended. */
  ended: ComponentChildren;
  /** In the place of everything when the ticket is not there for this person. */
  gone: ComponentChildren;
}

export function Conversation(props: ConversationProps) {
  const { visit, ticket } = props;
  const live = visit.live.value;
  const open = useFeed(live, ticket);
  if (open.phase === 'gone') return <>{props.gone}</>;
  if (!open.feed) {
    return (
      <div class="conversation is-loading" aria-busy="true">
        {props.back}
        <Skeleton />
        <p class="conversation-loading" role="status">
          {open.phase === 'failed' ? words.value.conversation.not_loaded : words.value.loading}
        </p>
      </div>
    );
  }
  return <Talk key={`${ticket}/${open.feed.me}`} {...props} live={live} open={open} feed={open.feed} />;
}

/** The feed while the component stands; another live or another ticket is another feed. */
function useFeed(live: Live<Requesters>, ticket: TicketId): OpenFeed<Requesters> {
  const state = useSignal<OpenFeed<Requesters>>({ phase: 'loading', feed: null, loading_older: false });
  useEffect(() => {
    const stop = live.open(ticket).subscribe((value) => {
      state.value = value;
    });
    live.attention.look(ticket);
    return () => {
      stop();
      live.attention.look(null);
      live.close(ticket);
    };
  }, [live, ticket]);
  return state.value;
}

interface TalkProps extends ConversationProps {
  live: Live<Requesters>;
  open: OpenFeed<Requesters>;
  feed: Feed<Requesters>;
}

function Talk({ visit, ticket, live, open, feed, back, notice, ended }: TalkProps) {
  const outbox = visit.outbox(feed.me);
  const uploads = visit.uploads(feed.me).value;
  const picking = usePicking(uploads, ticket, 'reply', visit.site.files);
  const viewing = useViewer(feed.events as AgentEvent[], 'requester', ticket);
  // What was chosen with the request goes as soon as there is a ticket to go to.
  useEffect(() => void uploads?.postOpened(ticket, anonymous), [uploads, ticket]);
  const [unread_after] = useState(feed.unread > 0 ? feed.read_n : null);
  const [editing, setEditing] = useState<number | null>(null);
  const { text_chars_max: chars_max, text_bytes_max: bytes_max } = visit.site.limits;
  const limits = { chars_max, bytes_max };
  const me: Author = { id: feed.me, side: 'requester', name: '' };
  const items = logItems(feed, outbox.items.value, {
    side: 'requester',
    now: Date.now(),
    unread_after,
    me,
    // After a guest's ticket was joined to the account, the guest's messages are still one's own.
    own: ({ side }) => side === 'requester',
  });
  useAnnouncements(feed);
  const failed = outbox.items.value.filter(({ state }) => state === 'failed').length;
  useEffect(() => {
    if (failed > 0) announceFailure(words.peek().log.failed);
  }, [failed]);

  const { merged_into, continued_in } = feed.ticket;
  const leads_to = merged_into ?? continued_in;
  const draft = { participant: feed.me, place: ticket, kind: 'reply' };
  const stands = useStands(visit.drafts, [draft], leads_to !== undefined, [outbox.items.value.length]);
  const signed_out = live.connection.value === 'signed_out';

  // Whoever wrote what goes on in another ticket goes there with it.
  const wrote = useRef(false);
  useEffect(() => {
    if (!continued_in || merged_into || !wrote.current) return;
    wrote.current = false;
    // A guest's right to it is new to this connection.
    live.send({ type: 'refresh' });
    location.assign(ticketHref(continued_in.ticket));
  }, [continued_in?.ticket]);

  const send = (text: string) => {
    wrote.current = true;
    live.attention.typed(ticket);
    const files = picking.files.map(({ id }) => id);
    picking.dismiss();
    void outbox.post(ticket, 'reply', text, files);
  };
  const paste = (event: ClipboardEvent) => {
    const files = pastedFiles(event);
    if (files.length === 0) return;
    event.preventDefault();
    picking.add(files);
  };
  return (
    <div class="conversation">
      <ConversationHead feed={feed} site={visit.site} back={back} />
      {notice}
      <ConnectionBanner live={live} />
      <Log
        items={items}
        has_older={feed.has_older}
        loading_older={open.loading_older}
        typing={feed.typing.filter(({ side }) => side === 'agent')}
        unread={feed.unread}
        watching={live.attention.watching}
        onOlder={() => void live.loadOlder(ticket)}
        onRead={(n) => n > feed.read_n && live.attention.read(ticket, n)}
        onRetry={(id) => outbox.retry(id)}
        onDiscard={(id) => void outbox.discard(id)}
        drawLine={(event) => drawLine(event, visit.site, feed.ticket.number)}
        files={(item) =>
          messageFiles(item, { audience: 'requester', ticket, outbox, uploads, onOpen: viewing.open })
        }
        actions={(item) =>
          !merged_into &&
          isEditable(item, now.value) && <EditButton onEdit={() => setEditing(item.n ?? null)} />
        }
        editor={(item) =>
          item.n !== undefined && item.n === editing ? (
            <EditBox
              item={item}
              {...limits}
              save={(text, key) => edit(ticket, item.n ?? 0, text, key)}
              onDone={() => setEditing(null)}
            />
          ) : null
        }
      />
      {signed_out && ended}
      {!signed_out && leads_to && (
        <Merged
          into={leads_to}
          continued={!merged_into}
          sent_on={outbox.items.value.filter((item) => item.sent_on === ticket).length}
        />
      )}
      {!signed_out && (stands || picking.files.length > 0) && (
        <Composer
          drafts={visit.drafts}
          draft={draft}
          {...limits}
          autoFocus={matchMedia('(hover: hover)').matches}
          onSend={send}
          has_files={picking.files.length > 0}
          onPaste={paste}
          before={
            <>
              <Tray picking={picking} />
              <AttachButton picking={picking} />
            </>
          }
          onTyping={() => live.attention.typing(ticket, 'reply')}
          below={
            <>
              <ComposerHint feed={feed} site={visit.site} kept={visit.store.kind === 'indexeddb'} />
              <DropZone picking={picking} within=".conversation" />
            </>
          }
        />
      )}
      {viewing.viewer}
    </div>
  );
}

const edit = (ticket: TicketId, n: number, text: string, key: string) =>
  call('POST /v1/tickets/{id}/messages/{n}/edit', { path: { id: ticket, n }, body: { text }, key });

function EditButton({ onEdit }: { onEdit: () => void }) {
  return (
    <button
      type="button"
      class="icon-button message-edit"
      aria-label={words.value.edit.action}
      onClick={onEdit}
    >
      <Icon of={pencil} />
    </button>
  );
}

function ComposerHint({ feed, site, kept }: { feed: Feed<Requesters>; site: Site; kept: boolean }) {
  const { reopens, reopens_closed, opens_another, not_kept } = words.value.composer;
  const { status, merged_into, continued_in } = feed.ticket;
  const leads_to = merged_into ?? continued_in;
  const there = leads_to && words.value.merged.goes_there(leads_to.number);
  const closed = isForAnother(feed.ticket, site.reopen_within_ms, now.value) ? opens_another : reopens_closed;
  const hint = there ?? (status === 'solved' ? reopens : status === 'closed' ? closed : kept ? '' : not_kept);
  return hint ? <p class="composer-hint">{hint}</p> : null;
}

/** What others wrote while one looks is said once; what was there at the beginning is not. */
function useAnnouncements(feed: Feed<Requesters>): void {
  const said = useRef(feed.cursor);
  useEffect(() => {
    for (const { n, author, body } of feed.events) {
      if (n <= said.current || author.side === 'requester' || body.kind !== 'message') continue;
      announceMessage(`${author.name || words.peek().log.support}: ${body.text}`);
    }
    said.current = feed.cursor;
  }, [feed.cursor]);
}

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}
