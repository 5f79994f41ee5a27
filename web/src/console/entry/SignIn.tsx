// Signing in. The address bar stays as it was, so one arrives where one was going.

import { useEffect, useState } from 'preact/hooks';
import { call } from '../../core/api';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { signIn } from '../session';
import { EntryPage } from './EntryPage';
import { words } from './i18n';

export function SignIn({ why }: { why: 'never' | 'expired' | 'left' }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const site = useSiteName();
  const { busy, failure, onSubmit } = useSubmit(async () => {
    try {
      await signIn({ email: email.trim(), password });
    } catch (error) {
      setPassword('');
      throw error;
    }
  });
  const w = words.value;
  return (
    <EntryPage brand={site || 'Guichet'} title={site ? w.signInTo(site) : w.signIn} intro={w.intro}>
      {why !== 'never' && (
        <p class="told" role="status">
          {why === 'expired' ? w.expired : w.signedOut}
        </p>
      )}
      <form class="form" onSubmit={onSubmit}>
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
        <Field
          label={w.password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
          failure={failure}
        />
        <FormFailure failure={failure} fields={['email', 'password']} />
        <SubmitButton busy={busy}>{w.signIn}</SubmitButton>
      </form>
    </EntryPage>
  );
}

/** The site's name, for whoever is not signed in; nothing waits for it. */
export function useSiteName(): string {
  const [name, setName] = useState('');
  useEffect(() => {
    call('GET /v1/site').then(
      (site) => setName(site.name),
      () => {},
    );
  }, []);
  return name;
}
