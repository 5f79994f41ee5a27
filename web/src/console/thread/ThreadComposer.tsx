// The composer of the open ticket, in three kinds: a reply, a question to the requester, a note.
// Each kind is a composer of its own with its own draft, colour, label and button: switching carries
// nothing over, and what was begun as a note can only ever leave as a note.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Agents, Feed } from '../../core/feed';
import { isConnected } from '../../core/line';
import type { AgentEvent, PostKind } from '../../protocol';
import { Composer } from '../../ui/Composer';
import { AttachButton } from '../../ui/files/AttachButton';
import { DropZone } from '../../ui/files/DropZone';
import { words as file_words } from '../../ui/files/i18n';
import { type Picking, pastedFiles, usePicking } from '../../ui/files/picking';
import { Tray } from '../../ui/files/Tray';
import { Icon } from '../../ui/Icon';
import { chevronDown, help, lock, pencil } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { now } from '../../ui/now';
import { OtherDraft, PendingActs } from '../chunks';
import { useCommand } from '../commands';
import { fileLimitsOf, limitsOf, requesterOf, useDesk } from '../desk';
import { nameOf } from '../drafts/sending';
import { words } from '../i18n';
import { at, badgeAlert, circleCheck } from '../icons';
import { shortcut } from '../keys';
import { MacroButton } from '../macros/MacroButton';
import { useMacros } from '../macros/using';
import { words as mention_words } from '../mentions/i18n';
import { useMentioning } from '../mentions/mentioning';
import { words as merge_words } from '../merge/i18n';
import { shortName } from '../names';
import { holdMs } from '../undo-send';
import { isOpenOrPending } from '../views';
import { closedHint } from './closed-hint';
import { alsoReplying, replySince } from './collision';
import { KINDS, useDraftKinds } from './draft-kinds';
import { words as thread_words } from './i18n';
import { MeanwhileDialog } from './MeanwhileDialog';

interface ThreadComposerProps {
  feed: Feed<Agents>;
  /** A text that was taken back: its composer is shown, with the focus in it. */
  returned: { kind: PostKind } | null;
}

