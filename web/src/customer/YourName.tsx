// How a signed-in customer wants to be addressed: what agents see, and what every message is signed with.
import { FieldDialog } from '../conversation/OneField';
import type { Visit } from '../conversation/visit';
import { call } from '../core/api';
import { words } from '../i18n/words';
import { toast } from '../ui/Toast';

export function YourName({ visit, onDone }: { visit: Visit; onDone: () => void }) {
  const text = words.value.your_name;
  const save = async (name: string) => {
    visit.renamed(await call('PATCH /v1/me', { body: { name } }));
    toast(words.peek().your_name.saved(name));
  };
  return (
    <FieldDialog
      title={text.title}
      lead={text.lead}
      label={words.value.request.name}
      autocomplete="name"
      value={visit.me.peek().customer?.name ?? ''}
      save={save}
      onClose={onDone}
    />
  );
}
