// Writes a macro, or changes one: its name, its text as it will read, and what is done to the ticket.

import { useState } from 'preact/hooks';
import { newId } from '../../../core/ids';
import type { Macro, MacroActions, PostKind } from '../../../protocol';
import { Dialog } from '../../../ui/Dialog';
import { Field, FormFailure, SubmitButton, useSubmit } from '../../form';
import { words as console_words } from '../../i18n';
import { OneOf } from '../../saved/FilterFields';
import { cleanTag } from '../../triage/tag-options';
import { nothing } from '../acts';
import { words } from '../i18n';
import { ActionFields } from './ActionFields';
import { change, create } from './keeping';
import { Preview } from './Preview';
import { TextField } from './TextField';

const KINDS: readonly PostKind[] = ['reply', 'ask', 'note'];
/** domain::limits::MACRO_NAME_CHARS_MAX */
const name_chars_max = 60;
const FIELDS = ['name', 'content.text', 'content.actions.add_tags', 'content.actions.remove_tags'];

interface MacroFormProps {
  macro: Macro | null;
  shared: boolean;
  onSaved: () => void;
  onClose: () => void;
}

export function MacroForm({ macro, shared, onSaved, onClose }: MacroFormProps) {
  const { text: text_before, actions: actions_before = nothing } = macro?.content ?? {};
  const [name, setName] = useState(macro?.name ?? '');
  const [kind, setKind] = useState<PostKind>(text_before?.kind ?? 'reply');
  const [text, setText] = useState(text_before?.text ?? '');
  const [actions, setActions] = useState<MacroActions>(actions_before);
  const [add, setAdd] = useState(actions.add_tags.join(', '));
  const [remove, setRemove] = useState(actions.remove_tags.join(', '));
  const [key] = useState(newId);
  const w = words.value;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    const tags = { add_tags: namesIn(add), remove_tags: namesIn(remove) };
    const content = { ...(text.trim() !== '' && { text: { kind, text } }), actions: { ...actions, ...tags } };
    if (macro) await change(macro, { name, content });
    else await create(shared, { name, content }, key);
    onSaved();
  });
  const title = macro ? w.form.title(macro.name) : shared ? w.settings.writeForAll : w.settings.write;
  return (
    <Dialog title={title} onClose={onClose} class="macro-dialog">
      <form class="form macro-form" onSubmit={onSubmit} noValidate>
        <div class="macro-columns">
          <div class="form">
            <Field
              label={w.form.name}
              name="name"
              autocomplete="off"
              autofocus
              required
              maxLength={name_chars_max}
              value={name}
              onValue={setName}
              failure={failure}
            />
            <TextField value={text} onValue={setText} failure={failure} />
            <OneOf
              label={w.form.kind}
              value={kind}
              options={KINDS.map((each) => [each, w.form.kinds[each]] as const)}
              onChoose={(to) => setKind(KINDS.find((each) => each === to) ?? 'reply')}
            />
            <Preview kind={kind} text={text} />
          </div>
          <ActionFields
            actions={actions}
            onChange={setActions}
            add={add}
            onAdd={setAdd}
            remove={remove}
            onRemove={setRemove}
            failure={failure}
          />
        </div>
        <FormFailure failure={failure} fields={FIELDS} />
        <div class="dialog-actions">
          <button type="button" class="second-button" onClick={onClose}>
            {console_words.value.cancel}
          </button>
          <SubmitButton busy={busy}>{console_words.value.save}</SubmitButton>
        </div>
      </form>
    </Dialog>
  );
}

const namesIn = (typed: string): string[] => typed.split(',').map(cleanTag).filter(Boolean);
