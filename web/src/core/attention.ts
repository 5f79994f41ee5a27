// What the hub may believe about the person: on this ticket now, reached, read.
// `attend` is a lease: only while the page is visible, focused, and somebody touched it lately.
import type { ClientFrame, PostKind, TicketId } from '../protocol';
import { browserClock, type Clock } from './clock';

export const attend_every_ms = 20_000;
export const input_ms_max = 60_000;
export const active_ms_max = 5 * 60_000;
export const delivered_every_ms = 2_000;
export const typing_every_ms = 3_000;

export interface Attention {
  /** The conversation on screen, or null when there is none. */
  look(ticket: TicketId | null): void;
  /** The hub knows this feed on this connection now: an `attend` before that was refused. */
  subscribed(ticket: TicketId): void;
  /** The next `attend` is due at once: a new connection knows nothing. */
  renew(): void;
  /** Something reached this page; cumulative, coalesced. */
  delivered(ticket: TicketId, n: number): void;
  read(ticket: TicketId, n: number): void;
  /** A key was pressed in the composer, or bytes of a file went up; sent at most every 3 s. */
  typing(ticket: TicketId, kind: PostKind, by?: 'keys' | 'file'): void;
  /** The message went out: the next key is news again. */
  typed(ticket: TicketId): void;
  /** Input within the last five minutes. */
  active(): boolean;
  /** Visible and focused: what is on the screen is in front of somebody. */
  watching(): boolean;
  stop(): void;
}

export interface AttentionOptions {
  send: (frame: ClientFrame) => boolean;
  clock?: Clock;
  /** The page, or what a test puts in its place. */
  page?: Page;
}

export interface Page {
  watching(): boolean;
  /** Calls back on every input, and on every change of visibility or focus. */
  listen(onInput: () => void, onChange: () => void): () => void;
}

export function makeAttention({
  send,
  clock = browserClock,
  page = browserPage,
}: AttentionOptions): Attention {
  let ticket: TicketId | null = null;
  let attending: TicketId | null = null;
  let input_at = clock.now();
  let cancelLease: (() => void) | null = null;
  const marks = new Map<TicketId, Marks>();
  const typing_at = new Map<string, number>();

  const entitled = () => ticket !== null && page.watching() && clock.now() - input_at <= input_ms_max;
  const attend = () => {
    cancelLease?.();
    cancelLease = null;
    if (ticket && entitled()) {
      attending = send({ type: 'attend', ticket }) ? ticket : null;
      cancelLease = clock.after(attend_every_ms, attend);
    } else if (attending) {
      send({ type: 'attend' });
      attending = null;
    }
  };
  const onInput = () => {
    input_at = clock.now();
    if (!cancelLease && entitled()) attend();
  };
  const silence = page.listen(onInput, attend);

  return {
    look(next) {
      if (next === ticket) return;
      ticket = next;
      input_at = clock.now();
      attend();
    },
    subscribed(there) {
      if (there === ticket) attend();
    },
    renew() {
      attending = null;
      for (const [each, mark] of marks) {
        // A mark sent into a dying socket is sent again; the hub only ever moves forward.
        if (mark.delivered) send({ type: 'delivered', ticket: each, n: mark.delivered });
        if (mark.read) send({ type: 'read', ticket: each, n: mark.read });
      }
      attend();
    },
    delivered(where, n) {
      const mark = marksOf(marks, where);
      if (n <= mark.delivered) return;
      mark.delivered = n;
      mark.cancel ??= clock.after(delivered_every_ms, () => {
        mark.cancel = null;
        send({ type: 'delivered', ticket: where, n: mark.delivered });
      });
    },
    read(where, n) {
      const mark = marksOf(marks, where);
      if (n <= mark.read) return;
      mark.read = n;
      send({ type: 'read', ticket: where, n });
    },
    typing(where, kind, by = 'keys') {
      const key = `${where}/${kind}/${by}`;
      if (clock.now() - (typing_at.get(key) ?? -typing_every_ms) < typing_every_ms) return;
      if (send({ type: 'typing', ticket: where, kind, file: by === 'file' })) typing_at.set(key, clock.now());
    },
    typed(where) {
      for (const key of [...typing_at.keys()]) if (key.startsWith(where)) typing_at.delete(key);
    },
    active: () => clock.now() - input_at <= active_ms_max,
    watching: () => page.watching(),
    stop() {
      silence();
      cancelLease?.();
      for (const { cancel } of marks.values()) cancel?.();
    },
  };
}

interface Marks {
  delivered: number;
  read: number;
  cancel: (() => void) | null;
}

function marksOf(marks: Map<TicketId, Marks>, ticket: TicketId): Marks {
  const mark = marks.get(ticket) ?? { delivered: 0, read: 0, cancel: null };
  marks.set(ticket, mark);
  return mark;
}

const browserPage: Page = {
  watching: () => document.visibilityState === 'visible' && document.hasFocus(),
  listen(onInput, onChange) {
    const inputs = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart', 'scroll'] as const;
    for (const kind of inputs) window.addEventListener(kind, onInput, { passive: true, capture: true });
    for (const kind of ['focus', 'blur'] as const) window.addEventListener(kind, onChange);
    document.addEventListener('visibilitychange', onChange);
    return () => {
      for (const kind of inputs) window.removeEventListener(kind, onInput, { capture: true });
      for (const kind of ['focus', 'blur'] as const) window.removeEventListener(kind, onChange);
      document.removeEventListener('visibilitychange', onChange);
    };
  },
};
