// Choices kept in this browser: single keys on or off, light or dark, the language.

import { useId } from 'preact/hooks';
import { locale, locale_names, locales, setLocale } from '../../i18n';
import { keys_on, setKeysOn } from '../../ui/keys';
import { toast } from '../../ui/Toast';
import { setTheme, theme, themes } from '../../ui/theme';
import { words as console_words } from '../i18n';
import { hold_s, holds_s, setHold } from '../undo-send';
import { words } from './i18n';

export function Preferences() {
  const id = useId();
  const w = words.value.preferences;
  const speak = (to: (typeof locales)[number]) => {
    // A chunk that cannot be loaded leaves the language as it is.
    setLocale(to).catch(() => toast(console_words.peek().unreachable));
  };
  return (
    <section class="card">
      <h2>{words.value.pages.preferences}</h2>
      <p class="card-intro">{w.here}</p>
      <div class="switch-rows">
        <div class="switch-row">
          <div>
            <label for={`${id}-keys`}>{w.keys}</label>
            <p class="field-hint" id={`${id}-keys-hint`}>
              {w.keysIntro}
            </p>
          </div>
          <input
            type="checkbox"
            role="switch"
            class="switch"
            id={`${id}-keys`}
            aria-describedby={`${id}-keys-hint`}
            checked={keys_on.value}
            aria-checked={keys_on.value}
            onChange={(event) => setKeysOn(event.currentTarget.checked)}
          />
        </div>
        <Choice
          title={w.undoSend}
          hint={w.undoSendIntro}
          options={holds_s.map((each) => ({
            value: String(each),
            label: each === 0 ? w.off : w.seconds(each),
          }))}
          chosen={String(hold_s.value)}
          onChoose={(to) => setHold(holds_s.find((each) => String(each) === to) ?? 10)}
        />
        <Choice
          title={w.theme}
          options={themes.map((each) => ({ value: each, label: w[each] }))}
          chosen={theme.value}
          onChoose={setTheme}
        />
        <Choice
          title={w.language}
          options={locales.map((each) => ({ value: each, label: locale_names[each], lang: each }))}
          chosen={locale.value}
          onChoose={speak}
        />
      </div>
    </section>
  );
}

interface ChoiceProps<K extends string> {
  title: string;
  hint?: string;
  options: readonly { value: K; label: string; lang?: string }[];
  chosen: K;
  onChoose: (value: K) => void;
}

function Choice<K extends string>({ title, hint, options, chosen, onChoose }: ChoiceProps<K>) {
  const id = useId();
  return (
    <div class="switch-row" role="radiogroup" aria-labelledby={id}>
      <div>
        <div id={id}>{title}</div>
        {hint && <p class="field-hint">{hint}</p>}
      </div>
      <div class="segments">
        {options.map(({ value, label, lang }) => (
          <label key={value} {...(lang && { lang })}>
            <input
              type="radio"
              name={id}
              value={value}
              checked={value === chosen}
              onChange={() => onChoose(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </div>
  );
}
