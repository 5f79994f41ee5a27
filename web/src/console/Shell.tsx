// The console of a signed-in agent: four panes, the drawers of narrow screens, the keys, the dialogs.

import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { go, route } from '../core/route';
import type { AgentMe, View } from '../protocol';
import { bindKeys, isTextField } from '../ui/keys';
import { assigning } from './assign/assigning';
import { bar } from './bar/bar';
import { CommandBar } from './bar/CommandBar';
import {
  AssignDialog,
  Details,
  KeyHelp,
  MacroPicker,
  MergeDialog,
  Settings,
  Thread,
  TicketTriage,
  ViewDialog,
} from './chunks';
import { obey, useCommand } from './commands';
import { useDesk } from './desk';
import { closeDrawer, drawer, leaveDrawer } from './drawer';
import { words } from './i18n';
import { bindings } from './keys';
import { List, useListName } from './list/List';
import { choosing } from './macros/choosing';
import { merging } from './merge/merging';
import { Nav } from './nav/Nav';
import { useOpenTicket } from './open-ticket';
import { home, partsOf, type Where, whereIs } from './place';
import { editing } from './saved/editing';
import { Placeholder } from './thread/Placeholder';
import { toList } from './to-list';
import { asking } from './triage/asking';

export function Shell({ me }: { me: AgentMe }) {
  const where = whereIs(route.value);
  const help = useSignal(false);
  const at_list = where.at === 'list';
  const ticket = at_list ? where.ticket : null;
  useKeys(where);
  useCommand('help', () => {
    help.value = true;
  });
  useCommand('bar', bar.open);
  useWarning();
  // The first ticket opens without a wait.
  useEffect(() => void Thread.preload(), []);
  useEffect(leaveDrawer, [route.value.join('/')]);
  const kind = !at_list ? 'no-list' : ticket === null ? 'no-details' : '';
  return (
    <div
      class={`console ${kind}`}
      data-pane={at_list && ticket === null ? 'list' : 'main'}
      data-drawer={drawer.value}
    >
      {ticket !== null && (
        <button type="button" class="skip-link" onClick={toThread}>
          {words.value.nav.skip}
        </button>
      )}
      <Nav me={me} />
      {where.at === 'list' && <ListPart where={where} me={me} />}
      <main class="pane-main" id="thread" tabIndex={-1}>
        {where.at === 'settings' && <Settings me={me} page={where.page} />}
        {at_list && ticket === null && <Placeholder kind="none" />}
        {ticket !== null && <Thread key={ticket} ticket={ticket} n={at_list ? where.n : undefined} />}
      </main>
      {ticket !== null && <Details key={ticket} ticket={ticket} />}
      {drawer.value !== 'none' && (
        <button
          type="button"
          class="scrim"
          tabIndex={-1}
          aria-label={words.value.close}
          onClick={closeDrawer}
        />
      )}
      {ticket !== null && assigning.what.value !== null && <Assign key={ticket} ticket={ticket} />}
      {ticket !== null && asking.what.value !== null && <Triage key={ticket} ticket={ticket} />}
      {ticket !== null && merging.open.value && <Merge key={ticket} ticket={ticket} />}
      {ticket !== null && choosing.shown.value && <Macros key={ticket} ticket={ticket} />}
      {editing.what.value !== null && <ViewDialog />}
      <CommandBar where={where} />
      {help.value && (
        <KeyHelp
          onClose={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}

function ListPart({ where, me }: { where: Extract<Where, { at: 'list' }>; me: AgentMe }) {
  const name = useListName(where.place);
  useEffect(() => {
    if (where.ticket === null) document.title = `${name} · ${me.site}`;
  }, [name, where.ticket]);
  return <List place={where.place} beside={where.ticket !== null} />;
}

function Assign({ ticket }: { ticket: string }) {
  const { feed } = useOpenTicket(ticket).value;
  return feed ? <AssignDialog tickets={[feed.ticket]} /> : null;
}

function Triage({ ticket }: { ticket: string }) {
  const { feed } = useOpenTicket(ticket).value;
  return feed ? <TicketTriage ticket={feed.ticket} /> : null;
}

function Merge({ ticket }: { ticket: string }) {
  const { feed } = useOpenTicket(ticket).value;
  return feed ? <MergeDialog ticket={feed.ticket} /> : null;
}

function Macros({ ticket }: { ticket: string }) {
  const { feed } = useOpenTicket(ticket).value;
  return feed ? <MacroPicker tickets={[feed.ticket]} /> : null;
}

/** A button, for the fragment is the page's address: a link to `#thread` would change it. */
function toThread(): void {
  document.getElementById('thread')?.focus();
}

function useKeys(where: Where): void {
  const to = (view: View) => () => go(partsOf({ at: 'list', place: { view, team: null }, ticket: null }));
  useCommand('go_mine', to('mine'));
  useCommand('go_unassigned', to('unassigned'));
  useCommand('go_mentions', to('mentions'));
  useCommand('go_open', to('open'));
  useCommand('back', () => back(where));
  useCommand('go_waiting', to('waiting'));
  useCommand('go_snoozed', to('snoozed'));
  useCommand('go_solved', to('solved'));
  useCommand('settings', () => go(partsOf({ at: 'settings', page: 'preferences' })));
  useLayoutEffect(() => {
    const acts = [...bindings.value].map(([key, command]) => [key, () => obey(command)]);
    return bindKeys(Object.fromEntries(acts));
  }, [bindings.value]);
}

/** Escape leaves the innermost thing one is in: a drawer, a field, the settings, the ticket. */
function back(where: Where): void {
  const field = document.activeElement;
  if (drawer.peek() !== 'none') closeDrawer();
  else if (field instanceof HTMLElement && isTextField(field)) leaveField(field);
  else if (where.at === 'settings') go(partsOf(home));
  else toList();
}

/** To what the field belongs to, so that the keys of that place work next. */
function leaveField(field: HTMLElement): void {
  const next = document.querySelector<HTMLElement>(
    field.closest('.pane-main') ? '.thread-log .log' : '.row a',
  );
  if (next) next.focus();
  else field.blur();
}

/** Where nothing survives a reload, leaving with unsent text asks first. */
function useWarning(): void {
  const { outbox, uploads, forgetful } = useDesk();
  useEffect(() => {
    if (!forgetful) return;
    const warn = (event: BeforeUnloadEvent) => {
      const unsent = outbox.items.peek().some(({ state }) => state !== 'sent');
      if (unsent || uploads.items.peek().length > 0) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [outbox, uploads, forgetful]);
}
