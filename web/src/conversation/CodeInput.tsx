// The 8-digit code: ONE input, so that paste, autofill and password managers work; the 4 + 4 cells are drawn under it.
import './code.css';
import { useId, useState } from 'preact/hooks';

export interface CodeInputProps {
  label: string;
  hint: string;
  value: string;
  invalid: boolean;
  error_id: string | undefined;
  onChange: (digits: string) => void;
}

export const code_digits = 8;

/** What was typed or pasted, without spaces and dashes, at most eight digits. */
export const digitsOf = (text: string): string => text.replace(/\D/gu, '').slice(0, code_digits);

export function CodeInput({ label, hint, value, invalid, error_id, onChange }: CodeInputProps) {
  const id = useId();
  const [focused, setFocused] = useState(false);
  const at = Math.min(value.length, code_digits - 1);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class={`code ${invalid ? 'is-invalid' : ''}`}>
        <input
          id={id}
          class="code-input"
          type="text"
          inputMode="numeric"
          autocomplete="one-time-code"
          pattern="[0-9 ]*"
          maxLength={code_digits + 1}
          spellcheck={false}
          dir="ltr"
          value={value}
          aria-invalid={invalid}
          aria-describedby={[`${id}-hint`, error_id].filter(Boolean).join(' ')}
          onInput={(event) => {
            const digits = digitsOf(event.currentTarget.value);
            event.currentTarget.value = digits;
            onChange(digits);
          }}
          onPaste={(event) => {
            // By hand: a pasted text longer than the input would be cut before its digits are found.
            const digits = digitsOf(event.clipboardData?.getData('text') ?? '');
            if (digits.length === 0) return;
            event.preventDefault();
            onChange(digits);
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        />
        <span class="code-cells" aria-hidden="true" dir="ltr">
          {Array.from({ length: code_digits }, (_, index) => (
            <span key={`cell-${index + 1}`} class={`code-cell ${focused && index === at ? 'is-here' : ''}`}>
              {value[index] ?? (focused && index === at ? <i /> : null)}
            </span>
          ))}
        </span>
      </div>
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
