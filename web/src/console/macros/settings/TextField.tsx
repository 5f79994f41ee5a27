// The text of a macro: variables are put in at the caret, and what is none is told while it is written.

import { useId, useRef } from 'preact/hooks';
import { type Failure, isAbout } from '../../../core/errors';
import { words } from '../i18n';
import { unknownIn, VARIABLES, type Variable } from '../template';

/** domain::limits::MACRO_TEXT_CHARS_MAX */
const text_chars_max = 4_000;

interface TextFieldProps {
  value: string;
  onValue: (value: string) => void;
  failure: Failure | null;
}

export function TextField({ value, onValue, failure }: TextFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const w = words.value.form;
  const [unknown] = unknownIn(value);
  const wrong = isAbout(failure, 'content.text');
  const problem = unknown !== undefined ? w.unknown(unknown) : wrong ? (failure?.message ?? '') : '';
  const put = (variable: Variable) => {
    const area = field.current;
    if (!area) return;
    area.focus();
    area.setRangeText(sourceOf(variable, w.fallback), area.selectionStart, area.selectionEnd, 'end');
    onValue(area.value);
  };
  return (
    <div class="field">
      <label for={id}>{w.text}</label>
      <textarea
        ref={field}
        id={id}
        class="input macro-area"
        name="content.text"
        rows={6}
        dir="auto"
        maxLength={text_chars_max}
        value={value}
        aria-invalid={problem !== ''}
        aria-describedby={`${id}-hint ${id}-problem`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <p class="field-error" id={`${id}-problem`} role="status">
        {problem}
      </p>
      <p class="field-hint" id={`${id}-hint`}>
        {w.textHint} {w.fallbackHint}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of fields. */}
      <div class="macro-variables" role="group" aria-label={w.variables}>
        {VARIABLES.map((variable) => (
          <button key={variable} type="button" class="chip" onClick={() => put(variable)}>
            {w.variable[variable]}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Requesters need not give a name. */
const sourceOf = (variable: Variable, fallback: string): string =>
  variable.startsWith('requester.') ? `{{${variable}|${fallback}}}` : `{{${variable}}}`;
