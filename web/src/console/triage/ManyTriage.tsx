// The triage dialogs over selected tickets: one act for all of them when it is chosen.

import { useState } from 'preact/hooks';
import type { AgentTicket, TicketAction } from '../../protocol';
import { asking } from './asking';
import { PriorityDialog } from './PriorityDialog';
import { SnoozeDialog } from './SnoozeDialog';
import { TagsDialog } from './TagsDialog';
import { foldTag, includes } from './tag-options';

interface ManyTriageProps {
  tickets: readonly AgentTicket[];
  onMany: (action: (ticket: AgentTicket) => TicketAction) => void;
}

export function ManyTriage({ tickets, onMany }: ManyTriageProps) {
  switch (asking.many.value) {
    case 'priority':
      return (
        <PriorityDialog
          current={null}
          onChoose={(priority) => onMany(() => ({ action: 'set_priority', priority }))}
          onClose={asking.close}
        />
      );
    case 'tags':
      return <ManyTags tickets={tickets} onMany={onMany} />;
    case 'snooze':
      return (
        <SnoozeDialog
          until={null}
          onChoose={(until) => onMany(() => ({ action: 'snooze', until }))}
          onWake={asking.close}
          onClose={asking.close}
        />
      );
    case null:
      return null;
  }
}

/** Tags that all of them have stand as given; what is chosen is done to all at once, in the end. */
function ManyTags({ tickets, onMany }: ManyTriageProps) {
  const [add, setAdd] = useState<readonly string[]>([]);
  const [remove, setRemove] = useState<readonly string[]>([]);
  const [first] = tickets;
  const common = (first?.tags ?? []).filter((name) => tickets.every(({ tags }) => includes(tags, name)));
  const without = (names: readonly string[], name: string) =>
    names.filter((each) => foldTag(each) !== foldTag(name));
  const toggle = (name: string, on: boolean) => {
    setAdd(on && !includes(common, name) ? [...add, name] : without(add, name));
    setRemove(!on && includes(common, name) ? [...remove, name] : without(remove, name));
  };
  const done = () => {
    asking.close();
    if (add.length + remove.length > 0) onMany(() => ({ action: 'tag', add: [...add], remove: [...remove] }));
  };
  return (
    <TagsDialog
      has={[...common.filter((name) => !includes(remove, name)), ...add]}
      onToggle={toggle}
      onDone={done}
      onClose={asking.close}
    />
  );
}
