// A guest corrects an address that nobody has proven yet.
import { FieldDialog } from '../conversation/OneField';
import type { Visit } from '../conversation/visit';
import { call } from '../core/api';
import { words } from '../i18n/words';
import type { TicketId } from '../protocol';
import { toast } from '../ui/Toast';

export interface CorrectAddressProps {
  visit: Visit;
  ticket: TicketId;
  email: string;
  onClose: () => void;
}

export function CorrectAddress({ visit, ticket, email, onClose }: CorrectAddressProps) {
  const text = words.value.guest;
  const save = async (address: string) => {
    await call('PUT /v1/tickets/{id}/address', { path: { id: ticket }, body: { email: address } });
    visit.addressOf(ticket, address);
    toast(words.peek().guest.saved);
  };
  return (
    <FieldDialog
      title={text.correct_title}
      lead={text.correct_lead}
      label={words.value.sign_in.email}
      type="email"
      autocomplete="email"
      value={email}
      save={save}
      onClose={onClose}
    />
  );
}
