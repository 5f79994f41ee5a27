// How the connection is, said calmly and only when it matters: short cuts pass unsaid.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Connection } from '../core/line';
import type { Live } from '../core/live';
import { words } from '../i18n/words';
import { announceStatus } from '../ui/Announcer';
import { Icon } from '../ui/Icon';
import { clock, offline, reload } from '../ui/icons';

const said_after_ms = 1_500;
const icons = { connecting: reload, reconnecting: reload, offline, polling: clock, stopped: reload };

export function ConnectionBanner({ live }: { live: Pick<Live, 'connection' | 'line'> }) {
  const state = live.connection.value;
  const [said, setSaid] = useState<Connection | null>(null);
  const was_said = useRef(false);
  const text = words.value.connection;

  useEffect(() => {
    if (state === 'live') {
      if (was_said.current) announceStatus(text.back);
      was_said.current = false;
      setSaid(null);
      return;
    }
    const timer = setTimeout(
      () => {
        was_said.current = true;
        setSaid(state);
        announceStatus(text[state]);
      },
      state === 'stopped' ? 0 : said_after_ms,
    );
    return () => clearTimeout(timer);
  }, [state]);

  // The words follow the state at once; only the first appearance waits.
  const shown = said === null || state === 'live' ? null : state;
  // Signed out is told where one signs in again.
  if (!shown || shown === 'signed_out') return null;
  return (
    <div class={`connection-banner ${shown}`}>
      <Icon of={icons[shown]} />
      <span>{text[shown]}</span>
      {shown === 'stopped' ? (
        <button type="button" class="text-button" onClick={() => location.reload()}>
          {text.reload}
        </button>
      ) : (
        shown === 'reconnecting' && (
          <button type="button" class="text-button" onClick={live.line.reconnect}>
            {text.try_now}
          </button>
        )
      )}
    </div>
  );
}