export function ThreadComposer({ feed, returned }: ThreadComposerProps) {
  const desk = useDesk();
  const { ticket } = feed;
  const [kind, setKind] = useState<PostKind>('reply');
  const [asked, setAsked] = useState(0);
  const then_solve = useRef(false);
  const sending = useRef<{ send: () => void; ready: boolean } | null>(null);
  const frame = useRef<HTMLElement>(null);
  const drafts = useDraftKinds(ticket.id, kind);
  const picking = usePicking(desk.uploads, ticket.id, kind, fileLimitsOf(desk));
  const mentioning = useMentioning(frame, ticket, kind === 'note');
  const other = desk.sync.others.value.get(nameOf(ticket.id, kind));
  const w = words.value.composer;

  // Up to where one knew the conversation when one began each kind; what comes later may make it needless.
  const began = useRef(new Map<PostKind, number>());
  const [meanwhile, setMeanwhile] = useState<{ reply: AgentEvent; solve: boolean } | null>(null);
  const maySend = () => {
    const since = began.current.get(kind);
    const reply = kind === 'note' || since === undefined ? undefined : replySince(feed, since);
    if (!reply) return true;
    // Asked once: whoever sends again has seen it.
    began.current.set(kind, feed.cursor);
    setMeanwhile({ reply, solve: then_solve.current });
    then_solve.current = false;
    return false;
  };
  const sendAnyway = () => {
    then_solve.current = meanwhile?.solve ?? false;
    setMeanwhile(null);
    sending.current?.send();
  };
  const onTyping = () => {
    if (!began.current.has(kind)) began.current.set(kind, feed.cursor);
    desk.live.attention.typing(ticket.id, kind);
  };

  const write = (next: PostKind) => {
    setKind(next);
    setAsked((times) => times + 1);
  };
  const macros = useMacros(feed, kind, write);
  useLayoutEffect(() => {
    if (returned) write(returned.kind);
  }, [returned]);
  useCommand('reply', () => write('reply'));
  useCommand('ask', () => write('ask'));
  useCommand('note', () => write('note'));
  // Asked for by a key: the focus is in the new field before the next key is pressed, so no letter is lost.
  useLayoutEffect(() => {
    if (asked > 0) frame.current?.querySelector('textarea')?.focus({ preventScroll: true });
  }, [asked]);

  const onSend = (text: string) => {
    const solve = then_solve.current;
    then_solve.current = false;
    began.current.delete(kind);
    desk.live.attention.typed(ticket.id);
    void post(text, solve);
  };
  const post = async (text: string, solve: boolean) => {
    const files = picking.files.map(({ id }) => id);
    const states = desk.sync.give(ticket.id, kind);
    picking.dismiss();
    const macro = macros.take(solve);
    const then_solve = solve && !macro;
    const mentions = mentioning.called(text);
    await desk.outbox.post(ticket.id, kind, text, files, {
      hold_ms: holdMs(kind),
      then_solve,
      macro,
      mentions,
      drafts: states,
    });
  };
  const paste = (event: ClipboardEvent) => {
    const files = pastedFiles(event);
    if (files.length === 0) return;
    event.preventDefault();
    picking.add(files);
  };
  const sendAndSolve = () => {
    if (!sending.current?.ready) return;
    then_solve.current = true;
    sending.current.send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    mentioning.onKeyDown(event);
    const both = (event.ctrlKey || event.metaKey) && event.shiftKey;
    if (!both || event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    sendAndSolve();
  };

  return (
    <section
      ref={frame}
      class={`thread-composer ${kind}`}
      aria-label={labelOf(kind, feed)}
      onKeyDown={onKeyDown}
    >
      <Composer
        key={`${ticket.id}/${kind}`}
        drafts={desk.drafts}
        draft={{ participant: desk.me.id, place: ticket.id, kind }}
        label={labelOf(kind, feed)}
        placeholder={{ reply: w.replyHint, ask: w.askHint, note: w.noteHint }[kind]}
        {...limitsOf(desk)}
        sendBy="mod-enter"
        tone={kind === 'note' ? 'note' : 'reply'}
        onSend={onSend}
        maySend={maySend}
        has_files={picking.files.length > 0}
        onPaste={paste}
        onTyping={onTyping}
        onField={macros.onField}
        above={
          <>
            {mentioning.list}
            {other && <OtherDraft key={other.revision} ticket={ticket.id} kind={kind} text={other.text} />}
            <div class="kinds">
              <Kinds kind={kind} drafts={drafts} onChoose={write} />
              <Route kind={kind} feed={feed} />
              <AlsoReplying kind={kind} feed={feed} />
            </div>
          </>
        }
        sendButton={(send, ready) => {
          sending.current = { send, ready };
          return (
            <>
              <Tray picking={picking} />
              {macros.pending && <PendingActs pending={macros.pending} onChange={macros.onPending} />}
              <Foot
                kind={kind}
                feed={feed}
                ready={ready}
                picking={picking}
                onMention={mentioning.begin}
                onSendAndSolve={sendAndSolve}
              />
            </>
          );
        }}
      />
      {meanwhile && (
        <MeanwhileDialog reply={meanwhile.reply} onSend={sendAnyway} onLook={() => setMeanwhile(null)} />
      )}
      <DropZone
        picking={picking}
        within=".pane-main"
        tone={kind === 'note' ? 'note' : 'reply'}
        hint={kind === 'note' ? file_words.value.drop_note : file_words.value.drop_reply}
      />
    </section>
  );
}

function labelOf(kind: PostKind, feed: Feed<Agents>): string {
  const w = words.value.composer;
  const name = shortName(feed.ticket.requester);
  return { reply: w.replyLabel(name), ask: w.askLabel(name), note: w.noteLabel }[kind];
}

interface KindsProps {
  kind: PostKind;
  drafts: ReadonlySet<PostKind>;
  onChoose: (kind: PostKind) => void;
}

/** Buttons, not tabs: each is a way to begin writing, and has a key. */
function Kinds({ kind, drafts, onChoose }: KindsProps) {
  const w = words.value.composer;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of fields.
    <div class="kind-buttons" role="group" aria-label={w.kinds}>
      {KINDS.map((each) => (
        <button
          key={each}
          type="button"
          class={each}
          aria-pressed={each === kind}
          aria-keyshortcuts={shortcut(each)}
          onClick={() => onChoose(each)}
        >
          {each === 'note' && <Icon of={lock} />}
          {each === 'ask' && <Icon of={help} />}
          {w[each]}
          {each !== kind && drafts.has(each) && (
            <span class="draft-dot">
              <span class="sr-only">, {w.hasDraft}</span>
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

/** Where the words will go: live to somebody who is there, to nobody but agents, to an address nobody confirmed. */
function Route({ kind, feed }: { kind: PostKind; feed: Feed<Agents> }) {
  const { live, counts } = useDesk();
  const w = words.value.composer;
  const { requester } = feed.ticket;
  if (kind === 'note') {
    return (
      <span class="route">
        <Icon of={lock} />
        {w.noteRoute}
      </span>
    );
  }
  const cut = !isConnected(live.connection.value) && live.connection.value !== 'connecting';
  const state = requesterOf(feed.people)?.state ?? 'offline';
  const name = shortName(requester);
  const unseen = counts.of_one_node.value ? thread_words.value.unseen : null;
  return (
    <>
      {requester.proof === 'not_confirmed' && (
        <span class="route warn">
          <Icon of={badgeAlert} />
          {w.notConfirmed}
        </span>
      )}
      <span class="route">
        <i class={`presence ${state === 'offline' || cut ? '' : 'online'}`} />
        {cut ? w.keptOffline : state !== 'offline' ? w.online(name) : (unseen ?? w.away)(name)}
      </span>
    </>
  );
}

/** A colleague writes to the requester too: better to know before than after. */
function AlsoReplying({ kind, feed }: { kind: PostKind; feed: Feed<Agents> }) {
  const others = alsoReplying(feed.typing);
  const told = kind !== 'note' && others.length > 0;
  const names = others.map(({ name }) => name.split(/\s+/u)[0] ?? name).join(', ');
  // The place stays, so that a screen reader hears what comes into it.
  return (
    <span class={told ? 'route warn' : 'sr-only'} role="status">
      {told && (
        <>
          <Icon of={pencil} />
          {thread_words.value.meanwhile.also(names, others.length)}
        </>
      )}
    </span>
  );
}

interface FootProps {
  kind: PostKind;
  feed: Feed<Agents>;
  ready: boolean;
  picking: Picking;
  onMention: () => void;
  onSendAndSolve: () => void;
}

function Foot({ kind, feed, ready, picking, onMention, onSendAndSolve }: FootProps) {
  const { forgetful, site } = useDesk();
  const w = words.value.composer;
  const open = isOpenOrPending(feed.ticket);
  const { merged_into } = feed.ticket;
  const closed = closedHint(feed.ticket, site.value?.reopen_within_ms, now.value) ?? w.reopens;
  const here = !open && kind !== 'note' ? closed : ready ? w.draftKept : '';
  const there = merged_into && merge_words.value.goesThere(merged_into.number);
  const hint = forgetful ? w.memoryOnly : (there ?? here);
  const send = { reply: w.send, ask: w.sendAsk, note: w.addNote }[kind];
  const both = kind === 'note' ? w.addAndSolve : w.sendAndSolve;
  return (
    <div class="foot">
      <AttachButton picking={picking} />
      <MacroButton />
      {kind === 'note' && (
        <button
          type="button"
          class="icon-button attach-button"
          aria-label={mention_words.value.mention}
          onClick={onMention}
        >
          <Icon of={at} />
        </button>
      )}
      <span class="words">{hint}</span>
      <div class={`split ${ready ? '' : 'waiting'}`}>
        <button
          type="submit"
          class="main-button send"
          aria-disabled={!ready}
          aria-keyshortcuts="Control+Enter Meta+Enter"
        >
          {send}
          <span aria-hidden="true" class="kbd">
            Ctrl ↵
          </span>
        </button>
        {open && (
          <Menu
            label={w.moreSends}
            class="main-button send"
            button={<Icon of={chevronDown} />}
            groups={[{ items: [{ label: both, icon: circleCheck, onSelect: onSendAndSolve }] }]}
          />
        )}
      </div>
    </div>
  );
}
