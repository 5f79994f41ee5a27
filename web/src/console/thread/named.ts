// A feed in which everybody has a name: a requester who gave none is called by the address. Pure.

import type { Agents, Feed } from '../../core/feed';
import { nameOf } from '../names';

export function named(feed: Feed<Agents>): Feed<Agents> {
  const requester = nameOf(feed.ticket.requester);
  const name = (who: { side: string; name: string }) =>
    who.side === 'requester' && !who.name ? requester : who.name;
  return {
    ...feed,
    events: feed.events.map((event) => ({ ...event, author: { ...event.author, name: name(event.author) } })),
    typing: feed.typing.map((typing) => ({ ...typing, name: name(typing) })),
    people: feed.people.map((person) => ({ ...person, name: name(person) })),
  };
}
