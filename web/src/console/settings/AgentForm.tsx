// The dialogs that invite an agent and change one: role and teams, and for an invitation whom.

import { useRef, useState } from 'preact/hooks';
import { retrying } from '../../core/api';
import { newId } from '../../core/ids';
import type { AgentAccount, Invite, OneTimeLink, Role, TeamId, TeamRef } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { words as console_words } from '../i18n';
import { ask } from '../session';
import { words } from './i18n';

const ROLES: readonly Role[] = ['agent', 'lead', 'admin'];

interface InviteDialogProps {
  teams: readonly TeamRef[];
  onInvited: (link: OneTimeLink, name: string) => void;
  onClose: () => void;
}

export function InviteDialog({ teams, onInvited, onClose }: InviteDialogProps) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('agent');
  const [of, setOf] = useState<readonly TeamId[]>([]);
  // One key per invitation as it was typed: trying again after a cut must not invite twice.
  const key = useRef({ body: '', id: '' });
  const w = words.value.agents;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    const body: Invite = { email: email.trim(), name: name.trim(), role, teams: [...of] };
    const text = JSON.stringify(body);
    if (key.current.body !== text) key.current = { body: text, id: newId() };
    onInvited(await retrying(() => ask('POST /v1/agent/agents', { body, key: key.current.id })), body.name);
  });
  return (
    <Dialog title={w.inviteTitle} onClose={onClose}>
      <p>{w.inviteIntro}</p>
      <form class="form" onSubmit={onSubmit}>
        <Field
          label={w.email}
          name="email"
          type="email"
          autocomplete="off"
          required
          autofocus
          value={email}
          onValue={setEmail}
          failure={failure}
        />
        <Field
          label={w.name}
          name="name"
          autocomplete="off"
          required
          value={name}
          onValue={setName}
          failure={failure}
        />
        <RoleField role={role} onChoose={setRole} />
        <TeamsField teams={teams} of={of} onChoose={setOf} />
        <FormFailure failure={failure} fields={['email', 'name']} />
        <Actions busy={busy} done={w.makeLink} onClose={onClose} />
      </form>
    </Dialog>
  );
}

interface ChangeDialogProps {
  agent: AgentAccount;
  teams: readonly TeamRef[];
  onChanged: () => void;
  onClose: () => void;
}

export function ChangeDialog({ agent, teams, onChanged, onClose }: ChangeDialogProps) {
  const [role, setRole] = useState<Role>(agent.role);
  const [of, setOf] = useState<readonly TeamId[]>(agent.teams);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await ask('PATCH /v1/agent/agents/{id}', { path: { id: agent.id }, body: { role, teams: [...of] } });
    onChanged();
  });
  return (
    <Dialog title={words.value.agents.changeOf(agent.name)} onClose={onClose}>
      <form class="form" onSubmit={onSubmit}>
        <RoleField role={role} onChoose={setRole} />
        <TeamsField teams={teams} of={of} onChoose={setOf} />
        <FormFailure failure={failure} fields={[]} />
        <Actions busy={busy} done={console_words.value.save} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function RoleField({ role, onChoose }: { role: Role; onChoose: (role: Role) => void }) {
  return (
    <fieldset class="field">
      <legend class="field-label">{words.value.agents.role}</legend>
      <div class="choices">
        {ROLES.map((each) => (
          <label class="choice" key={each}>
            <input type="radio" name="role" checked={each === role} onChange={() => onChoose(each)} />
            {console_words.value.role[each]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface TeamsFieldProps {
  teams: readonly TeamRef[];
  of: readonly TeamId[];
  onChoose: (of: readonly TeamId[]) => void;
}

function TeamsField({ teams, of, onChoose }: TeamsFieldProps) {
  const w = words.value.agents;
  const toggle = (id: TeamId) => onChoose(of.includes(id) ? of.filter((each) => each !== id) : [...of, id]);
  return (
    <fieldset class="field">
      <legend class="field-label">{w.teams}</legend>
      {teams.length === 0 && <p class="field-hint">{w.noTeams}</p>}
      <div class="choices">
        {teams.map(({ id, name }) => (
          <label class="choice" key={id}>
            <input type="checkbox" checked={of.includes(id)} onChange={() => toggle(id)} />
            <bdi>{name}</bdi>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Actions({ busy, done, onClose }: { busy: boolean; done: string; onClose: () => void }) {
  return (
    <div class="dialog-actions">
      <button type="button" class="second-button" onClick={onClose}>
        {console_words.value.cancel}
      </button>
      <SubmitButton busy={busy}>{done}</SubmitButton>
    </div>
  );
}
