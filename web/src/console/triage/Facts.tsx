// What agents set on a ticket, as chips of its head and fields of the details pane.

import { comingTime, fullTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentTicket } from '../../protocol';
import { Icon } from '../../ui/Icon';
import { chevronDown } from '../../ui/icons';
import { now } from '../../ui/now';
import { words as console_words } from '../i18n';
import { alarm, flag, plus } from '../icons';
import { shortcut } from '../keys';
import { isPutAside } from '../views';
import { asking } from './asking';
import { words } from './i18n';

export function TriageChips({ ticket }: { ticket: AgentTicket }) {
  const w = console_words.value;
  return (
    <>
      {ticket.priority !== 'normal' && (
        <span class={`chip priority-${ticket.priority}`}>
          <Icon of={flag} />
          {w.priority[ticket.priority]}
        </span>
      )}
      {isPutAside(ticket) && <SnoozedChip until={ticket.snoozed_until ?? 0} />}
      {ticket.tags.map((name) => (
        <span class="chip" key={name}>
          <bdi>{name}</bdi>
        </span>
      ))}
    </>
  );
}

function SnoozedChip({ until }: { until: number }) {
  return (
    <span class="chip snoozed" title={fullTime(until, regional.value)}>
      <Icon of={alarm} />
      {console_words.value.until(comingTime(until, now.value, regional.value))}
    </span>
  );
}

/** `dt` and `dd` of the details pane's list. */
export function TriageFields({ ticket }: { ticket: AgentTicket }) {
  const w = words.value;
  const merged = ticket.merged_into !== undefined;
  return (
    <>
      <dt>{w.priority}</dt>
      <dd>
        <button
          type="button"
          class="field-button"
          aria-haspopup="dialog"
          disabled={merged}
          aria-keyshortcuts={shortcut('priority')}
          onClick={() => asking.open('priority')}
        >
          <Icon of={flag} class={`priority-${ticket.priority}`} />
          <span class="label">{console_words.value.priority[ticket.priority]}</span>
          <Icon of={chevronDown} />
        </button>
      </dd>
      <dt>{w.tags}</dt>
      <dd class="tags-field">
        {ticket.tags.map((name) => (
          <span class="chip" key={name}>
            <bdi>{name}</bdi>
          </span>
        ))}
        {!merged && (
          <button
            type="button"
            class="chip add-tag"
            aria-label={w.addTag}
            aria-haspopup="dialog"
            aria-keyshortcuts={shortcut('tags')}
            onClick={() => asking.open('tags')}
          >
            <Icon of={plus} />
          </button>
        )}
      </dd>
      {isPutAside(ticket) && (
        <>
          <dt>{w.snoozed}</dt>
          <dd>
            <SnoozedChip until={ticket.snoozed_until ?? 0} />
          </dd>
        </>
      )}
    </>
  );
}
