// The keys of the console: every command with its key, each changeable and removable; who has a key loses it only
// when the person says so. Kept in this browser.

import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { announceStatus } from '../../ui/Announcer';
import { nameOf } from '../../ui/keys';
import { words as console_words } from '../i18n';
import {
  COMMANDS,
  type Command,
  holderOf,
  isAllowed,
  isFixed,
  keyNames,
  keyText,
  pair_begins,
  written,
} from '../keymap';
import { keymap, resetKeys, setKey } from '../keys';
import { words } from './i18n';

/** What was pressed for a command and is not its key yet. */
type Wish = { command: Command; key: string } | null;

export function Keys() {
  const [asking, setAsking] = useState<Command | null>(null);
  const [wish, setWish] = useState<Wish>(null);
  const id = useId();
  const w = words.value.keys;
  const give = (command: Command, key: string | null) => {
    setKey(command, key);
    setWish(null);
    announceStatus(w.now(console_words.peek().keys[command], key === null ? w.none : keyText(key)));
  };
  const pressed = (command: Command, key: string | null) => {
    setAsking(null);
    if (key === null) return;
    if (isAllowed(key) && !holderOf(keymap.peek(), key, command)) give(command, key);
    else setWish({ command, key });
  };
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{w.title}</h2>
      <p class="card-intro">{w.intro}</p>
      <ul class="key-rows">
        {COMMANDS.map((command) => (
          <KeyRow
            key={command}
            command={command}
            asking={asking === command}
            wish={wish?.command === command ? wish.key : null}
            onAsk={() => {
              setWish(null);
              setAsking(command);
            }}
            onPressed={(key) => pressed(command, key)}
            onGive={(key) => give(command, key)}
            onLeave={() => setWish(null)}
          />
        ))}
      </ul>
      <div class="form-actions">
        <button
          type="button"
          class="second-button"
          aria-disabled={written(keymap.value) === null}
          onClick={() => {
            resetKeys();
            setWish(null);
            announceStatus(w.wasReset);
          }}
        >
          {w.reset}
        </button>
      </div>
    </section>
  );
}

interface KeyRowProps {
  command: Command;
  asking: boolean;
  /** A key that is not to be had as it is. */
  wish: string | null;
  onAsk: () => void;
  onPressed: (key: string | null) => void;
  onGive: (key: string | null) => void;
  onLeave: () => void;
}

function KeyRow({ command, asking, wish, onAsk, onPressed, onGive, onLeave }: KeyRowProps) {
  const w = words.value.keys;
  const key = keymap.value[command];
  const name = console_words.value.keys[command];
  return (
    <li>
      <div class="key-row">
        <span class="label">{name}</span>
        {key === null ? <span class="field-hint">{w.none}</span> : <Pressed text={key} />}
        {!isFixed(command) && (
          <>
            <Asker command={name} asking={asking} onAsk={onAsk} onPressed={onPressed} />
            <button
              type="button"
              class="text-button"
              aria-label={w.removeOf(name)}
              aria-disabled={key === null}
              onClick={() => key !== null && onGive(null)}
            >
              {w.remove}
            </button>
          </>
        )}
      </div>
      {wish !== null && <Conflict command={command} wish={wish} onGive={onGive} onLeave={onLeave} />}
    </li>
  );
}

const Pressed = ({ text }: { text: string }) => (
  <span class="keys">
    {keyNames(text).map((each, index) => (
      <kbd key={index}>{each}</kbd>
    ))}
  </span>
);

interface AskerProps {
  command: string;
  asking: boolean;
  onAsk: () => void;
  onPressed: (key: string | null) => void;
}

/** Listens for one key, or for G and one more, while it has the focus. Tab and Escape leave it. */
function Asker({ command, asking, onAsk, onPressed }: AskerProps) {
  const first = useRef<string | null>(null);
  const [begun, setBegun] = useState(false);
  const w = words.value.keys;
  const begin = (key: string | null) => {
    first.current = key;
    setBegun(key !== null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!asking || event.isComposing) return;
    const { key } = event;
    if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead'].includes(key)) return;
    if (key === 'Tab') return onPressed(null);
    event.preventDefault();
    event.stopPropagation();
    const pressed = nameOf(event);
    if (pressed === 'escape') return onPressed(null);
    if (pressed === pair_begins && first.current === null) return begin(pressed);
    const whole = first.current === null ? pressed : `${first.current} ${pressed}`;
    begin(null);
    onPressed(whole);
  };
  return (
    <button
      type="button"
      class={`text-button ${asking ? 'asking' : ''}`}
      aria-label={asking ? undefined : w.changeOf(command)}
      onClick={() => {
        begin(null);
        onAsk();
      }}
      onKeyDown={onKeyDown}
      onBlur={() => asking && onPressed(null)}
    >
      {!asking ? w.change : begun ? w.pressSecond : w.press}
    </button>
  );
}

interface ConflictProps {
  command: Command;
  wish: string;
  onGive: (key: string) => void;
  onLeave: () => void;
}

function Conflict({ command, wish, onGive, onLeave }: ConflictProps) {
  const leave = useRef<HTMLButtonElement>(null);
  const w = words.value.keys;
  const holder = isAllowed(wish) ? holderOf(keymap.value, wish, command) : undefined;
  // And back to where it was asked, whatever the answer.
  useLayoutEffect(() => {
    const before = document.activeElement;
    leave.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <div class="key-conflict" role="alert">
      <p>
        {holder
          ? w.taken(keyText(wish), console_words.value.keys[holder])
          : w.notAllowed(wish === ' ' ? w.space : keyText(wish))}
      </p>
      {holder && (
        <button type="button" class="text-button" onClick={() => onGive(wish)}>
          {w.take}
        </button>
      )}
      <button ref={leave} type="button" class="text-button" onClick={onLeave}>
        {w.leave}
      </button>
    </div>
  );
}
