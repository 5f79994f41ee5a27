// The hub could not be reached to say who is signed in.

import { words } from '../i18n';
import { findSession } from '../session';
import { EntryPage } from './EntryPage';

export function Unreachable() {
  const w = words.value;
  return (
    <EntryPage brand="Guichet" title={w.console} intro={w.unreachable}>
      <div class="form">
        <button type="button" class="main-button" onClick={() => void findSession()}>
          {w.tryAgain}
        </button>
      </div>
    </EntryPage>
  );
}
