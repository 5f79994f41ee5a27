// Where the link of a mail leads: a number and a masked address, a code on request, then the ticket.
// The link alone opens nothing (R-A2); asking for the code takes a press (R-A3).
import { useEffect, useState } from 'preact/hooks';
import { CodeForm } from '../conversation/CodeForm';
import { Panel, PanelFrame, PanelHead } from '../conversation/Panel';
import type { Visit } from '../conversation/visit';
import { call, Refused, retrying } from '../core/api';
import { failureOf } from '../core/errors';
import { customerPage, go, route } from '../core/route';
import { words } from '../i18n/words';
import type { LinkLook } from '../protocol';
import { announceFailure, announceStatus } from '../ui/Announcer';
import { Confirm } from '../ui/Confirm';
import { FieldError } from '../ui/FieldError';
import { lock, mail, mailCheck, offline, signIn } from '../ui/icons';
import { type HeldLink, heldLink, holdLink } from './held-link';
import { words as own_words } from './i18n';
import { askForCode, isVoid } from './link-call';
import { VoidLink } from './VoidLink';

/** A code lives this long: after that the page asks for another one first. */
const code_lives_ms = 10 * 60_000;
const look_again_ms = 4_000;

export function LinkPage({ visit }: { visit: Visit }) {
  const [link, setLink] = useState(() => heldLink('link'));
  const { look, failure, again } = useLook(link);
  // `#/link/confirm`: whoever may see the ticket already enters a code to confirm the address.
  const confirming = route.value[1] === 'confirm';
  const straight_to = look?.way === 'open' && !(confirming && look.unconfirmed) ? look.ticket : undefined;
  useEffect(() => {
    if (!straight_to || !link) return;
    holdLink('link', { ...link, ticket: straight_to });
    if (visit.me.peek().guest_tickets.includes(straight_to)) go([straight_to], 'replace');
    else location.replace(customerPage('t', straight_to));
  }, [straight_to]);

  if (!link || failure === 'void') return <VoidLink />;
  if (failure) return <NotLooked sentence={failure} onAgain={again} />;
  if (!look || straight_to) return <Looking />;
  if (look.way === 'sign_in') return <OfAccount visit={visit} look={look} />;
  const hold = (next: HeldLink) => {
    holdLink('link', next);
    setLink(next);
  };
  const steps = { visit, look, link, onHeld: hold, onOther: again };
  return (link.again_at ?? 0) > Date.now() - code_lives_ms ? (
    <EnterCode {...steps} />
  ) : (
    <AskCode {...steps} />
  );
}

interface StepProps {
  visit: Visit;
  look: LinkLook;
  link: HeldLink;
  onHeld: (link: HeldLink) => void;
  /** It leads somewhere else by now. */
  onOther: () => void;
}

