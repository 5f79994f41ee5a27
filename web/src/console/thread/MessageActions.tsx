// What can be done with one message: copy it, edit one's own for a while, erase it.

import { useState } from 'preact/hooks';
import type { TicketId } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { isEditable } from '../../ui/EditBox';
import { Icon } from '../../ui/Icon';
import { dots, help, pencil } from '../../ui/icons';
import type { MessageItem } from '../../ui/log-items';
import { Menu, type MenuItem } from '../../ui/Menu';
import { now } from '../../ui/now';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { copy, trash } from '../icons';
import { act } from '../ticket-actions';
import { words as thread_words } from './i18n';

interface MessageActionsProps {
  item: MessageItem;
  ticket: TicketId;
  /** Undefined: nothing of the ticket can be edited any more. */
  onEdit: (() => void) | undefined;
}

export function MessageActions({ item, ticket, onEdit }: MessageActionsProps) {
  const [redacting, setRedacting] = useState(false);
  const w = words.value.thread;
  const { n } = item;
  if (n === undefined || item.redacted) return item.asks ? <Asks /> : null;
  const items: MenuItem[] = [
    { label: w.copyText, icon: copy, onSelect: () => void copyText(item.text) },
    ...(onEdit && isEditable(item, now.value) ? [{ label: w.edit, icon: pencil, onSelect: onEdit }] : []),
    { label: w.redact, icon: trash, onSelect: () => setRedacting(true) },
  ];
  return (
    <>
      {item.asks && <Asks />}
      <div class="message-menu">
        <Menu label={w.messageMenu} button={<Icon of={dots} class="points" />} groups={[{ items }]} />
      </div>
      {redacting && <RedactDialog n={n} ticket={ticket} onClose={() => setRedacting(false)} />}
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
  const t = thread_words.value.redact;
  const redact = () => {
    onClose();
    void act(desk, ticket, { action: 'redact', target: n });
  };
  return (
    <Dialog
      title={t.title}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="second-button" onClick={onClose}>
            {w.cancel}
          </button>
          <button type="button" class="main-button danger" onClick={redact}>
            {t.confirm}
          </button>
        </>
      }
    >
      <p>{t.intro}</p>
    </Dialog>
  );
}
