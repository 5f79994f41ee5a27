// What can be done with one message: copy it, edit one's own for a while, erase it.

import { useRef, useState } from 'preact/hooks';
import { retrying } from '../../core/api';
import { newId } from '../../core/ids';
import type { TicketId } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import { dots, help, pencil } from '../../ui/icons';
import type { MessageItem } from '../../ui/log-items';
import { Menu, type MenuItem } from '../../ui/Menu';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { FormFailure, SubmitButton, useSubmit } from '../form';
import { words } from '../i18n';
import { copy, trash } from '../icons';
import { now } from '../now';
import { ask } from '../session';
import { act } from '../ticket-actions';

/** As the hub allows; the menu offers nothing that would be refused. */
export const edit_ms_max = 15 * 60_000;

interface MessageActionsProps {
  item: MessageItem;
  ticket: TicketId;
}

export function MessageActions({ item, ticket }: MessageActionsProps) {
  const [dialog, setDialog] = useState<'edit' | 'redact' | null>(null);
  const w = words.value.thread;
  const { n } = item;
  if (n === undefined || item.redacted) return item.asks ? <Asks /> : null;
  const editable = item.mine && now.value - item.at < edit_ms_max;
  const items: MenuItem[] = [
    { label: w.copyText, icon: copy, onSelect: () => void copyText(item.text) },
    ...(editable ? [{ label: w.edit, icon: pencil, onSelect: () => setDialog('edit') }] : []),
    { label: w.redact, icon: trash, onSelect: () => setDialog('redact') },
  ];
  return (
    <>
      {item.asks && <Asks />}
      <div class="message-menu">
        <Menu label={w.messageMenu} button={<Icon of={dots} class="points" />} groups={[{ items }]} />
      </div>
      {dialog === 'edit' && <EditDialog item={item} n={n} ticket={ticket} onClose={() => setDialog(null)} />}
      {dialog === 'redact' && <RedactDialog n={n} ticket={ticket} onClose={() => setDialog(null)} />}
    </>
  );
}

function Asks() {
  return (
    <p class="message-asks">
      <Icon of={help} />
      {words.value.thread.asks}
    </p>
  );
}

async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(words.peek().thread.copied);
}

interface MessageDialogProps {
  n: number;
  ticket: TicketId;
  onClose: () => void;
}

function RedactDialog({ n, ticket, onClose }: MessageDialogProps) {
  const desk = useDesk();
  const w = words.value;
  const redact = () => {
    onClose();
    void act(desk, ticket, { action: 'redact', target: n });
  };
  return (
    <Dialog
      title={w.redact.title}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="second-button" onClick={onClose}>
            {w.cancel}
          </button>
          <button type="button" class="main-button danger" onClick={redact}>
            {w.redact.confirm}
          </button>
        </>
      }
    >
      <p>{w.redact.intro}</p>
    </Dialog>
  );
}

function EditDialog({ item, n, ticket, onClose }: MessageDialogProps & { item: MessageItem }) {
  const [text, setText] = useState(item.text);
  const w = words.value;
  // One key for one wanted text: trying again after a failure must not edit twice.
  const key = useRef({ text: '', id: '' });
  const { busy, failure, onSubmit } = useSubmit(async () => {
    const wanted = text.trim();
    if (wanted === item.text) return onClose();
    if (key.current.text !== wanted) key.current = { text: wanted, id: newId() };
    const options = { path: { id: ticket, n }, body: { text: wanted }, key: key.current.id };
    await retrying(() => ask('POST /v1/agent/tickets/{id}/messages/{n}/edit', options));
    onClose();
  });
  return (
    <Dialog title={w.edit.title} onClose={onClose} class={item.note ? 'edit-note' : ''}>
      <p>{item.note ? w.edit.noteIntro : w.edit.intro}</p>
      <form class="form" onSubmit={onSubmit}>
        <textarea
          class="input"
          name="text"
          dir="auto"
          required
          autofocus
          aria-label={w.edit.label}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <FormFailure failure={failure} fields={[]} />
        <div class="dialog-actions">
          <button type="button" class="second-button" onClick={onClose}>
            {w.cancel}
          </button>
          <SubmitButton busy={busy}>{w.save}</SubmitButton>
        </div>
      </form>
    </Dialog>
  );
}
