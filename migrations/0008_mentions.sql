-- Whom notes mention. An edit of the note leaves it; erasing the note takes it away.
create table mention (
    ticket_id uuid not null references ticket (id),
    seq bigint not null,                 -- the note, in the agents' numbering
    agent_id uuid not null references participant (id),
    site_id uuid not null references site (id),
    at bigint not null,
    primary key (ticket_id, seq, agent_id)
);
create index mention_agent on mention (agent_id, ticket_id, seq);
-- An attention row's wanted_kind is mention, too.
