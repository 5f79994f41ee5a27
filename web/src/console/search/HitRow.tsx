// One hit: whose ticket, what was found in it and by whom it was written, with the words found marked.

import { href, route } from '../../core/route';
import { fullTime, shortTime } from '../../core/time';
import { regional } from '../../i18n';
import type { SearchHit } from '../../protocol';
import { Avatar } from '../../ui/Avatar';
import { now } from '../../ui/now';
import { useDesk } from '../desk';
import { words } from '../i18n';
import { nameOf, titleOf } from '../names';
import { partsOf, whereIs } from '../place';
import { seekAgain } from '../thread/seek';
import type { Place } from '../views';

export function HitRow({ hit, place }: { hit: SearchHit; place: Place }) {
  const { signs, me } = useDesk();
  const { row, matched, n, at, author } = hit;
  const { ticket } = row;
  const w = words.value;
  const name = nameOf(ticket.requester);
  const by = author && (author.id === me.id ? w.you : author.name);
  const target = partsOf({ at: 'list', place, ticket: ticket.id, ...(n !== undefined && { n }) });
  const here = whereIs(route.value);
  const current = here.at === 'list' && here.ticket === ticket.id && here.n === n;
  return (
    <li class="row hit">
      <a
        href={href(...target)}
        data-ticket={ticket.id}
        onClick={seekAgain}
        {...(current && { 'aria-current': 'true' })}
      >
        <Avatar id={ticket.requester.id} name={name} present={signs.present.value.get(ticket.id)} />
        <div class="words">
          <div class="top">
            <span class="name">
              <bdi>{name}</bdi>
            </span>
            <time dateTime={new Date(at).toISOString()} title={fullTime(at, regional.value)}>
              {shortTime(at, now.value, regional.value)}
            </time>
          </div>
          <p class="subject">
            <span class="hit-number">#{ticket.number}</span> <bdi>{titleOf(ticket)}</bdi>
          </p>
          <p class="excerpt" dir="auto">
            {hit.excerpt.map((piece, index) =>
              piece.found ? <mark key={index}>{piece.text}</mark> : piece.text,
            )}
          </p>
          <div class="chips">
            <span class={`chip ${matched === 'note' ? 'note' : ''}`}>
              {by ? <bdi>{w.search.by(w.search.matched[matched], by)}</bdi> : w.search.matched[matched]}
            </span>
            <span class={`chip ${ticket.status}`}>
              {ticket.merged_into ? w.merged : w.status[ticket.status]}
            </span>
          </div>
        </div>
      </a>
    </li>
  );
}
