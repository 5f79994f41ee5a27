// Where a ticket stands, as a small coloured word.
import { words } from '../i18n/words';
import type { Status } from '../protocol';

export function StatusPill({ status }: { status: Status }) {
  return <span class={`pill ${status}`}>{words.value.status[status]}</span>;
}
