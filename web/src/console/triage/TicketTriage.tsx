// The triage dialogs over the open ticket: each does its act at once.

import type { AgentTicket } from '../../protocol';
import { useDesk } from '../desk';
import { act } from '../ticket-actions';
import { asking } from './asking';
import { PriorityDialog } from './PriorityDialog';
import { SnoozeDialog } from './SnoozeDialog';
import { TagsDialog } from './TagsDialog';

export function TicketTriage({ ticket: { id, priority, tags, snoozed_until } }: { ticket: AgentTicket }) {
  const desk = useDesk();
  switch (asking.what.value) {
    case 'priority':
      return (
        <PriorityDialog
          current={priority}
          onChoose={(to) => void act(desk, id, { action: 'set_priority', priority: to })}
          onClose={asking.close}
        />
      );
    case 'tags':
      return (
        <TagsDialog
          has={tags}
          onToggle={(name, on) =>
            void act(desk, id, { action: 'tag', add: on ? [name] : [], remove: on ? [] : [name] })
          }
          onDone={asking.close}
          onClose={asking.close}
        />
      );
    case 'snooze':
      return (
        <SnoozeDialog
          until={snoozed_until}
          onChoose={(until) => void act(desk, id, { action: 'snooze', until })}
          onWake={() => void act(desk, id, { action: 'wake' })}
          onClose={asking.close}
        />
      );
    case null:
      return null;
  }
}
