// One's own name and password, and signing out: which deletes this agent's texts from this browser,
// so unsent ones are named first.

import { useState } from 'preact/hooks';
import { failureOf } from '../../core/errors';
import type { AgentMe } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { words as console_words } from '../i18n';
import { countUnsent, type Leaving, leave } from '../leaving';
import { ask, meChanged } from '../session';
import { words } from './i18n';

const password_chars_min = 10;

export function MyAccount({ me }: { me: AgentMe }) {
  return (
    <>
      <NameCard me={me} />
      <PasswordCard />
      <SignOutCard />
    </>
  );
}

function NameCard({ me }: { me: AgentMe }) {
  const [name, setName] = useState(me.name);
  const w = words.value.me;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    meChanged(await ask('PATCH /v1/agent/me', { body: { name: name.trim() } }));
    toast(console_words.peek().saved);
  });
  return (
    <section class="card">
      <h2>{w.name}</h2>
      <p class="card-intro">
        {w.nameIntro} {w.email(me.email)}
      </p>
      <form class="form" onSubmit={onSubmit}>
        <Field
          label={w.yourName}
          name="name"
          autocomplete="name"
          required
          value={name}
          onValue={setName}
          failure={failure}
        />
        <FormFailure failure={failure} fields={['name']} />
        <div class="form-actions">
          <SubmitButton busy={busy}>{console_words.value.save}</SubmitButton>
        </div>
      </form>
    </section>
  );
}

function PasswordCard() {
  const { site } = useDesk();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const w = words.value.me;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await ask('PATCH /v1/agent/me', { body: { password: { current, new: next } } });
    setCurrent('');
    setNext('');
    toast(words.peek().me.changed);
  });
  return (
    <section class="card">
      <h2>{w.password}</h2>
      <p class="card-intro">{w.passwordIntro}</p>
      <form class="form" onSubmit={onSubmit}>
        <Field
          label={w.current}
          name="password.current"
          type="password"
          autocomplete="current-password"
          required
          value={current}
          onValue={setCurrent}
          failure={failure}
        />
        <Field
          label={w.new}
          name="password.new"
          type="password"
          autocomplete="new-password"
          required
          value={next}
          onValue={setNext}
          hint={w.newHint(site.value?.limits.password_chars_min ?? password_chars_min)}
          failure={failure}
        />
        <FormFailure failure={failure} fields={['password.current', 'password.new']} />
        <div class="form-actions">
          <SubmitButton busy={busy}>{w.change}</SubmitButton>
        </div>
      </form>
    </section>
  );
}

function SignOutCard() {
  const desk = useDesk();
  const [asked, setAsked] = useState<{ how: Leaving; unsent: number } | null>(null);
  const w = words.value.me;
  const leaveNow = async (how: Leaving) => {
    try {
      await leave(desk, how);
    } catch (error) {
      toast(failureOf(error, console_words.peek().unreachable).message);
    }
  };
  const begin = async (how: Leaving) => {
    const unsent = await countUnsent(desk);
    if (unsent > 0) setAsked({ how, unsent });
    else await leaveNow(how);
  };
  return (
    <section class="card">
      <h2>{w.signOut}</h2>
      <p class="card-intro">{w.signOutIntro}</p>
      <div class="form">
        <div class="form-actions">
          <button type="button" class="second-button" onClick={() => void begin('here')}>
            {w.signOut}
          </button>
          <button type="button" class="text-button" onClick={() => void begin('everywhere')}>
            {w.everywhere}
          </button>
        </div>
      </div>
      {asked && (
        <Dialog
          title={w.unsentTitle}
          onClose={() => setAsked(null)}
          actions={
            <>
              <button type="button" class="second-button" onClick={() => setAsked(null)}>
                {console_words.value.cancel}
              </button>
              <button type="button" class="main-button danger" onClick={() => void leaveNow(asked.how)}>
                {w.anyway}
              </button>
            </>
          }
        >
          <p>{w.unsentIntro(console_words.value.told.signOutUnsent(asked.unsent))}</p>
        </Dialog>
      )}
    </section>
  );
}
