// A conversation: days, messages, status lines, who writes. A named region one can focus and scroll; never itself live.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Typing } from '../core/feed';
import { clockTime, dayName } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import type { AgentEvent } from '../protocol';
import { Avatar } from './Avatar';
import { Icon } from './Icon';
import { arrowDown } from './icons';
import type { LogItem, MessageItem } from './log-items';
import { Message } from './Message';
import type { DrawWords } from './RichText';
import { useReading } from './reading';
import { useScrolling } from './scrolling';

export interface LogProps {
  items: readonly LogItem[];
  has_older: boolean;
  loading_older: boolean;
  typing: readonly Typing[];
  /** How many of the other side's messages are not read. */
  unread: number;
  watching: () => boolean;
  onOlder: () => void;
  onRead: (n: number) => void;
  onRetry: (client_id: string) => void;
  onDiscard: (client_id: string) => void;
  /** What an event that is no message looks like; null shows nothing. */
  drawLine: (event: AgentEvent) => ComponentChildren;
  named?: boolean;
  noteLabel?: string;
  /** What can be done with a message, beside its bubble. */
  actions?: (item: MessageItem) => ComponentChildren;
  /** In the place of a bubble while it is corrected; null leaves the bubble. */
  editor?: (item: MessageItem) => ComponentChildren;
  /** Under a message that can still be taken back. */
  held?: (item: MessageItem) => ComponentChildren;
  /** What stands below a bubble: its files. Null is nothing. */
  files?: (item: MessageItem) => ComponentChildren;
  /** How plain words of a message are drawn, where it is not as they are. */
  drawWords?: (item: MessageItem) => DrawWords | undefined;
  class?: string;
  label?: string;
}

export function Log(props: LogProps) {
  const { items, typing, class: extra = '', label = words.value.log.label } = props;
  const box = useRef<HTMLElement>(null);
  const last = items.at(-1);
  const last_own = last?.kind === 'message' && last.own;
  const older = () => props.has_older && !props.loading_older && props.onOlder();
  const { at_end, onScroll, toEnd } = useScrolling({
    box,
    first_key: firstKey(items),
    last_key: last?.key,
    last_own,
    onNearStart: older,
  });
  useReading({
    box,
    selector: '.message.theirs, .message.calls-me',
    last_key: last?.key,
    watching: props.watching,
    onRead: props.onRead,
  });
  return (
    <div class={`log-frame ${extra}`}>
      <section
        ref={box}
        class="log"
        aria-label={label}
        aria-busy={props.loading_older}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll region has to be reachable by keyboard.
        tabIndex={0}
        onScroll={onScroll}
      >
        <Start {...props} onOlder={older} />
        {items.map((item) => (
          <Item key={item.key} item={item} {...props} />
        ))}
        {typing.length > 0 && <TypingLine typing={typing} />}
      </section>
      {!at_end && (
        <button
          type="button"
          class={`to-end ${props.unread > 0 ? 'has-new' : ''}`}
          onClick={() => toEnd('smooth')}
        >
          <Icon of={arrowDown} />
          {props.unread > 0 ? (
            words.value.log.new_messages(props.unread)
          ) : (
            <span class="sr-only">{words.value.log.to_end}</span>
          )}
        </button>
      )}
    </div>
  );
}

function Start({
  has_older,
  loading_older,
  onOlder,
}: Pick<LogProps, 'has_older' | 'loading_older' | 'onOlder'>) {
  if (!has_older) return <div class="log-start" />;
  return (
    <div class="log-start">
      <button type="button" class="quiet-button" disabled={loading_older} onClick={onOlder}>
        {loading_older ? words.value.log.loading_older : words.value.log.older}
      </button>
    </div>
  );
}

function Item({ item, ...props }: { item: LogItem } & LogProps) {
  switch (item.kind) {
    case 'day':
      return <h2 class="day">{dayName(item.at, Date.now(), regional.value)}</h2>;
    case 'unread':
      return (
        <p class="unread-divider">
          <span>{words.value.log.unread}</span>
        </p>
      );
    case 'line': {
      const drawn = props.drawLine(item.event);
      return drawn === null ? null : <div class="event-line">{drawn}</div>;
    }
    case 'message':
      return (
        <Message
          item={item}
          onRetry={props.onRetry}
          onDiscard={props.onDiscard}
          actions={props.actions}
          editor={props.editor}
          files={props.files}
          held={props.held}
          drawWords={props.drawWords}
          {...(props.named && { named: true })}
          {...(props.noteLabel && { noteLabel: props.noteLabel })}
        />
      );
  }
}

function TypingLine({ typing }: { typing: readonly Typing[] }) {
  const [first] = typing;
  if (!first) return null;
  // Seen, never said: a screen reader would be interrupted every few seconds.
  return (
    <div class="typing" aria-hidden="true">
      <Avatar id={first.participant} name={first.name} size="small" />
      <span class="bubble">
        <i />
        <i />
        <i />
      </span>
      <span class="typing-name">
        {(first.file ? words.value.log.sending_file : words.value.log.typing)(
          first.name || words.value.log.support,
        )}
      </span>
    </div>
  );
}

/** A line with an icon, a text and a time: what most events look like. */
export function EventLine({
  icon,
  at,
  children,
}: {
  icon: readonly string[];
  at: number;
  children: ComponentChildren;
}) {
  return (
    <p>
      <Icon of={icon} />
      <span>
        {children} <time dateTime={new Date(at).toISOString()}>{clockTime(at, regional.value)}</time>
      </span>
    </p>
  );
}

/** Days move when older pages come; the first event does not. */
function firstKey(items: readonly LogItem[]): string | undefined {
  return items.find(
    (item): item is MessageItem | (LogItem & { kind: 'line' }) =>
      item.kind === 'message' || item.kind === 'line',
  )?.key;
}
