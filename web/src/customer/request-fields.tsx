// The fields of a new request: topic, what happened, the topic's details, and who writes.
import { useEffect, useRef } from 'preact/hooks';
import { Field } from '../conversation/Field';
import { inLanguage, topicOf } from '../conversation/topics';
import type { Visit } from '../conversation/visit';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import type { Topic } from '../protocol';
import { autosize, Counter, charsLeft } from '../ui/Composer';
import type { Draft } from '../ui/draft';
import { FieldError } from '../ui/FieldError';
import type { RequestDraft } from './request-draft';
import { SameMatter, useSameMatter } from './SameMatter';

export interface PartProps {
  draft: Draft<RequestDraft>;
  change: (fields: Partial<RequestDraft>) => void;
  errorOf: (field: string) => string | undefined;
}

export function Matter({ visit, draft, change, errorOf }: PartProps & { visit: Visit }) {
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

export function Person({ draft, change, errorOf }: PartProps) {
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
