// Signing out: warns first when something was not sent, then leaves nothing of this customer in this browser.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { Visit } from '../conversation/visit';
import { failureOf } from '../core/errors';
import { go } from '../core/route';
import { words } from '../i18n/words';
import { Dialog } from '../ui/Dialog';
import { toast } from '../ui/Toast';

const asked = signal(false);
export const askToSignOut = () => {
  asked.value = true;
};

export function SignOut({ visit }: { visit: Visit }) {
  return asked.value ? <Asked visit={visit} /> : null;
}

function Asked({ visit }: { visit: Visit }) {
  const [unsent, setUnsent] = useState<number | null>(null);
  const stay = () => {
    asked.value = false;
  };
  useEffect(() => {
    visit.unsentCount().then(
      (count) => (count > 0 ? setUnsent(count) : void leave(visit)),
      () => void leave(visit),
    );
  }, []);
  if (unsent === null) return null;
  const text = words.value.sign_out;
  const actions = (
    <>
      <button type="button" class="second-button" onClick={() => void leave(visit)}>
        {text.go}
      </button>
      <button type="button" class="main-button" onClick={stay}>
        {text.stay}
      </button>
    </>
  );
  return (
    <Dialog title={text.title} onClose={stay} actions={actions}>
      <p>{text.unsent(unsent)}</p>
    </Dialog>
  );
}

async function leave(visit: Visit): Promise<void> {
  try {
    await visit.signOut();
    go([]);
    toast(words.peek().sign_out.done);
  } catch (error) {
    toast(failureOf(error, words.peek().unreachable).message);
  } finally {
    asked.value = false;
  }
}
