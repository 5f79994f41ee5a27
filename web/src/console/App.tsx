// The console as a whole: which page stands, by who is signed in and by the address.

import { useEffect, useState } from 'preact/hooks';
import { route } from '../core/route';
import type { Store } from '../core/storage';
import type { Tabs } from '../core/tabs';
import type { AgentMe } from '../protocol';
import { Announcer } from '../ui/Announcer';
import { Toasts } from '../ui/Toast';
import { LinkPage, SignIn, Unreachable } from './chunks';
import { type Desk, DeskProvider, openDesk } from './desk';
import { whereIs } from './place';
import { Shell } from './Shell';
import { session } from './session';

interface AppProps {
  store: Store;
  tabs: Tabs;
}

export function App(props: AppProps) {
  return (
    <>
      <Page {...props} />
      <Announcer />
      <Toasts />
    </>
  );
}

function Page({ store, tabs }: AppProps) {
  const where = whereIs(route.value);
  const now = session.value;
  if (where.at === 'link') return <LinkPage token={where.token} key={where.token} />;
  switch (now.state) {
    case 'unknown':
      return null;
    case 'unreachable':
      return <Unreachable />;
    case 'out':
      return <SignIn why={now.why} />;
    case 'in':
      return <SignedIn me={now.me} store={store} tabs={tabs} key={now.me.id} />;
  }
}

/** One desk, and so one socket, for each sign-in: leaving this part closes it. */
function SignedIn({ me, store, tabs }: AppProps & { me: AgentMe }) {
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    let left = false;
    let mine: Desk | null = null;
    void openDesk(me, store, tabs).then((opened) => {
      if (left) return opened.close();
      mine = opened;
      setDesk(opened);
    });
    return () => {
      left = true;
      mine?.close();
    };
  }, []);
  if (!desk) return null;
  return (
    <DeskProvider value={desk}>
      <Shell me={me} />
    </DeskProvider>
  );
}
