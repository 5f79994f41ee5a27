// The pages of two links that do one thing, and only when it is pressed: no more mails about a ticket, which can be
// undone, and the end of a trusted browser's access.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Panel } from '../conversation/Panel';
import { call } from '../core/api';
import { failureOf } from '../core/errors';
import { href } from '../core/route';
import { words } from '../i18n/words';
import { announceFailure, announceStatus } from '../ui/Announcer';
import { FieldError } from '../ui/FieldError';
import { bell, check, lock } from '../ui/icons';
import { heldLink } from './held-link';
import { words as own_words } from './i18n';
import { Looking } from './LinkPage';
import { isVoid } from './link-call';
import { VoidLink } from './VoidLink';

type State = 'asked' | 'done' | 'undone' | 'void';

export function StopMails() {
  const text = own_words.value.stop;
  const { state, press, token, setState } = usePress('stop');
  const looked = useMails(
    token,
    (muted) => setState(muted ? 'done' : 'asked'),
    () => setState('void'),
  );
  if (state === 'void') return <VoidLink />;
  if (!looked) return <Looking />;
  const request = looked.number === undefined ? text.this_request : text.request(looked.number);
  const done_title = text.done_title(request);
  const undone_title = text.undone_title(request);
  const stop = press('POST /v1/links/unsubscribe', 'done', done_title);
  if (state === 'done') {
    return (
      <Panel icon={check} title={done_title}>
        <p class="panel-lead">{text.done}</p>
        <Press {...press('POST /v1/links/subscribe', 'undone', undone_title)} kind="second">
          {text.undo}
        </Press>
      </Panel>
    );
  }
  return (
    <Panel icon={bell} title={state === 'undone' ? undone_title : text.title(request)}>
      <p class="panel-lead">{state === 'undone' ? text.undone : text.lead}</p>
      <Press {...stop} kind={state === 'undone' ? 'second' : 'main'}>
        {text.stop}
      </Press>
    </Panel>
  );
}

/** Which request it is about; the number is missing when the hub does not answer, and pressing says so. */
function useMails(token: string | undefined, onFound: (muted: boolean) => void, onVoid: () => void) {
  const [looked, setLooked] = useState<{ number?: number } | null>(null);
  useEffect(() => {
    if (!token) return;
    call('POST /v1/links/mails', { body: { token } }).then(
      ({ number, muted }) => {
        onFound(muted);
        setLooked({ number });
      },
      (error) => (isVoid(error) ? onVoid() : setLooked({})),
    );
  }, [token]);
  return looked;
}

export function EndTrust() {
  const text = own_words.value.end_trust;
  const { state, press } = usePress('end');
  if (state === 'void') return <VoidLink />;
  if (state === 'done') {
    return (
      <Panel icon={check} title={text.done_title}>
        <p class="panel-lead">{text.done}</p>
        <div class="panel-links">
          <a class="text-button" href={href('lost')}>
            {words.value.help.lost_link}
          </a>
        </div>
      </Panel>
    );
  }
  return (
    <Panel icon={lock} title={text.title}>
      <p class="panel-lead">{text.lead}</p>
      <Press {...press('POST /v1/links/end-trust', 'done', text.done_title)} kind="main">
        {text.end}
      </Press>
    </Panel>
  );
}

type Act = 'POST /v1/links/unsubscribe' | 'POST /v1/links/subscribe' | 'POST /v1/links/end-trust';
interface Pressing {
  busy: boolean;
  failure: string;
  onPress: () => void;
}

function usePress(place: 'stop' | 'end') {
  const token = heldLink(place)?.token;
  const [state, setState] = useState<State>(token ? 'asked' : 'void');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const go = async (act: Act, then: State, said: string) => {
    if (busy || !token) return;
    setBusy(true);
    try {
      await call(act, { body: { token } });
      setFailure('');
      setState(then);
      announceStatus(said);
    } catch (error) {
      if (isVoid(error)) return setState('void');
      const { message } = failureOf(error, words.peek().unreachable);
      setFailure(message);
      announceFailure(message);
    } finally {
      setBusy(false);
    }
  };
  const press = (act: Act, then: State, said: string): Pressing => ({
    busy,
    failure,
    onPress: () => void go(act, then, said),
  });
  return { state, press, token, setState };
}

type PressProps = Pressing & { kind: 'main' | 'second'; children: ComponentChildren };

function Press({ busy, failure, onPress, kind, children }: PressProps) {
  return (
    <>
      {failure && <FieldError text={failure} />}
      <button type="button" class={`${kind}-button wide`} aria-busy={busy} onClick={onPress}>
        {children}
      </button>
    </>
  );
}
