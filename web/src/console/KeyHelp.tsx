// The help on keys: everything that has one, in groups. Says so when single keys are switched off.

import './css/dialogs.css';
import { Dialog } from '../ui/Dialog';
import { keys_on } from '../ui/keys';
import { words } from './i18n';
import { type Command, keyOf } from './keymap';

const MOVING: readonly Command[] = [
  'next',
  'previous',
  'open',
  'search',
  'go_mine',
  'go_unassigned',
  'go_open',
  'back',
];
const ACTING: readonly Command[] = ['reply', 'ask', 'note', 'solve', 'assign', 'merge', 'help'];
/** A second key for the same, which belongs to the list while it has the focus. */
const ALSO: Partial<Record<Command, string>> = { next: '↓', previous: '↑', open: 'Enter' };

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const w = words.value;
  return (
    <Dialog
      title={w.keys.title}
      onClose={onClose}
      class="keys-dialog"
      actions={
        <button type="button" class="main-button" autofocus onClick={onClose}>
          {w.close}
        </button>
      }
    >
      {!keys_on.value && <p>{w.keys.off}</p>}
      <div class="key-groups">
        <Group title={w.keys.moving} commands={MOVING.filter(works)} />
        <Group title={w.keys.acting} commands={ACTING.filter(works)} />
        <section>
          <h3>{w.keys.writing}</h3>
          <dl>
            <Key keys={['Ctrl', 'Enter']} text={w.keys.send} />
            <Key keys={['Ctrl', 'Shift', 'Enter']} text={w.keys.sendAndSolve} />
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

const works = (command: Command): boolean =>
  keys_on.value || command === 'back' || ALSO[command] !== undefined;

function Group({ title, commands }: { title: string; commands: readonly Command[] }) {
  if (commands.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {commands.map((command) => (
          <CommandKey key={command} command={command} />
        ))}
      </dl>
    </section>
  );
}

function CommandKey({ command }: { command: Command }) {
  const w = words.value.keys;
  const also = ALSO[command];
  const own = keys_on.value || command === 'back';
  return (
    <div>
      <dt>
        {own &&
          keyOf(command)
            .split(' ')
            .map((key, index) => (
              <span key={key}>
                {index > 0 && <small>{w.and_then}</small>}
                <kbd>{key}</kbd>
              </span>
            ))}
        {own && also && <small>{w.or}</small>}
        {also && <kbd>{also}</kbd>}
      </dt>
      <dd>{w[command]}</dd>
    </div>
  );
}

function Key({ keys, text }: { keys: readonly string[]; text: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
