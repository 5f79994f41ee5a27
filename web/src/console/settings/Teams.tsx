// For admins: the teams, creating and renaming them.

import { useRef, useState } from 'preact/hooks';
import { retrying } from '../../core/api';
import { newId } from '../../core/ids';
import type { TeamRef } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import { pencil } from '../../ui/icons';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { words as console_words } from '../i18n';
import { TeamSwatch } from '../nav/TeamSwatch';
import { ask } from '../session';
import { words } from './i18n';

export function Teams() {
  const { counts } = useDesk();
  const [renamed, setRenamed] = useState<TeamRef | null>(null);
  const teams = counts.colleagues.value?.teams;
  const w = words.value.teams;
  const openOf = (id: string) => counts.views.value?.teams.find(({ team }) => team.id === id)?.open ?? 0;
  return (
    <section class="card">
      <h2>{words.value.pages.teams}</h2>
      <p class="card-intro">{w.intro}</p>
      {teams?.length === 0 && <p class="card-none">{w.none}</p>}
      <ul class="people">
        {teams?.map((team) => (
          <li key={team.id}>
            <TeamSwatch team={team.id} />
            <div class="who">
              <strong>
                <bdi>{team.name}</bdi>
              </strong>
              <p>{w.open(openOf(team.id))}</p>
            </div>
            <button
              type="button"
              class="icon-button"
              aria-label={w.renameOf(team.name)}
              onClick={() => setRenamed(team)}
            >
              <Icon of={pencil} />
            </button>
          </li>
        ))}
      </ul>
      <NewTeam onCreated={() => counts.readAll()} />
      {renamed && (
        <RenameDialog
          team={renamed}
          onClose={() => setRenamed(null)}
          onRenamed={() => {
            setRenamed(null);
            counts.readAll();
          }}
        />
      )}
    </section>
  );
}

function NewTeam({ onCreated }: { onCreated: () => void }) {
  const [name, setName] = useState('');
  const key = useRef({ name: '', id: '' });
  const w = words.value.teams;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    const wanted = name.trim();
    if (key.current.name !== wanted) key.current = { name: wanted, id: newId() };
    await retrying(() => ask('POST /v1/agent/teams', { body: { name: wanted }, key: key.current.id }));
    setName('');
    toast(console_words.peek().saved);
    onCreated();
  });
  return (
    <form class="form one-line" onSubmit={onSubmit}>
      <Field
        label={w.new}
        name="name"
        autocomplete="off"
        required
        value={name}
        onValue={setName}
        failure={failure}
      />
      <SubmitButton busy={busy}>{w.create}</SubmitButton>
      <FormFailure failure={failure} fields={['name']} />
    </form>
  );
}

interface RenameDialogProps {
  team: TeamRef;
  onRenamed: () => void;
  onClose: () => void;
}

function RenameDialog({ team, onRenamed, onClose }: RenameDialogProps) {
  const [name, setName] = useState(team.name);
  const w = words.value.teams;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await ask('PATCH /v1/agent/teams/{id}', { path: { id: team.id }, body: { name: name.trim() } });
    onRenamed();
  });
  return (
    <Dialog title={w.renameOf(team.name)} onClose={onClose}>
      <form class="form" onSubmit={onSubmit}>
        <Field
          label={w.name}
          name="name"
          autocomplete="off"
          required
          autofocus
          value={name}
          onValue={setName}
          failure={failure}
        />
        <FormFailure failure={failure} fields={['name']} />
        <div class="dialog-actions">
          <button type="button" class="second-button" onClick={onClose}>
            {console_words.value.cancel}
          </button>
          <SubmitButton busy={busy}>{w.rename}</SubmitButton>
        </div>
      </form>
    </Dialog>
  );
}
