// A new request: topic, what happened, the details that help. Kept over reload, sent once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Field, FieldError, focusFirstInvalid } from '../conversation/Field';
import { inLanguage, topicOf } from '../conversation/topics';
import { anonymous, type Visit } from '../conversation/visit';
import type { Failure } from '../core/errors';
import { go, href } from '../core/route';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import type { PublicTicket, Topic } from '../protocol';
import { announceFailure } from '../ui/Announcer';
import { autosize, Counter, charsLeft } from '../ui/Composer';
import { type Draft, useDraft } from '../ui/draft';
import { bodyOf, draftKey, emptyRequest, isUntouched, missing, type RequestDraft } from './request-draft';
import { SameMatter, useSameMatter } from './SameMatter';
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
      <Aside signed_in={customer !== undefined} />
    </main>
  );
}

function Form({ visit }: { visit: Visit }) {
  const { customer } = visit.me.value;
  const [empty] = useState(emptyRequest);
  const draft = useDraft<RequestDraft>(visit.drafts, draftKey(customer?.id ?? anonymous), empty, isUntouched);
  const [absent, setAbsent] = useState<string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const request = draft.value;
  const change = (fields: Partial<RequestDraft>) => draft.set({ ...request, ...fields });

  const opened = (ticket: PublicTicket) => {
    draft.set(emptyRequest());
    if (customer) go(['t', ticket.id], 'replace');
    else location.assign(`/guest${href(ticket.id)}`);
  };
  const refused = (failure: Failure) => {
    change({ submitted: false });
    announceFailure(failure.message);
    focusFirstInvalid(form.current);
  };
  const sending = useSendRequest(opened, refused);
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

interface PartProps {
  draft: Draft<RequestDraft>;
  change: (fields: Partial<RequestDraft>) => void;
  errorOf: (field: string) => string | undefined;
}

function Matter({ visit, draft, change, errorOf }: PartProps & { visit: Visit }) {
  const request = draft.value;
  const { site } = visit;
  const text = words.value.request;
  const topic = topicOf(site, request.topic);
  const same = useSameMatter(visit, request.topic);
  const offer = same.length > 0 && !request.not_the_same.includes(request.topic);
  return (
    <>
      {site.topics.length > 0 && (
        <Topics
          topics={site.topics}
          chosen={request.topic}
          error={errorOf('topic')}
          onChoose={(key) => change({ topic: key })}
        />
      )}
      {offer && (
        <SameMatter
          visit={visit}
          rows={same}
          onElse={() => change({ not_the_same: [...request.not_the_same, request.topic] })}
        />
      )}
      <What
        request={request}
        hint={(topic && inLanguage(topic.hint, locale.value)) || text.text_hint}
        chars_max={site.limits.text_chars_max}
        bytes_max={site.limits.text_bytes_max}
        error={errorOf('text')}
        change={change}
      />
      {topic && topic.fields.length > 0 && (
        <Details
          topic={topic}
          request={request}
          chars_max={site.limits.detail_chars_max}
          change={change}
          errorOf={errorOf}
        />
      )}
    </>
  );
}

function Topics(props: {
  topics: Topic[];
  chosen: string;
  error: string | undefined;
  onChoose: (key: string) => void;
}) {
  const { topics, chosen, error, onChoose } = props;
  return (
    <fieldset class="topics" aria-describedby={error ? 'topic-error' : undefined}>
      <legend class="field-label">{words.value.request.topic}</legend>
      <div class="topic-choices">
        {topics.map(({ key, label }) => (
          <label key={key} class="topic">
            <input
              type="radio"
              name="topic"
              value={key}
              checked={key === chosen}
              aria-invalid={Boolean(error)}
              onChange={() => onChoose(key)}
            />
            <span>{inLanguage(label, locale.value)}</span>
          </label>
        ))}
      </div>
      {error && <FieldError id="topic-error" text={error} />}
    </fieldset>
  );
}

interface WhatProps {
  request: RequestDraft;
  hint: string;
  chars_max: number;
  bytes_max: number;
  error: string | undefined;
  change: PartProps['change'];
}

function What({ request, hint, chars_max, bytes_max, error, change }: WhatProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const left = charsLeft(request.text, chars_max, bytes_max);
  useEffect(() => autosize(field.current), [request.text]);
  return (
    <Field
      label={words.value.request.text}
      hint={hint}
      error={error}
      after={<Counter id="text-left" left={left} max={chars_max} />}
    >
      {(attributes) => (
        <textarea
          {...attributes}
          ref={field}
          class="input"
          rows={5}
          dir="auto"
          aria-invalid={attributes['aria-invalid'] || left < 0}
          aria-describedby={`${attributes['aria-describedby'] ?? ''} text-left`.trim()}
          value={request.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

function Details(props: {
  topic: Topic;
  request: RequestDraft;
  chars_max: number;
  change: PartProps['change'];
  errorOf: PartProps['errorOf'];
}) {
  const { topic, request, chars_max, change, errorOf } = props;
  return (
    <fieldset class="details">
      <legend class="field-label">
        {words.value.request.details} <span class="optional">({words.value.optional})</span>
      </legend>
      <div class="detail-fields">
        {topic.fields.map(({ key, kind, label, hint }) => (
          <Field
            key={key}
            label={inLanguage(label, locale.value)}
            hint={inLanguage(hint, locale.value) || undefined}
            error={errorOf(`details.${key}`)}
          >
            {(attributes) => (
              <input
                {...attributes}
                class="input"
                type={kind === 'date_time' ? 'datetime-local' : 'text'}
                maxLength={chars_max}
                dir={kind === 'text' ? 'auto' : undefined}
                value={request.details[key] ?? ''}
                onInput={(event) =>
                  change({ details: { ...request.details, [key]: event.currentTarget.value } })
                }
              />
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

function Person({ draft, change, errorOf }: PartProps) {
  const text = words.value.request;
  const request = draft.value;
  return (
    <div class="detail-fields">
      <Field label={text.email} hint={text.email_hint} error={errorOf('email')}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            type="email"
            autocomplete="email"
            dir="auto"
            required
            value={request.email}
            onInput={(event) => change({ email: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={text.name} hint={text.name_hint} optional error={errorOf('name')}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            type="text"
            autocomplete="name"
            dir="auto"
            value={request.name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        )}
      </Field>
    </div>
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
