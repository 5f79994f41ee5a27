// Signing in by e-mail address and code, without a password. The address is kept while the mail is being fetched.
import { useEffect, useState } from 'preact/hooks';
import { CodeForm } from '../conversation/CodeForm';
import { OneField } from '../conversation/OneField';
import { anonymous, type Visit } from '../conversation/visit';
import { call } from '../core/api';
import { go, guestPage, route } from '../core/route';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import { announceStatus } from '../ui/Announcer';
import { Icon } from '../ui/Icon';
import { mail, mailCheck } from '../ui/icons';
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
      <p class="panel-footer">
        {words.value.sign_in.footer}
        <br />
        <a href={guestPage('lost')}>{words.value.help.lost_link}</a>
      </p>
    </main>
  );
}

const ask = (email: string) => call('POST /v1/sign-in/code', { body: { email, locale: locale.peek() } });

function EmailStep({ email, onAsked }: { email: string; onAsked: (email: string) => void }) {
  const text = words.value.sign_in;
  const save = async (address: string) => {
    await ask(address);
    onAsked(address);
  };
  const actions = (busy: boolean) => (
    <button type="submit" class="main-button wide" aria-busy={busy}>
      {text.send_code}
    </button>
  );
  return (
    <OneField
      label={text.email}
      type="email"
      autocomplete="email"
      value={email}
      save={save}
      actions={actions}
    >
      <span class="panel-icon">
        <Icon of={mail} />
      </span>
      <h1 tabIndex={-1}>{text.title}</h1>
      <p class="panel-lead">{text.lead}</p>
    </OneField>
  );
}

function CodeStep({ visit, email, onOther }: { visit: Visit; email: string; onOther: () => void }) {
  const text = words.value.sign_in;
  return (
    <CodeForm
      enter={(code) => enter(visit, code)}
      again={async () => void (await ask(email))}
      submit={text.enter}
      hint={text.code_hint}
      links={
        <button type="button" class="text-button" onClick={onOther}>
          {text.other}
        </button>
      }
    >
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
    </CodeForm>
  );
}

async function enter(visit: Visit, code: string): Promise<void> {
  const me = await call('POST /v1/sign-in', { body: { code } });
  kept.write('');
  const customer = me.customer?.id;
  // Its files go where the draft goes.
  if (customer && (await adoptDraft(visit.drafts, anonymous, customer)))
    await visit.adoptFiles(anonymous, customer);
  await visit.changed(me);
  announceStatus(words.peek().sign_in.welcome);
  // Back to where the sign-in was asked for: `#/sign-in/t/…`, `#/sign-in/new`.
  const back = route.peek().slice(1);
  // By a mail's link, which is kept by this tab for the guest's page.
  if (back[0] === 'link') return location.assign(guestPage('link'));
  go(back.length > 0 ? back : ['tickets'], 'replace');
}
