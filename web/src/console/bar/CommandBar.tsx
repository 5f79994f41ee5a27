// The command bar: one field over everything that can be done here. Part of the first load, so that the letters
// typed right after its key are in its field. What was chosen is done once the bar is gone and the browser has given
// the focus back: whoever wants the focus takes it after that, before the next key is heard.

import '../css/bar.css';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AgentTicket } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { nameOf } from '../../ui/keys';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { keymap } from '../keys';
import { useOpenTicket } from '../open-ticket';
import type { Where } from '../place';
import { bar } from './bar';
import { ranked } from './match';
import { type Offer, offers } from './offers';
import { signOutOrAsk } from './signing-out';

const offers_max = 50;

/** Stands as long as the console: it outlives the bar, and does what was chosen there. */
export function CommandBar({ where }: { where: Where }) {
  const chosen = useRef<(() => void) | null>(null);
  const shown = bar.shown.value;
  useLayoutEffect(() => {
    if (shown) return;
    const run = chosen.current;
    chosen.current = null;
    run?.();
  }, [shown]);
  if (!shown) return null;
  const choose = (offer: Offer) => {
    chosen.current = offer.run;
    bar.close();
  };
  const ticket = where.at === 'list' ? where.ticket : null;
  if (ticket === null) return <Bar where={where} ticket={null} onChoose={choose} />;
  return <TicketBar key={ticket} where={where} id={ticket} onChoose={choose} />;
}

interface BarProps {
  where: Where;
  ticket: AgentTicket | null;
  onChoose: (offer: Offer) => void;
}

function TicketBar({ id, ...props }: Omit<BarProps, 'ticket'> & { id: string }) {
  return <Bar {...props} ticket={useOpenTicket(id).value.feed?.ticket ?? null} />;
}

function Bar({ where, ticket, onChoose }: BarProps) {
  const desk = useDesk();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const w = words.value.bar;
  useEffect(() => void desk.counts.readColleagues(), []);
  const all = offers(desk, where, ticket, () => void signOutOrAsk(desk));
  const found = ranked(typed, all, offers_max);
  // By its key: a list that changes under the fingers must not make them choose another.
  const at = Math.max(
    0,
    found.findIndex(({ key }) => key === active),
  );
  const current = found[at];
  const optionId = (offer: Offer | undefined) => offer && `${id}-${offer.key.replace(/\W/g, '_')}`;
  useEffect(() => {
    document.getElementById(optionId(current) ?? '')?.scrollIntoView({ block: 'nearest' });
  }, [current?.key]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setActive(found[(at + step + found.length) % found.length]?.key ?? null);
    else if (event.key === 'Enter') {
      // What was typed last may not be drawn yet: the field knows.
      const first = field.current?.value === typed ? current : ranked(field.current?.value ?? '', all, 1)[0];
      if (first) onChoose(first);
    } else if (nameOf(event) === keymap.peek().bar) bar.close();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={w.title} onClose={bar.close} class="bar-dialog">
      <input
        ref={field}
        class="input"
        role="combobox"
        aria-label={w.find}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={optionId(current)}
        placeholder={w.find}
        autofocus
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(null);
        }}
        onKeyDown={onKeyDown}
      />
      <div class="bar-list" role="listbox" id={`${id}-list`} aria-label={w.title}>
        {found.map((offer) => (
          // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field above keeps the focus and the keys.
          <div
            key={offer.key}
            id={optionId(offer)}
            class="bar-option"
            role="option"
            aria-selected={offer === current}
            onClick={() => onChoose(offer)}
          >
            <bdi class="label">{offer.text}</bdi>
            {offer.hint && <OfferHint offer={offer} />}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p class="bar-none" role="status">
          {w.none}
        </p>
      )}
    </Dialog>
  );
}

function OfferHint({ offer: { hint = '', hint_is_key } }: { offer: Offer }) {
  if (!hint_is_key) return <span class="hint">{hint}</span>;
  return (
    <span class="keys">
      {hint.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
