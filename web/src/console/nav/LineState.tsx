// The state of the line, in words: by one's own name, and as a banner when one has to know.

import type { Connection } from '../../core/line';
import { Icon } from '../../ui/Icon';
import { clock, offline } from '../../ui/icons';
import { words as colleague_words } from '../colleagues/i18n';
import { isAway } from '../colleagues/own';
import { useDesk } from '../desk';
import { words } from '../i18n';

export function LineState() {
  const desk = useDesk();
  const connection = desk.live.connection.value;
  const away = connection === 'live' && isAway(desk);
  return (
    <span class={`line-state ${connection === 'live' && !away ? 'live' : ''}`}>
      {away ? colleague_words.value.away : told(connection, desk.live.line.latency_ms.value)}
    </span>
  );
}

function told(connection: Connection, latency_ms: number | null): string {
  const w = words.value.line;
  if (connection !== 'live') return w[connection];
  return latency_ms === null ? w.liveShort : w.live(latency_ms);
}

/** Only what changes what one may expect: a short reconnect is told by one's name alone. */
export function LineBanner() {
  const { live } = useDesk();
  const connection = live.connection.value;
  const w = words.value.line;
  if (connection !== 'offline' && connection !== 'stopped' && connection !== 'polling') return null;
  return (
    <div class={`line-banner ${connection}`} role="status">
      <Icon of={connection === 'polling' ? clock : offline} />
      <span>{{ offline: w.offlineTold, stopped: w.stoppedTold, polling: w.pollingTold }[connection]}</span>
      {connection === 'stopped' && (
        <button type="button" class="second-button" onClick={() => location.reload()}>
          {w.reload}
        </button>
      )}
    </div>
  );
}
