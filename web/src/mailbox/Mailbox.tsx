// The local mailbox page: a list of mails and the one that is read, as it looks, as text and with its headers.
import { signal } from '@preact/signals';
import { Fragment } from 'preact';
import { tokens } from '../core/text';
import { fullTime, shortTime } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import type { LocalMail } from '../protocol';
import { Icon } from '../ui/Icon';
import { chevronLeft, inbox, mail as mailIcon } from '../ui/icons';
import { SettingsMenu } from '../ui/SettingsMenu';
import { panelProps, Tabs } from '../ui/Tabs';
import { asked, mails, reached } from './mails';

type Side = 'look' | 'text' | 'headers';

const chosen = signal<string | null>(null);
const side = signal<Side>('look');

export function Mailbox() {
  const text = words.value.mailbox;
  const open = mails.value.find(({ id }) => id === chosen.value);
  return (
    <div class={`mailbox ${open ? 'has-open' : ''}`}>
      <header class="mailbox-head">
        <span class="mailbox-logo">
          <Icon of={inbox} />
        </span>
        <div>
          <h1>{text.title}</h1>
          <p>{text.lead}</p>
        </div>
        <SettingsMenu label={words.value.help.menu} />
      </header>
      {!reached.value && (
        <p class="mailbox-banner" role="status">
          {text.unreachable}
        </p>
      )}
      <main>
        {mails.value.length === 0 ? <Empty /> : <List />}
        <article class="mailbox-reader" aria-live="polite">
          {open ? (
            <Reader mail={open} />
          ) : (
            mails.value.length > 0 && <p class="mailbox-choose">{text.choose}</p>
          )}
        </article>
      </main>
    </div>
  );
}

function Empty() {
  if (!asked.value) return <p class="mailbox-choose">{words.value.loading}</p>;
  return (
    <div class="mailbox-empty">
      <Icon of={mailIcon} />
      <h2>{words.value.mailbox.empty_title}</h2>
      <p>{words.value.mailbox.empty}</p>
    </div>
  );
}

function List() {
  return (
    <ul class="mailbox-list" aria-label={words.value.mailbox.messages}>
      {mails.value.map(({ id, to, subject, at }) => (
        <li key={id}>
          <button
            type="button"
            aria-current={id === chosen.value}
            onClick={() => {
              chosen.value = id;
            }}
          >
            <strong dir="auto">{subject}</strong>
            <time dateTime={new Date(at).toISOString()}>{shortTime(at, Date.now(), regional.value)}</time>
            <span>
              {words.value.mailbox.to} <bdi>{to}</bdi>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Reader({ mail }: { mail: LocalMail }) {
  const close = () => {
    chosen.value = null;
  };
  return (
    <>
      <button type="button" class="text-button mailbox-back" onClick={close}>
        <Icon of={chevronLeft} class="flip" />
        {words.value.back}
      </button>
      <h2 dir="auto">{mail.subject}</h2>
      <p class="mailbox-to">
        {words.value.mailbox.from} <bdi>{mail.from}</bdi> · {words.value.mailbox.to} <bdi>{mail.to}</bdi> ·{' '}
        <time>{fullTime(mail.at, regional.value)}</time>
      </p>
      <Tabs
        id="mail"
        label={words.value.mailbox.sides}
        tabs={[
          { key: 'look', label: words.value.mailbox.look },
          { key: 'text', label: words.value.mailbox.text },
          { key: 'headers', label: words.value.mailbox.headers },
        ]}
        chosen={side.value}
        onChoose={(key: Side) => {
          side.value = key;
        }}
        class="mailbox-tabs"
      />
      <div {...panelProps('mail', side.value)} class="mailbox-side">
        <Shown mail={mail} />
      </div>
    </>
  );
}

function Shown({ mail }: { mail: LocalMail }) {
  switch (side.value) {
    case 'look':
      // It runs nothing and belongs to no origin; its links open in a tab of their own.
      return (
        <iframe
          key={mail.id}
          class="mailbox-frame"
          title={mail.subject}
          src={`/dev/mailbox/messages/${mail.id}/html`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
        />
      );
    case 'text':
      return (
        <div class="mailbox-text" dir="auto">
          <MailText text={mail.text} />
        </div>
      );
    case 'headers':
      return (
        <pre class="mailbox-headers" dir="ltr">
          {mail.headers}
        </pre>
      );
  }
}

/** The text part: its links are links, nothing else of it is anything. */
function MailText({ text }: { text: string }) {
  return (
    <>
      {text.split(/(https?:\/\/\S+)/u).map((part, index) => {
        const [token] = index % 2 === 1 ? tokens(part) : [];
        if (token?.kind !== 'link') return <Fragment key={`${index}-text`}>{part}</Fragment>;
        return (
          <Fragment key={`${index}-link`}>
            <a href={token.href}>{token.text}</a>
            {part.slice(token.text.length)}
          </Fragment>
        );
      })}
    </>
  );
}
