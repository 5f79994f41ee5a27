// The lines of the log about triage: who set what.

import { comingTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentBody, AgentEvent } from '../../protocol';
import { words as console_words } from '../i18n';
import { alarm, flag, tag } from '../icons';
import { words } from './i18n';
import { includes } from './tag-options';

type Line = { icon: readonly string[]; text: string };

export function triageLine({ body, at, author }: AgentEvent, who: string): Line | null {
  const w = words.value.event;
  switch (body.kind) {
    case 'priority':
      return { icon: flag, text: w.priority(who, console_words.value.priority[body.to]) };
    case 'tagged':
      return { icon: tag, text: taggedText(body, who) };
    case 'snoozed':
      return { icon: alarm, text: w.snoozed(who, comingTime(body.until, at, regional.value)) };
    case 'woken':
      return { icon: alarm, text: author.side === 'system' ? w.wokenByTime : w.woken(who) };
    default:
      return null;
  }
}

function taggedText({ from, to }: Extract<AgentBody, { kind: 'tagged' }>, who: string): string {
  const w = words.value.event;
  const list = (names: readonly string[]) => new Intl.ListFormat(regional.value).format(names);
  const added = list(to.filter((name) => !includes(from, name)));
  const removed = list(from.filter((name) => !includes(to, name)));
  if (removed === '') return w.tagged(who, added);
  return added === '' ? w.untagged(who, removed) : w.retagged(who, added, removed);
}