/** Looks where the link leads, again by itself while the hub cannot be reached. */
function useLook(link: HeldLink | null) {
  const [look, setLook] = useState<LinkLook | null>(null);
  const [failure, setFailure] = useState('');
  const [round, setRound] = useState(0);
  const token = link?.token;
  const again = () => setRound((last) => last + 1);
  useEffect(() => {
    if (!token) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    call('POST /v1/links/look', { body: { token } }).then(
      (found) => {
        if (left) return;
        setFailure('');
        setLook(found);
      },
      (error) => {
        if (left) return;
        setFailure(isVoid(error) ? 'void' : failureOf(error, words.peek().unreachable).message);
        if (!(error instanceof Refused)) timer = setTimeout(again, look_again_ms);
      },
    );
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [token, round]);
  return { look, failure, again };
}

/** Fast answers pass without a word. */
export function Looking() {
  return (
    <main class="centred">
      <p class="conversation-loading" role="status">
        {words.value.loading}
      </p>
    </main>
  );
}

function NotLooked({ sentence, onAgain }: { sentence: string; onAgain: () => void }) {
  return (
    <Panel icon={offline} title={own_words.value.link.not_looked}>
      <p class="panel-lead" role="status">
        {sentence}
      </p>
      <button type="button" class="main-button wide" onClick={onAgain}>
        {words.value.retry}
      </button>
    </Panel>
  );
}

function OfAccount({ visit, look }: { visit: Visit; look: LinkLook }) {
  const text = own_words.value.link;
  const as = visit.me.value.customer?.email;
  return (
    <Panel icon={signIn} title={text.account_title(look.number)}>
      <p class="panel-lead">
        {as ? `${text.account_other(as)} ` : ''}
        {text.account_before}
        <Masked look={look} />
        {text.account_after}
      </p>
      <a class="main-button wide" href={customerPage('sign-in', 'link')}>
        {words.value.help.sign_in}
      </a>
    </Panel>
  );
}

const Masked = ({ look }: { look: LinkLook }) => (
  <b>
    <bdi>{look.email_masked}</bdi>
  </b>
);

function AskCode({ look, link, onHeld, onOther }: StepProps) {
  const text = own_words.value.link;
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    if (busy) return;
    setBusy(true);
    try {
      onHeld(await asked(link));
    } catch (error) {
      if (leadsElsewhere(error)) return onOther();
      const { message } = failureOf(error, words.peek().unreachable);
      setFailure(message);
      announceFailure(message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel icon={lock} title={text.title(look.number)} footer={text.footer}>
      <p class="panel-lead">
        {text.lead_before}
        <Masked look={look} />
        {text.lead_after}
      </p>
      {look.muted && <p class="panel-result">{text.muted}</p>}
      {failure && <FieldError text={failure} />}
      <button type="button" class="main-button wide" aria-busy={busy} onClick={() => void ask()}>
        {words.value.sign_in.send_code}
      </button>
      {look.unconfirmed && (
        <div class="panel-links">
          <NotMe token={link.token} />
        </div>
      )}
    </Panel>
  );
}

async function asked(link: HeldLink): Promise<HeldLink> {
  const { resend_after_s } = await askForCode(link.token);
  return { ...link, again_at: Date.now() + resend_after_s * 1000 };
}

/** It joined an account meanwhile, or was made void. */
const leadsElsewhere = (error: unknown): boolean =>
  isVoid(error) || (error instanceof Refused && error.code === 'conflict');

function EnterCode({ visit, look, link, onHeld, onOther }: StepProps) {
  const text = own_words.value.link;
  const [trust, setTrust] = useState(false);
  useEffect(() => document.querySelector<HTMLElement>('.code-input')?.focus(), []);
  const again = async () => {
    try {
      onHeld(await asked(link));
    } catch (error) {
      if (!leadsElsewhere(error)) throw error;
      onOther();
    }
  };
  return (
    <PanelFrame footer={text.footer}>
      <CodeForm
        enter={(code) => enter(visit, link, code, trust)}
        again={again}
        again_at={link.again_at ?? 0}
        submit={text.open}
        hint={text.code_hint}
        choices={<Trust trust={trust} onTrust={setTrust} />}
        links={look.unconfirmed && <NotMe token={link.token} />}
      >
        <PanelHead icon={mailCheck} title={words.value.sign_in.code_title} />
        <p class="panel-lead">
          {text.sent_before}
          <Masked look={look} />
          {text.sent_middle}
          <b class="tabular">{look.number}</b>
          {text.sent_after}
        </p>
      </CodeForm>
    </PanelFrame>
  );
}

function Trust({ trust, onTrust }: { trust: boolean; onTrust: (trust: boolean) => void }) {
  const text = own_words.value.link;
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={trust}
        aria-describedby="trust-hint"
        onChange={(event) => onTrust(event.currentTarget.checked)}
      />
      <strong>{text.trust}</strong>
      <small id="trust-hint">{text.trust_hint}</small>
    </label>
  );
}

async function enter(visit: Visit, link: HeldLink, code: string, trust: boolean): Promise<void> {
  const { ticket } = await call('POST /v1/links/enter', { body: { token: link.token, code, trust } });
  holdLink('link', { token: link.token, ticket });
  await visit.changed(await retrying(() => call('GET /v1/me')));
  announceStatus(own_words.peek().link.opened);
  go([ticket], 'replace');
}

/** For whoever gets mails about a request that somebody else opened with their address. */
function NotMe({ token }: { token: string }) {
  const text = own_words.value.link;
  const [asking, setAsking] = useState(false);
  const disown = async () => {
    await call('POST /v1/links/not-me', { body: { token } });
    holdLink('link', null);
    go(['not-me'], 'replace');
  };
  return (
    <>
      <button type="button" class="text-button" onClick={() => setAsking(true)}>
        {text.not_me}
      </button>
      {asking && (
        <Confirm
          title={text.not_me_title}
          confirm={text.not_me_confirm}
          act={disown}
          onClose={() => setAsking(false)}
        >
          {text.not_me_lead}
        </Confirm>
      )}
    </>
  );
}

/** After "this was not me". */
export function NotMeDone() {
  const text = own_words.value.link;
  return (
    <Panel icon={mail} title={text.not_me_done_title}>
      <p class="panel-lead">{text.not_me_done}</p>
    </Panel>
  );
}
