// How the text of a macro will read: filled in for somebody made up, as the kind of text it is.

import { useId, useState } from 'preact/hooks';
import type { PostKind } from '../../../protocol';
import { useDesk } from '../../desk';
import { words } from '../i18n';
import { filled, piecesOf, type Values, valuesFor } from '../template';

const example = { name: 'Amina Haddad', number: 10_042 };

export function Preview({ kind, text }: { kind: PostKind; text: string }) {
  const { me } = useDesk();
  const [unnamed, setUnnamed] = useState(false);
  const id = useId();
  const w = words.value.form;
  const requester = { ...nobody, name: unnamed ? '' : example.name };
  const team = { id: '', name: w.example.team };
  const values = valuesFor({ requester, number: example.number, subject: w.example.subject, team }, me);
  return (
    <section class="field macro-preview" aria-labelledby={id}>
      <h3 id={id}>{w.preview}</h3>
      <div class={`macro-bubble ${kind}`} dir="auto">
        {text.trim() === '' ? (
          <span class="field-hint">{w.previewEmpty}</span>
        ) : (
          <Filled text={text} values={values} />
        )}
      </div>
      <label class="choice">
        <input type="checkbox" checked={unnamed} onChange={() => setUnnamed(!unnamed)} />
        {w.unnamed}
      </label>
    </section>
  );
}

const nobody = { id: '', guest: true, email: '', proof: 'confirmed' as const, locale: 'en' };

/** What is no variable stands out: it would be read as it is. */
function Filled({ text, values }: { text: string; values: Values }) {
  const unknown = piecesOf(text).flatMap((piece) => ('unknown' in piece ? [piece.unknown] : []));
  let rest = filled(text, values);
  const parts = unknown.map((source) => {
    const at = rest.indexOf(source);
    const before = rest.slice(0, at);
    rest = rest.slice(at + source.length);
    return { before, source };
  });
  return (
    <>
      {parts.map(({ before, source }, index) => (
        <span key={index}>
          {before}
          <mark class="unknown">{source}</mark>
        </span>
      ))}
      {rest}
    </>
  );
}
