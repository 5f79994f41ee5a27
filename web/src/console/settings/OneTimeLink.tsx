// A one-time link, shown once: the hub keeps only its digest, so it has to be copied now.

import { useEffect, useRef } from 'preact/hooks';
import { fullTime } from '../../core/time';
import { regional } from '../../i18n';
import type { OneTimeLink as Link } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/Toast';
import { words as console_words } from '../i18n';
import { copy } from '../icons';
import { words } from './i18n';

interface OneTimeLinkProps {
  link: Link;
  name: string;
  onClose: () => void;
}

export function OneTimeLink({ link, name, onClose }: OneTimeLinkProps) {
  const field = useRef<HTMLInputElement>(null);
  const w = words.value.agents;
  useEffect(() => field.current?.select(), []);
  const copyLink = async () => {
    field.current?.select();
    await navigator.clipboard.writeText(link.url);
    toast(words.peek().agents.copied);
  };
  return (
    <Dialog
      title={w.linkFor(name)}
      onClose={onClose}
      actions={
        <button type="button" class="second-button" onClick={onClose}>
          {console_words.value.close}
        </button>
      }
    >
      <div class="one-time-link">
        <strong>{w.linkOnce}</strong>
        <p>{w.linkUntil(fullTime(link.expires_at, regional.value))}</p>
        <div class="link-line">
          <input ref={field} readOnly dir="ltr" value={link.url} aria-label={w.link} autofocus />
          <button type="button" class="main-button" onClick={() => void copyLink()}>
            <Icon of={copy} />
            {w.copy}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
