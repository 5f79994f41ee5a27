// A colleague answered while one wrote: asked once, before the requester reads two answers.

import { clockTime } from '../../core/time';
import { regional } from '../../i18n';
import type { AgentEvent } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { words } from './i18n';

interface MeanwhileDialogProps {
  reply: AgentEvent;
  onSend: () => void;
  /** Nothing is sent, and nothing is lost. */
  onLook: () => void;
}

export function MeanwhileDialog({ reply: { author, body, at }, onSend, onLook }: MeanwhileDialogProps) {
  const w = words.value.meanwhile;
  return (
    <Dialog
      title={w.title(author.name)}
      onClose={onLook}
      actions={
        <>
          <button type="button" class="second-button" onClick={onSend}>
            {w.send}
          </button>
          <button type="button" class="main-button" autofocus onClick={onLook}>
            {w.look}
          </button>
        </>
      }
    >
      <p>{w.intro(clockTime(at, regional.value))}</p>
      {body.kind === 'message' && (
        <blockquote class="meanwhile" dir="auto">
          {body.text}
        </blockquote>
      )}
    </Dialog>
  );
}
