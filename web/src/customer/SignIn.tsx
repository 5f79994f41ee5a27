// Signing in by e-mail address and code, without a password. The address is kept while the mail is being fetched.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Field, FieldError, focusFirstInvalid } from '../conversation/Field';
import { anonymous, type Visit } from '../conversation/visit';
import { call } from '../core/api';
import { type Failure, failureOf } from '../core/errors';
import { go, route } from '../core/route';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import { announceFailure, announceStatus } from '../ui/Announcer';
import { Icon } from '../ui/Icon';
import { mail, mailCheck } from '../ui/icons';
import { toast } from '../ui/Toast';
import { CodeInput, code_digits } from './CodeInput';
import { adoptDraft } from './request-draft';

const kept_as = 'guichet.sign-in-email';

/** On a phone the page is often reloaded while one looks for the mail: the tab remembers where one was. */
const kept = {
  read: () => sessionStorage.getItem(kept_as) ?? '',
  write: (email: string) =>
    email ? sessionStorage.setItem(kept_as, email) : sessionStorage.removeItem(kept_as),
};

export function SignIn({ visit }: { visit: Visit }) {
  const [email, setEmail] = useState(kept.read);
  const [asked, setAsked] = useState(() => kept.read() !== '');
  const ended = visit.live.value.connection.value === 'signed_out';
  useEffect(() => document.querySelector<HTMLElement>('.panel h1')?.focus(), [asked]);

  const begin = (to: string) => {
    kept.write(to);
    setEmail(to);
    setAsked(true);
  };
  const startOver = () => {
    kept.write('');
    setAsked(false);
  };
  return (
    <main class="centred">
      <div class="card panel">
        {ended && <p class="panel-notice">{words.value.sign_in.expired}</p>}
        {asked ? (
          <CodeStep visit={visit} email={email} onOther={startOver} />
        ) : (
          <EmailStep email={email} onAsked={begin} />
        )}
      </div>
      <p class="panel-footer">{words.value.sign_in.footer}</p>
    </main>
  );
}

async function ask(email: string): Promise<Failure | null> {
  try {
    await call('POST /v1/sign-in/code', { body: { email, locale: locale.peek() } });
    return null;
  } catch (error) {
    return failureOf(error, words.peek().unreachable);
  }
}

function EmailStep({ email, onAsked }: { email: string; onAsked: (email: string) => void }) {
  const text = words.value.sign_in;
  const [value, setValue] = useState(email);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const address = value.trim();
    const refused = address
      ? await ask(address)
      : { code: 'required', message: words.peek().request.required };
    setBusy(false);
    setFailure(refused);
    if (!refused) onAsked(address);
    else focusFirstInvalid(form.current);
  };
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <span class="panel-icon">
        <Icon of={mail} />
      </span>
      <h1 tabIndex={-1}>{text.title}</h1>
      <p class="panel-lead">{text.lead}</p>
      <Field label={text.email} error={failure?.message}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            type="email"
            autocomplete="email"
            dir="auto"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="main-button wide" aria-busy={busy}>
        {text.send_code}
      </button>
    </form>
  );
}

function CodeStep({ visit, email, onOther }: { visit: Visit; email: string; onOther: () => void }) {
  const text = words.value.sign_in;
  const [code, setCode] = useState('');
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const refuse = (refused: Failure) => {
    setFailure(refused);
    announceFailure(refused.message);
    focusFirstInvalid(form.current);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (code.length < code_digits)
      return refuse({ code: 'too_short', message: words.peek().sign_in.code_short });
    setBusy(true);
    try {
      await enter(visit, code);
    } catch (error) {
      setCode('');
      refuse(failureOf(error, words.peek().unreachable));
    } finally {
      setBusy(false);
    }
  };
  const again = async () => {
    const refused = await ask(email);
    if (refused) refuse(refused);
    else {
      setFailure(null);
      setCode('');
      toast(text.again_sent);
    }
  };
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <span class="panel-icon">
        <Icon of={mailCheck} />
      </span>
      <h1 tabIndex={-1}>{text.code_title}</h1>
      <p class="panel-lead">
        {text.code_lead_before}
        <b>
          <bdi>{email}</bdi>
        </b>
        {text.code_lead_after}
      </p>
      <CodeInput
        label={text.code}
        hint={text.code_hint}
        value={code}
        invalid={failure !== null}
        error_id={failure ? 'code-error' : undefined}
        onChange={setCode}
      />
      {failure && <FieldError id="code-error" text={failure.message} />}
      <button type="submit" class="main-button wide" aria-busy={busy}>
        {text.enter}
      </button>
      <div class="panel-links">
        <button type="button" class="text-button" onClick={() => void again()}>
          {text.again}
        </button>
        <button type="button" class="text-button" onClick={onOther}>
          {text.other}
        </button>
      </div>
    </form>
  );
}

async function enter(visit: Visit, code: string): Promise<void> {
  const me = await call('POST /v1/sign-in', { body: { code } });
  kept.write('');
  if (me.customer) await adoptDraft(visit.drafts, anonymous, me.customer.id);
  await visit.changed(me);
  announceStatus(words.peek().sign_in.welcome);
  // Back to where the sign-in was asked for: `#/sign-in/t/…`, `#/sign-in/new`.
  const back = route.peek().slice(1);
  go(back.length > 0 ? back : ['tickets'], 'replace');
}
