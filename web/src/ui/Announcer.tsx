// What screen readers are told, apart from the conversation on the screen: mounted once per page.
// A log that is itself live is read from the top by some readers, so news are said here, one by one.
import { signal } from '@preact/signals';
import { neutralise } from '../core/bidi';
import { words } from '../i18n/words';

const cleared_ms = 6_000;
const burst_ms = 900;

const messages = signal<readonly { id: number; text: string }[]>([]);
const status = signal('');
const failure = signal('');
let pending: string[] = [];
let burst: ReturnType<typeof setTimeout> | undefined;
let counter = 0;

/** A message of somebody else that came while the page is open. Bursts become a number. */
export function announceMessage(text: string): void {
  pending.push(neutralise(text));
  clearTimeout(burst);
  burst = setTimeout(() => {
    const said = pending.length > 2 ? words.peek().log.new_messages(pending.length) : pending.join('. ');
    pending = [];
    const id = ++counter;
    messages.value = [...messages.peek(), { id, text: said }];
    setTimeout(() => (messages.value = messages.peek().filter((each) => each.id !== id)), cleared_ms);
  }, burst_ms);
}

/** Calm news: the connection, something saved. */
export function announceStatus(text: string): void {
  status.value = text;
}

/** Something went wrong that the person has to know now. */
export function announceFailure(text: string): void {
  failure.value = '';
  queueMicrotask(() => (failure.value = text));
}

export function Announcer() {
  return (
    <>
      <div class="sr-only" role="log" aria-label={words.value.log.news}>
        {messages.value.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
      <p class="sr-only" role="status">
        {status.value}
      </p>
      <p class="sr-only" role="alert">
        {failure.value}
      </p>
    </>
  );
}
