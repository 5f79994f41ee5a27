// A one-time link: the first admin, an invited agent, a forgotten password.
// Reading what it is for changes nothing; only the sent form uses it up.

import { useEffect, useState } from 'preact/hooks';
import { call, Refused } from '../../core/api';
import { go } from '../../core/route';
import type { LinkInfo, LinkPurpose, UseLink } from '../../protocol';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { words as console_words } from '../i18n';
import { home, partsOf } from '../place';
import { enterByLink } from '../session';
import { EntryPage } from './EntryPage';
import { words } from './i18n';

/** Until the site has said its own. */
const password_chars_min = 10;

type Reading = { state: 'reading' | 'gone' | 'failed' } | { state: 'ready'; info: LinkInfo };

export function LinkPage({ token }: { token: string }) {
  const [reading, setReading] = useState<Reading>({ state: 'reading' });
  const read = () => {
    setReading({ state: 'reading' });
    call('GET /v1/agent/links/{token}', { path: { token } }).then(
      (info) => setReading({ state: 'ready', info }),
      (error) => setReading({ state: isGone(error) ? 'gone' : 'failed' }),
    );
  };
  useEffect(read, [token]);
  const w = console_words.value;
  const { linkGone, linkGoneIntro, toSignIn } = words.value;
  if (reading.state === 'ready') {
    return <LinkForm token={token} info={reading.info} onGone={() => setReading({ state: 'gone' })} />;
  }
  if (reading.state === 'reading') return <EntryPage brand="Guichet" title={w.loading} />;
  if (reading.state === 'gone') {
    return (
      <EntryPage brand="Guichet" title={linkGone} intro={linkGoneIntro}>
        <div class="form">
          <button type="button" class="main-button" onClick={() => go(partsOf(home), 'replace')}>
            {toSignIn}
          </button>
        </div>
      </EntryPage>
    );
  }
  return (
    <EntryPage brand="Guichet" title={w.unreachable}>
      <div class="form">
        <button type="button" class="main-button" onClick={read}>
          {w.tryAgain}
        </button>
      </div>
    </EntryPage>
  );
}

function LinkForm({ token, info, onGone }: { token: string; info: LinkInfo; onGone: () => void }) {
  const { purpose } = info;
  const [email, setEmail] = useState('');
  const [name, setName] = useState(info.name);
  const [password, setPassword] = useState('');
  const least = useLeastPassword();
  const w = words.value;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    try {
      await enterByLink(token, bodyFor(purpose, { email: email.trim(), name: name.trim(), password }));
      // The token leaves the address bar; it works no more anyway.
      go(partsOf(home), 'replace');
    } catch (error) {
      if (isGone(error)) return onGone();
      throw error;
    }
  });
  const { title, intro, done } = told(info);
  return (
    <EntryPage brand={info.site} title={title} intro={intro}>
      <form class="form" onSubmit={onSubmit}>
        {purpose === 'first_admin' ? (
          <Field
            label={w.email}
            name="email"
            type="email"
            autocomplete="username"
            required
            autofocus
            value={email}
            onValue={setEmail}
            failure={failure}
          />
        ) : (
          // For the password manager: it belongs to this address.
          <input type="email" autocomplete="username" value={info.email} readOnly hidden />
        )}
        {purpose !== 'reset' && (
          <Field
            label={w.name}
            name="name"
            autocomplete="name"
            required
            value={name}
            onValue={setName}
            hint={w.nameHint}
            failure={failure}
          />
        )}
        <Field
          label={w.password}
          name="password"
          type="password"
          autocomplete="new-password"
          required
          autofocus={purpose !== 'first_admin'}
          value={password}
          onValue={setPassword}
          hint={w.passwordHint(least)}
          failure={failure}
        />
        <FormFailure failure={failure} fields={['email', 'name', 'password']} />
        <SubmitButton busy={busy}>{done}</SubmitButton>
      </form>
    </EntryPage>
  );
}

/** A field that does not belong to the purpose would be refused. */
function bodyFor(purpose: LinkPurpose, all: { email: string; name: string; password: string }): UseLink {
  if (purpose === 'first_admin') return all;
  if (purpose === 'invite') return { name: all.name, password: all.password };
  return { password: all.password };
}

function told({ purpose, name, site, email }: LinkInfo): { title: string; intro: string; done: string } {
  const w = words.value;
  if (purpose === 'first_admin') return { title: w.firstAdmin, intro: w.firstAdminIntro, done: w.create };
  if (purpose === 'invite') return { title: w.invite(name), intro: w.inviteIntro(site), done: w.begin };
  return { title: w.reset, intro: w.resetIntro(email), done: w.setPassword };
}

const isGone = (error: unknown): boolean =>
  error instanceof Refused && (error.code === 'link_used' || error.code === 'not_found');

function useLeastPassword(): number {
  const [least, setLeast] = useState(password_chars_min);
  useEffect(() => {
    call('GET /v1/site').then(
      (site) => setLeast(site.limits.password_chars_min),
      () => {},
    );
  }, []);
  return least;
}
