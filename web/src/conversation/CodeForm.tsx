// Entering a code that was mailed: it goes to the hub by itself once it is whole, never before.
// A refusal stands by the field, which keeps the focus.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../core/errors';
import { waitTime } from '../core/time';
import { regional } from '../i18n';
import { words } from '../i18n/words';
import { announceFailure } from '../ui/Announcer';
import { FieldError } from '../ui/FieldError';
import { toast } from '../ui/Toast';
import { CodeInput, code_digits } from './CodeInput';
import { focusFirstInvalid } from './Field';

export interface CodeFormProps {
  /** Throws what `call` throws. */
  enter: (code: string) => Promise<void>;
  /** Asks for another code. Throws what `call` throws. */
  again: () => Promise<void>;
  /** From then on another code may be asked for, by this browser's clock. */
  again_at?: number;
  submit: string;
  hint: string;
  /** Before the field: heading and what it is about. */
  children: ComponentChildren;
  /** Between the field and the button. */
  choices?: ComponentChildren;
  /** Beside the way to another code. */
  links?: ComponentChildren;
}

export function CodeForm({
  enter,
  again,
  again_at = 0,
  submit,
  hint,
  children,
  choices,
  links,
}: CodeFormProps) {
  const text = words.value.sign_in;
  const [code, setCode] = useState('');
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const entering = useRef(false);
  const form = useRef<HTMLFormElement>(null);

  const refuse = (refused: Failure) => {
    setFailure(refused);
    announceFailure(refused.message);
    focusFirstInvalid(form.current);
  };
  const submitCode = async (digits: string) => {
    if (entering.current) return;
    if (digits.length < code_digits) return refuse({ code: 'too_short', message: text.code_short });
    entering.current = true;
    setBusy(true);
    try {
      await enter(digits);
    } catch (error) {
      const refused = failureOf(error, words.peek().unreachable);
      // What the hub never heard of is still right.
      if (refused.code !== 'unreachable') setCode('');
      refuse(refused);
    } finally {
      entering.current = false;
      setBusy(false);
    }
  };
  const change = (digits: string) => {
    setCode(digits);
    if (digits.length === code_digits) void submitCode(digits);
  };
  const askAgain = async () => {
    try {
      await again();
      setFailure(null);
      setCode('');
      toast(words.peek().sign_in.again_sent);
      form.current?.querySelector('input')?.focus();
    } catch (error) {
      refuse(failureOf(error, words.peek().unreachable));
    }
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void submitCode(code);
  };
  return (
    <form ref={form} onSubmit={onSubmit} noValidate>
      {children}
      <CodeInput
        label={text.code}
        hint={hint}
        value={code}
        invalid={failure !== null}
        error_id={failure ? 'code-error' : undefined}
        onChange={change}
      />
      {failure && <FieldError id="code-error" text={failure.message} />}
      {choices}
      <button type="submit" class="main-button wide" aria-busy={busy}>
        {submit}
      </button>
      <div class="panel-links">
        <Again at={again_at} onAgain={() => void askAgain()} />
        {links}
      </div>
    </form>
  );
}

/** The way to another code, or when there will be one. */
function Again({ at, onAgain }: { at: number; onAgain: () => void }) {
  const left_s = useSecondsUntil(at);
  const text = words.value.sign_in;
  if (left_s > 0) return <p class="panel-wait tabular">{text.again_in(waitTime(left_s, regional.value))}</p>;
  return (
    <button type="button" class="text-button" onClick={onAgain}>
      {text.again}
    </button>
  );
}

function useSecondsUntil(at: number): number {
  const left = () => Math.max(0, Math.ceil((at - Date.now()) / 1000));
  const [left_s, setLeft] = useState(left);
  useEffect(() => {
    setLeft(left());
    if (left() === 0) return;
    const timer = setInterval(() => setLeft(left()), 1000);
    return () => clearInterval(timer);
  }, [at, left_s === 0]);
  return left_s;
}
