// A new request: topic, what happened, the details that help. Kept over reload, sent once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { focusFirstInvalid } from '../conversation/Field';
import { topicOf } from '../conversation/topics';
import { anonymous, type Visit } from '../conversation/visit';
import type { Failure } from '../core/errors';
import { go, guestPage, href } from '../core/route';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import type { PublicTicket } from '../protocol';
import { announceFailure } from '../ui/Announcer';
import { charsLeft } from '../ui/Composer';
import { useDraft } from '../ui/draft';
import { FieldError } from '../ui/FieldError';
import { RequestFiles } from './RequestFiles';
import { bodyOf, draftKey, emptyRequest, isUntouched, missing, type RequestDraft } from './request-draft';
import { Matter, Person } from './request-fields';
import { useSendRequest } from './send-request';

export function NewRequest({ visit }: { visit: Visit }) {
  const { customer } = visit.me.value;
  const text = words.value.request;
  return (
    <main class="request">
      <div class="request-head">
        <h1 tabIndex={-1}>{text.title}</h1>
        <p>{text.lead}</p>
      </div>
      <Form key={customer?.id ?? anonymous} visit={visit} />
      <Aside signed_in={Boolean(customer)} />
    </main>
  );
}

function Form({ visit }: { visit: Visit }) {
  const { customer } = visit.me.value;
  const writer = customer?.id ?? anonymous;
  const [empty] = useState(emptyRequest);
  const draft = useDraft<RequestDraft>(visit.drafts, draftKey(writer), empty, isUntouched);
  const [absent, setAbsent] = useState<string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const request = draft.value;
  const change = (fields: Partial<RequestDraft>) => draft.set({ ...request, ...fields });

  const opened = async (ticket: PublicTicket) => {
    // The files first: once the draft is gone nothing else knows which ticket they belong to.
    await (await visit.uploadsReady(writer))?.opened(ticket.id);
    draft.set(emptyRequest());
    if (customer) return go(['t', ticket.id], 'replace');
    // Leaving the page ends what is still being written: a sent request must not be found again as a draft.
    const leave = () => location.assign(guestPage(ticket.id));
    visit.drafts.save(draftKey(anonymous), null).then(leave, leave);
  };
  const refused = (failure: Failure) => {
    change({ submitted: false });
    announceFailure(failure.message);
    focusFirstInvalid(form.current);
  };
  const sending = useSendRequest((ticket) => void opened(ticket), refused);
  const send = (from: RequestDraft) =>
    sending.send(bodyOf(from, topicOf(visit.site, from.topic), !customer, locale.peek()), from.key);

  // It had been sent when the page was left, and nobody knows what became of it: the same key tells.
  useEffect(() => {
    if (draft.restored && request.submitted) send(request);
  }, [draft.restored]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const absent_now = missing(request, visit.site, !customer);
    setAbsent(absent_now);
    sending.clear();
    if (absent_now.length > 0 || tooLong(request, visit)) return focusFirstInvalid(form.current);
    const sent = { ...request, submitted: true };
    draft.set(sent);
    send(sent);
  };
  const errorOf = (field: string): string | undefined => {
    if (sending.failure?.field === field) return sending.failure.message;
    const { required, required_choice } = words.value.request;
    return absent.includes(field) && isBlank(request, field)
      ? field === 'topic'
        ? required_choice
        : required
      : undefined;
  };
  const known =
    ['topic', 'text', 'email', 'name'].includes(sending.failure?.field ?? '') ||
    sending.failure?.field?.startsWith('details.');
  return (
    <form ref={form} class="card request-form" onSubmit={submit} noValidate>
      <fieldset disabled={sending.busy || request.submitted}>
        <Matter visit={visit} draft={draft} change={change} errorOf={errorOf} />
        <RequestFiles uploads={visit.uploads(writer).value} limits={visit.site.files} />
        {!customer && <Person draft={draft} change={change} errorOf={errorOf} />}
      </fieldset>
      {sending.waiting && (
        <p class="request-waiting" role="status">
          {words.value.connection.reconnecting}
        </p>
      )}
      {sending.failure && !sending.waiting && !known && (
        <FieldError id="request-error" text={sending.failure.message} />
      )}
      <div class="request-actions">
        <button type="submit" class="main-button" aria-busy={sending.busy}>
          {sending.busy ? words.value.request.sending : words.value.request.send}
        </button>
        <p>
          {customer
            ? words.value.request.signed_in_as(customer.email)
            : !isUntouched(request) && words.value.request.kept}
        </p>
      </div>
    </form>
  );
}

function Aside({ signed_in }: { signed_in: boolean }) {
  const text = words.value.request;
  return (
    <aside class="request-aside" aria-label={text.aside_title}>
      <h2>{text.aside_title}</h2>
      <ol>
        {text.aside.map(([what, why]) => (
          <li key={what}>
            <strong>{what}</strong>
            <span>{why}</span>
          </li>
        ))}
      </ol>
      {!signed_in && (
        <p>
          {text.have_account} <a href={href('sign-in', 'new')}>{words.value.help.sign_in}</a>
        </p>
      )}
    </aside>
  );
}

function tooLong({ text }: RequestDraft, { site }: Visit): boolean {
  return charsLeft(text, site.limits.text_chars_max, site.limits.text_bytes_max) < 0;
}

function isBlank(request: RequestDraft, field: string): boolean {
  return field === 'topic' || field === 'text' || field === 'email' ? request[field].trim() === '' : false;
}
