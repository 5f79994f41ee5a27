// What stands in the thread's place: nothing chosen, not there, not read, still being read.

import { Icon } from '../../ui/Icon';
import { alert, lock, messages } from '../../ui/icons';
import { words } from '../i18n';
import { toList } from '../to-list';

export function Placeholder({ kind }: { kind: 'none' | 'gone' | 'failed' }) {
  const w = words.value.thread;
  const [icon, title, hint] = {
    none: [messages, w.none, w.noneHint],
    gone: [lock, w.gone, w.goneHint],
    failed: [alert, w.failed, ''],
  }[kind] as [readonly string[], string, string];
  if (kind === 'none') {
    return (
      <div class="thread-empty">
        <Icon of={icon} />
        <h2>{title}</h2>
        <p>{hint}</p>
      </div>
    );
  }
  return (
    <div class="thread-empty" role="status">
      <Icon of={icon} />
      <h1>{title}</h1>
      {hint && <p>{hint}</p>}
      <button type="button" class="second-button" onClick={toList}>
        {words.value.back}
      </button>
    </div>
  );
}

export function ThreadSkeleton() {
  return (
    <div class="thread-skeleton" role="status">
      <h1 class="sr-only">{words.value.loading}</h1>
      {['theirs', 'theirs short', 'own', 'theirs'].map((kind, index) => (
        <i key={index} class={kind} aria-hidden="true" />
      ))}
    </div>
  );
}
