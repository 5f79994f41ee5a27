// The question before signing out when something was not sent; without that it signs out at once.
import { useEffect, useState } from 'preact/hooks';
import type { Visit } from '../conversation/visit';
import { failureOf } from '../core/errors';
import { go } from '../core/route';
import { words } from '../i18n/words';
import { Dialog } from '../ui/Dialog';
import { toast } from '../ui/Toast';

export function SignOut({ visit, onDone }: { visit: Visit; onDone: () => void }) {
  const [unsent, setUnsent] = useState<number | null>(null);
  const go_now = () => void leave(visit).finally(onDone);
  useEffect(() => {
    visit.unsentCount().then((count) => (count > 0 ? setUnsent(count) : go_now()), go_now);
  }, []);
  if (unsent === null) return null;
  const text = words.value.sign_out;
  const actions = (
    <>
      <button type="button" class="second-button" onClick={go_now}>
        {text.go}
      </button>
      <button type="button" class="main-button" onClick={onDone}>
        {text.stay}
      </button>
    </>
  );
  return (
    <Dialog title={text.title} onClose={onDone} actions={actions}>
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
  }
}
