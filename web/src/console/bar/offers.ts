// What the command bar offers now: the commands that make sense here, places, colleagues, looks, and loaded tickets.

import { go } from '../../core/route';
import { locale, locale_names, locales, setLocale } from '../../i18n';
import type { AgentTicket } from '../../protocol';
import { toast } from '../../ui/Toast';
import { setTheme, theme, themes } from '../../ui/theme';
import { assignment, changesNothing } from '../assignment';
import { words as colleague_words } from '../colleagues/i18n';
import { standing } from '../colleagues/standing';
import { isOffered, obey } from '../commands';
import type { Desk } from '../desk';
import { words } from '../i18n';
import { COMMANDS, type Command } from '../keymap';
import { keyHint } from '../keys';
import { choosing } from '../macros/choosing';
import { nameOf, titleOf } from '../names';
import { partsOf, type Where } from '../place';
import { act } from '../ticket-actions';
import { isOpenOrPending } from '../views';

export interface Offer {
  key: string;
  /** What it is called, and what it is found by. */
  text: string;
  /** Right of it: its key, or what kind of thing it is. */
  hint?: string;
  hint_is_key?: boolean;
  lang?: string;
  run: () => void;
}

/** Of no use in the bar: it is what one is in, or moves what the bar covers. */
const NOT_HERE: readonly Command[] = ['bar', 'back', 'next', 'previous', 'open'];

export function offers(desk: Desk, where: Where, ticket: AgentTicket | null, sign_out: () => void): Offer[] {
  return [
    ...commands(ticket),
    ...(ticket && !ticket.merged_into ? [...macros(desk, ticket), ...colleagues(desk, ticket)] : []),
    ...places(desk),
    ...tickets(desk, where, ticket),
    ...looks(),
    { key: 'sign-out', text: words.value.bar.signOut, run: sign_out },
  ];
}

function commands(ticket: AgentTicket | null): Offer[] {
  const { keys, thread } = words.value;
  const called = (command: Command): string => {
    if (command !== 'solve' || !ticket) return keys[command];
    return isOpenOrPending(ticket) ? thread.solve : thread.reopen;
  };
  // What one does comes before where one goes.
  const order = [...COMMANDS.slice(COMMANDS.indexOf('reply')), ...COMMANDS];
  return [...new Set(order)]
    .filter((command) => !NOT_HERE.includes(command) && isOffered(command))
    .map((command) => ({
      key: command,
      text: called(command),
      hint: keyHint(command),
      hint_is_key: true,
      run: () => obey(command),
    }));
}

function macros(desk: Desk, ticket: AgentTicket): Offer[] {
  return (desk.macros.list.value ?? []).map((macro) => ({
    key: `macro-${macro.id}`,
    text: `${words.value.keys.macro}: ${macro.name}`,
    run: () => choosing.choose(macro, ticket.id),
  }));
}

function colleagues(desk: Desk, ticket: AgentTicket): Offer[] {
  const { agents = [], teams = [] } = desk.counts.colleagues.value ?? {};
  const w = words.value.bar;
  const give = (choice: Parameters<typeof assignment>[1]) => {
    const wanted = assignment(ticket, choice, agents);
    if (!changesNothing(ticket, wanted)) void act(desk, ticket.id, wanted);
  };
  return [
    ...agents
      .filter(({ id }) => id !== desk.me.id)
      .map((each) => ({
        key: `agent-${each.id}`,
        text: w.assignTo(each.name),
        ...(standing(each) === 'away' && { hint: colleague_words.value.away }),
        run: () => give({ agent: each.id }),
      })),
    ...teams.map(({ id, name }) => ({
      key: `team-${id}`,
      text: w.moveTo(name),
      run: () => give({ team: id }),
    })),
  ];
}

function places(desk: Desk): Offer[] {
  const teams = desk.counts.views.value?.teams ?? [];
  return teams.map(({ team }) => ({
    key: `go-${team.id}`,
    text: words.value.bar.goTo(team.name),
    run: () => go(partsOf({ at: 'list', place: { view: 'open', team: team.id }, ticket: null })),
  }));
}

function tickets(desk: Desk, where: Where, open: AgentTicket | null): Offer[] {
  const place = where.at === 'list' ? where.place : desk.list.state.value.place;
  return desk.list.state.value.rows
    .filter(({ ticket }) => ticket.id !== open?.id)
    .map(({ ticket }) => ({
      key: ticket.id,
      text: `#${ticket.number} ${titleOf(ticket)} · ${nameOf(ticket.requester)}`,
      hint: words.value.status[ticket.status],
      run: () => go(partsOf({ at: 'list', place, ticket: ticket.id })),
    }));
}

function looks(): Offer[] {
  const w = words.value.bar;
  return [
    ...themes
      .filter((each) => each !== theme.value)
      .map((each) => ({ key: `theme-${each}`, text: w.theme(w.themes[each]), run: () => setTheme(each) })),
    ...locales
      .filter((each) => each !== locale.value)
      .map((each) => ({
        key: `language-${each}`,
        text: w.language(locale_names[each]),
        run: () => void setLocale(each).catch(() => toast(words.peek().unreachable)),
      })),
  ];
}
