// One message: a bubble, its sender for those who do not see, its state, and what can be done when it failed.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { clockTime, fullTime } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import { Avatar } from './Avatar';
import { Icon } from './Icon';
import { alert, check, checkCheck, clock, lock } from './icons';
import type { MessageItem } from './log-items';
import { type DrawWords, RichText } from './RichText';

export interface MessageProps {
  item: MessageItem;
  onRetry?: (client_id: string) => void;
  onDiscard?: (client_id: string) => void;
  /** The console names every run and shows its time above; the customer's bubbles are bare. */
  named?: boolean;
  /** Words above a note, such as "Internal note". */
  noteLabel?: string;
  /** What can be done with it, such as a menu; stands beside the bubble. */
  actions?: ((item: MessageItem) => ComponentChildren) | undefined;
  /** In the place of the bubble while it is corrected. */
  editor?: ((item: MessageItem) => ComponentChildren) | undefined;
  /** Under one that can still be taken back. */
  held?: ((item: MessageItem) => ComponentChildren) | undefined;
  /** Its files, or those it waits for, below the bubble. */
  files?: ((item: MessageItem) => ComponentChildren) | undefined;
  /** How its plain words are drawn; as they are without. */
  drawWords?: ((item: MessageItem) => DrawWords | undefined) | undefined;
}

export function Message({
  item,
  onRetry,
  onDiscard,
  named = false,
  noteLabel,
  actions,
  editor,
  held,
  files,
  drawWords,
}: MessageProps) {
  const id = useId();
  const { own, first, last, state, note, at } = item;
  const log = words.value.log;
  const editing = editor?.(item);
  const attached = files?.(item);
  const name = item.mine ? log.you : item.author.name || log.support;
  const kinds = [
    own ? 'own' : 'theirs',
    note ? 'note' : '',
    item.calls_me ? 'calls-me' : '',
    first ? 'first' : 'continued',
    last ? 'last' : '',
    `is-${state}`,
    attached ? 'with-files' : '',
  ];
  return (
    <article class={`message ${kinds.join(' ')}`} data-n={item.n} aria-labelledby={id}>
      {!own && (last || named) && <Avatar id={item.author.id} name={item.author.name} size="small" />}
      {named && first ? (
        <p class="message-head" id={id}>
          {note && <Icon of={lock} />}
          <bdi class="message-name">{name}</bdi>
          {note && noteLabel && <span>{noteLabel}</span>}
          <time dateTime={new Date(at).toISOString()} title={fullTime(at, regional.value)}>
            {clockTime(at, regional.value)}
          </time>
        </p>
      ) : (
        <span class="sr-only" id={id}>
          {note && noteLabel ? `${noteLabel}, ` : ''}
          {name}, {fullTime(at, regional.value)}
        </span>
      )}
      {editing ?? (
        <>
          {!item.wordless && (
            <div class="bubble" dir="auto" title={fullTime(at, regional.value)}>
              {item.redacted ? (
                <em class="redacted">{log.redacted}</em>
              ) : (
                <RichText text={item.text} drawWords={drawWords?.(item)} />
              )}
              {item.edited && !item.redacted && <span class="edited"> ({log.edited})</span>}
              {!attached && <span class="bubble-end" />}
            </div>
          )}
          {actions?.(item)}
        </>
      )}
      {attached && (
        <div class="message-files">
          {attached}
          <span class="bubble-end" />
        </div>
      )}
      <Receipt item={item} held={held} {...(onRetry && { onRetry })} {...(onDiscard && { onDiscard })} />
    </article>
  );
}

function Receipt({
  item,
  held,
  onRetry,
  onDiscard,
}: Pick<MessageProps, 'item' | 'held' | 'onRetry' | 'onDiscard'>) {
  const log = words.value.log;
  const { state, unsent, own } = item;
  if (!own || !item.shows_state) return null;
  if (state === 'held') return <>{held?.(item)}</>;
  if (state === 'failed' && unsent) {
    return (
      <div class="receipt failed">
        <p>
          <Icon of={alert} />
          <span>
            {log.failed}. {unsent.refusal?.message}
          </span>
        </p>
        <p class="receipt-actions">
          <button type="button" class="text-button" onClick={() => onRetry?.(unsent.client_id)}>
            {log.retry}
          </button>
          <button type="button" class="text-button" onClick={() => onDiscard?.(unsent.client_id)}>
            {log.discard}
          </button>
        </p>
      </div>
    );
  }
  // Its files say how far they are.
  if (unsent && unsent.files.length > 0 && !unsent.sent_as) return null;
  const icon = state === 'queued' || state === 'sending' ? clock : state === 'sent' ? check : checkCheck;
  return (
    <p class={`receipt ${state}`}>
      <Icon of={icon} />
      {state !== 'queued' && state !== 'sending' && <span>{clockTime(item.at, regional.value)} ·</span>}
      {log[state]}
    </p>
  );
}
