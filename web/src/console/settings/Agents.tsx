// For admins: who answers here, with role, teams and state; inviting, changing, ending.

import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../core/errors';
import type { AgentAccount, AgentMe, OneTimeLink as Link, TeamRef } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { Icon } from '../../ui/Icon';
import { close, dots, pencil, personAdd, reload, signOut } from '../../ui/icons';
import { Menu, type MenuItem } from '../../ui/Menu';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { words as console_words } from '../i18n';
import { link as linkIcon } from '../icons';
import { ask } from '../session';
import { ChangeDialog, InviteDialog } from './AgentForm';
import { words } from './i18n';
import { OneTimeLink } from './OneTimeLink';

type Open =
  | { what: 'invite' }
  | { what: 'change'; agent: AgentAccount }
  | { what: 'link'; link: Link; name: string };

export function Agents({ me }: { me: AgentMe }) {
  const { counts } = useDesk();
  const { agents, failure, read } = useAgents();
  const [open, setOpen] = useState<Open | null>(null);
  const teams = counts.colleagues.value?.teams ?? [];
  const w = words.value.agents;
  const shut = () => setOpen(null);
  const changed = () => {
    shut();
    void read();
    void counts.readColleagues();
  };
  return (
    <section class="card">
      <div class="card-head">
        <div>
          <h2>{words.value.pages.agents}</h2>
          <p class="card-intro">{w.intro}</p>
        </div>
        <button type="button" class="main-button" onClick={() => setOpen({ what: 'invite' })}>
          <Icon of={personAdd} />
          {w.invite}
        </button>
      </div>
      {failure && <ReadFailure failure={failure} text={w.failed} onAgain={() => void read()} />}
      <ul class="people">
        {agents?.map((agent) => (
          <AgentRow key={agent.id} agent={agent} me={me} teams={teams} onOpen={setOpen} onChanged={changed} />
        ))}
      </ul>
      {open?.what === 'invite' && (
        <InviteDialog
          teams={teams}
          onClose={shut}
          onInvited={(link, name) => {
            changed();
            setOpen({ what: 'link', link, name });
          }}
        />
      )}
      {open?.what === 'change' && (
        <ChangeDialog agent={open.agent} teams={teams} onClose={shut} onChanged={changed} />
      )}
      {open?.what === 'link' && <OneTimeLink link={open.link} name={open.name} onClose={shut} />}
    </section>
  );
}

function useAgents() {
  const [agents, setAgents] = useState<AgentAccount[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const read = async () => {
    try {
      setAgents((await ask('GET /v1/agent/agents')).agents);
      setFailure(null);
    } catch (error) {
      setFailure(failureOf(error, console_words.peek().unreachable));
    }
  };
  useEffect(() => void read(), []);
  return { agents, failure, read };
}

interface AgentRowProps {
  agent: AgentAccount;
  me: AgentMe;
  teams: readonly TeamRef[];
  onOpen: (open: Open) => void;
  onChanged: () => void;
}

function AgentRow({ agent, me, teams, onOpen, onChanged }: AgentRowProps) {
  const w = words.value.agents;
  const { id, name, email, role, state } = agent;
  const of = teams.filter((team) => agent.teams.includes(team.id)).map((team) => team.name);
  const facts = [console_words.value.role[role], ...of].join(' · ');
  return (
    <li class={state}>
      <Avatar id={id} name={name || email} />
      <div class="who">
        <strong>
          <bdi>{name || email}</bdi>
        </strong>
        {id === me.id && <span class="field-hint"> ({w.you})</span>}
        <p>
          {email} · {facts}
        </p>
      </div>
      {state !== 'active' && (
        <span class={`chip ${state === 'invited' ? 'pending' : ''}`}>{w.state[state]}</span>
      )}
      <Menu
        label={w.actionsOf(name || email)}
        button={<Icon of={dots} class="points" />}
        groups={[{ items: actionsOf(agent, me, onOpen, onChanged) }]}
      />
    </li>
  );
}

function actionsOf(
  agent: AgentAccount,
  me: AgentMe,
  onOpen: (open: Open) => void,
  onChanged: () => void,
): MenuItem[] {
  const w = words.value.agents;
  const path = { id: agent.id };
  const disabled = agent.state === 'disabled';
  const change: MenuItem = {
    label: w.change,
    icon: pencil,
    onSelect: () => onOpen({ what: 'change', agent }),
  };
  const reset: MenuItem = {
    label: w.resetLink,
    icon: linkIcon,
    onSelect: () =>
      void tell(async () => {
        const link = await ask('POST /v1/agent/agents/{id}/reset-link', { path, body: {} });
        onOpen({ what: 'link', link, name: agent.name });
      }),
  };
  const end: MenuItem = {
    label: w.endSessions,
    icon: signOut,
    onSelect: () =>
      void tell(async () => {
        await ask('POST /v1/agent/agents/{id}/end-sessions', { path, body: {} });
        toast(w.ended(agent.name));
      }),
  };
  const toggle: MenuItem = {
    label: disabled ? w.enable : w.disable,
    icon: disabled ? reload : close,
    onSelect: () =>
      void tell(async () => {
        await ask('PATCH /v1/agent/agents/{id}', { path, body: { disabled: !disabled } });
        toast(disabled ? w.enabled(agent.name) : w.disabled(agent.name));
        onChanged();
      }),
  };
  // Nobody locks themselves out by a slip.
  return agent.id === me.id ? [change] : [change, reset, end, toggle];
}

async function tell(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    toast(failureOf(error, console_words.peek().unreachable).message);
  }
}

export function ReadFailure(props: { failure: Failure; text: string; onAgain: () => void }) {
  return (
    <div class="form-error" role="alert">
      {props.text} {props.failure.message}{' '}
      <button type="button" class="text-button" onClick={props.onAgain}>
        {console_words.value.tryAgain}
      </button>
    </div>
  );
}
