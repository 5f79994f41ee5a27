// Until when: a few times that people mean, and an exact one.

import { useState } from 'preact/hooks';
import { comingTime } from '../../core/time';
import { regional } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { FieldError } from '../../ui/FieldError';
import { Icon } from '../../ui/Icon';
import { alarm } from '../icons';
import { words } from './i18n';
import { exactTime, localTime, snoozeTimes } from './snooze-times';

interface SnoozeDialogProps {
  /** It stands aside already, until then. */
  until: number | null;
  onChoose: (until: number) => void;
  onWake: () => void;
  onClose: () => void;
}

export function SnoozeDialog({ until, onChoose, onWake, onClose }: SnoozeDialogProps) {
  const [now] = useState(Date.now);
  const w = words.value;
  const choose = (at: number) => {
    onClose();
    onChoose(at);
  };
  const wake = () => {
    onClose();
    onWake();
  };
  return (
    <Dialog title={w.snoozeUntil} onClose={onClose} class="snooze-dialog">
      <div class="snooze-times">
        {until !== null && (
          <button type="button" class="assign-option" autofocus onClick={wake}>
            <Icon of={alarm} />
            <span class="label">{w.wake}</span>
          </button>
        )}
        {snoozeTimes(now).map(({ time, at }, index) => (
          <button
            key={time}
            type="button"
            class="assign-option"
            autofocus={until === null && index === 0}
            onClick={() => choose(at)}
          >
            <Icon of={alarm} />
            <span class="label">{w.times[time]}</span>
            <span class="hint">{comingTime(at, now, regional.value)}</span>
          </button>
        ))}
      </div>
      <Exact start={until ?? snoozeTimes(now)[0]?.at ?? now} onChoose={choose} />
      <p class="field-hint">{w.snoozeHint}</p>
    </Dialog>
  );
}

function Exact({ start, onChoose }: { start: number; onChoose: (at: number) => void }) {
  const [local, setLocal] = useState(localTime(start));
  const [failed, setFailed] = useState(false);
  const w = words.value;
  const submit = (event: Event) => {
    event.preventDefault();
    const at = exactTime(local, Date.now());
    if (at === null) setFailed(true);
    else onChoose(at);
  };
  return (
    <form class="snooze-exact" onSubmit={submit} noValidate>
      <label>
        <span>{w.exact}</span>
        <input
          class="input"
          type="datetime-local"
          value={local}
          aria-invalid={failed}
          aria-describedby={failed ? 'snooze-failed' : undefined}
          onInput={(event) => {
            setLocal(event.currentTarget.value);
            setFailed(false);
          }}
        />
      </label>
      <button type="submit" class="second-button">
        {w.set}
      </button>
      {failed && <FieldError id="snooze-failed" text={w.past} />}
    </form>
  );
}
