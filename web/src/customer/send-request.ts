// Sends a new request until it is answered: an answer that got lost is asked for again under the same key.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, Refused } from '../core/api';
import { type Failure, failureOf } from '../core/errors';
import { words } from '../i18n/words';
import type { NewTicket, PublicTicket } from '../protocol';

const again_ms_min = 1_000;
const again_ms_max = 15_000;

export interface Sending {
  busy: boolean;
  /** The hub did not answer; it is tried again by itself. */
  waiting: boolean;
  failure: Failure | null;
  send: (body: NewTicket, key: string) => void;
  clear: () => void;
}

export function useSendRequest(
  onOpened: (ticket: PublicTicket) => void,
  onRefused: (failure: Failure) => void,
): Sending {
  const [state, setState] = useState({ busy: false, waiting: false, failure: null as Failure | null });
  const latest = useRef({ onOpened, onRefused });
  latest.current = { onOpened, onRefused };
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const left = useRef(false);
  useEffect(
    () => () => {
      left.current = true;
      clearTimeout(timer.current);
    },
    [],
  );

  const attempt = async (body: NewTicket, key: string, wait_ms: number): Promise<void> => {
    try {
      const ticket = await call('POST /v1/tickets', { body, key });
      if (!left.current) latest.current.onOpened(ticket);
    } catch (error) {
      if (left.current) return;
      const failure = failureOf(error, words.peek().unreachable);
      if (isFinal(error)) {
        setState({ busy: false, waiting: false, failure });
        latest.current.onRefused(failure);
        return;
      }
      setState({ busy: true, waiting: true, failure });
      timer.current = setTimeout(() => void attempt(body, key, Math.min(wait_ms * 2, again_ms_max)), wait_ms);
    }
  };
  const send = (body: NewTicket, key: string) => {
    clearTimeout(timer.current);
    setState({ busy: true, waiting: false, failure: null });
    void attempt(body, key, again_ms_min);
  };
  return { ...state, send, clear: () => setState((now) => ({ ...now, failure: null })) };
}

/** Refused for good: nothing was opened and the person can change it. Otherwise it may have been opened. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Refused)) return false;
  return error.code !== 'unavailable' && error.code !== 'internal';
}
