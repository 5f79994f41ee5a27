// The head of a conversation: who looks after it, whether they are there, what it is about.
import type { ComponentChildren } from 'preact';
import type { Feed, Requesters } from '../core/feed';
import { locale } from '../i18n';
import { words } from '../i18n/words';
import type { Author, Present, Site } from '../protocol';
import { Avatar } from '../ui/Avatar';
import { StatusPill } from './StatusPill';
import { topicName } from './topics';

export function ConversationHead({
  feed,
  site,
  back,
}: {
  feed: Feed<Requesters>;
  site: Site;
  back: ComponentChildren;
}) {
  const { ticket } = feed;
  const agent = agentOf(feed);
  return (
    <header class="conversation-head">
      {back}
      <Avatar
        id={agent?.id ?? site.name}
        name={agent?.name ?? site.name}
        present={agent?.present ?? anyAgent(feed)}
      />
      <div class="conversation-title">
        <h1 tabIndex={-1} dir="auto">
          {ticket.subject || topicName(site, ticket.topic, locale.value)}
        </h1>
        <p>
          <span class="conversation-presence">{presence(feed, agent)}</span>
          <span class="tabular conversation-number">{words.value.tickets.number(ticket.number)}</span>
        </p>
      </div>
      <StatusPill status={ticket.status} />
    </header>
  );
}

function presence(feed: Feed<Requesters>, agent: { name: string; present: Present } | undefined): string {
  const text = words.value.conversation;
  if (!agent) return anyAgent(feed) === 'offline' ? text.away : text.online;
  return agent.present === 'offline' ? text.agent_away(agent.name) : text.agent_online(agent.name);
}

/** Who looks after it, else who wrote last. */
function agentOf(feed: Feed<Requesters>): { id: string; name: string; present: Present } | undefined {
  const writer: Author | undefined = feed.events.findLast(({ author }) => author.side === 'agent')?.author;
  const agent = feed.ticket.agent ?? writer;
  if (!agent) return undefined;
  const there = feed.people.find(({ id }) => id === agent.id);
  return { id: agent.id, name: agent.name, present: there?.state ?? 'offline' };
}

function anyAgent({ people }: Feed<Requesters>): Present {
  return people.some(({ side, state }) => side === 'agent' && state !== 'offline') ? 'online' : 'offline';
}
