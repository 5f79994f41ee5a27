// The first second of a page: reads the site and who one is, says when the hub does not answer, and tries again.
import { type ComponentChildren, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../core/api';
import { ready } from '../i18n';
import { words } from '../i18n/words';
import { Announcer } from '../ui/Announcer';
import { Icon } from '../ui/Icon';
import { offline } from '../ui/icons';
import { Toasts } from '../ui/Toast';
import type { Visit } from './visit';

const again_ms = 4_000;

export async function begin(page: (visit: Visit) => ComponentChildren): Promise<void> {
  await ready();
  const root = document.getElementById('page');
  if (root) render(<Begin page={page} />, root);
}

function Begin({ page }: { page: (visit: Visit) => ComponentChildren }) {
  const [visit, setVisit] = useState<Visit | null>(null);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    const failed = () => setTimeout(() => setFailures((count) => count + 1), failures === 0 ? 0 : again_ms);
    openVisit().then(setVisit, failed);
  }, [failures]);
  return (
    <>
      {visit ? page(visit) : failures > 0 ? <NotReached /> : null}
      <Toasts />
      <Announcer />
    </>
  );
}

/** The socket's code comes while the hub is asked. Throws what `call` throws. */
async function openVisit(): Promise<Visit> {
  const [{ Visit }, site, me] = await Promise.all([
    import('./visit'),
    call('GET /v1/site'),
    call('GET /v1/me'),
  ]);
  return Visit.open(site, me);
}

function NotReached() {
  return (
    <main class="centred">
      <div class="card panel">
        <span class="panel-icon">
          <Icon of={offline} />
        </span>
        <h1>{words.value.unreachable}</h1>
        <p role="status">{words.value.connection.reconnecting}</p>
      </div>
    </main>
  );
}
