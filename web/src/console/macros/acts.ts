// What a macro does to a ticket beside its text: its parts, and the hub's acts that each comes to. Pure.

import type {
  AgentTicket,
  Colleague,
  MacroActions,
  MacroAssignee,
  ParticipantId,
  TicketAction,
} from '../../protocol';
import { type Assignment, assignment } from '../assignment';
import { changes } from '../bulk/changes';
import { foldTag, includes } from '../triage/tag-options';

/** In the order in which they are done: whoever gives a ticket away may not see it any more. */
export const PARTS = ['tags', 'priority', 'solve', 'snooze', 'assign'] as const;
export type Part = (typeof PARTS)[number];

export const nothing: MacroActions = { solve: false, add_tags: [], remove_tags: [] };

export const partsIn = (actions: MacroActions): Part[] => PARTS.filter((part) => holds(actions, part));

function holds(actions: MacroActions, part: Part): boolean {
  switch (part) {
    case 'tags':
      return actions.add_tags.length + actions.remove_tags.length > 0;
    case 'priority':
      return actions.priority !== undefined;
    case 'solve':
      return actions.solve;
    case 'snooze':
      return actions.snooze_min !== undefined;
    case 'assign':
      return actions.team !== undefined || actions.assignee !== undefined;
  }
}

export function without(actions: MacroActions, part: Part): MacroActions {
  switch (part) {
    case 'tags':
      return { ...actions, add_tags: [], remove_tags: [] };
    case 'priority': {
      const { priority: _, ...rest } = actions;
      return rest;
    }
    case 'solve':
      return { ...actions, solve: false };
    case 'snooze': {
      const { snooze_min: _, ...rest } = actions;
      return rest;
    }
    case 'assign': {
      const { team: _, assignee: __, ...rest } = actions;
      return rest;
    }
  }
}

/** Two macros for one text: both hold, and where they differ the later one does. */
export function together(first: MacroActions, then: MacroActions): MacroActions {
  const later = then.solve ? 'solve' : then.snooze_min !== undefined ? 'snooze' : null;
  const base =
    later === 'solve' ? without(first, 'snooze') : later === 'snooze' ? without(first, 'solve') : first;
  const but = (names: readonly string[], others: readonly string[]) =>
    names.filter((name) => !includes(others, name));
  return {
    ...base,
    ...then,
    solve: base.solve || then.solve,
    add_tags: once([...but(base.add_tags, then.remove_tags), ...then.add_tags]),
    remove_tags: once([...but(base.remove_tags, then.add_tags), ...then.remove_tags]),
  };
}

const once = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.findIndex((other) => foldTag(other) === foldTag(name)) === index);

export interface Who {
  me: ParticipantId;
  colleagues: readonly Colleague[];
}

export interface Step {
  part: Part;
  action: TicketAction;
}

/** The acts for a ticket as it stands; what is so already is passed over. */
export function stepsFor(actions: MacroActions, ticket: AgentTicket, who: Who, now: number): Step[] {
  return partsIn(actions)
    .map((part) => ({ part, action: actionOf(part, actions, ticket, who, now) }))
    .filter(({ action }) => changes(ticket, action));
}

function actionOf(
  part: Part,
  actions: MacroActions,
  ticket: AgentTicket,
  who: Who,
  now: number,
): TicketAction {
  switch (part) {
    case 'tags':
      return { action: 'tag', add: actions.add_tags, remove: actions.remove_tags };
    case 'priority':
      return { action: 'set_priority', priority: actions.priority ?? ticket.priority };
    case 'solve':
      return { action: 'solve' };
    case 'snooze':
      return { action: 'snooze', until: now + (actions.snooze_min ?? 0) * 60_000 };
    case 'assign':
      return given(actions, ticket, who);
  }
}

/** A team alone takes the ticket from whoever is not in it, as assigning by hand does. */
function given({ team, assignee }: MacroActions, ticket: AgentTicket, { me, colleagues }: Who): Assignment {
  const moved: Assignment =
    team === undefined
      ? { action: 'assign', team: ticket.team?.id ?? null, agent: ticket.assignee?.id ?? null }
      : assignment(ticket, { team }, colleagues);
  return assignee === undefined ? moved : { ...moved, agent: agentOf(assignee, me) };
}

function agentOf(assignee: MacroAssignee, me: ParticipantId): ParticipantId | null {
  if (assignee.who === 'me') return me;
  return assignee.who === 'nobody' ? null : assignee.id;
}
