// The first view of somebody whom this browser does not know: two ways, nothing else.
import { words } from '../i18n/words';
import { NewRequestCard, SignInCard } from './Tickets';

export function Welcome() {
  const text = words.value.tickets;
  return (
    <main class="welcome">
      <h1 tabIndex={-1}>{text.welcome}</h1>
      <p>{text.welcome_lead}</p>
      <NewRequestCard />
      <SignInCard hint={text.sign_in} />
    </main>
  );
}
