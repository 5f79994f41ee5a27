-- What agents are writing. Only its agent reads it; no requester, no colleague, no search.
create table draft (
    agent_id uuid not null references participant (id) on delete cascade,
    ticket_id uuid not null references ticket (id) on delete cascade,
    kind text not null,                  -- as the message it is to become: reply, ask, note
    site_id uuid not null references site (id),
    text text not null,                  -- empty: it was sent or emptied; what was based on it is refused still
    revision uuid not null,              -- this state of it, named by whoever wrote it
    at bigint not null,
    primary key (agent_id, ticket_id, kind)
);
create index draft_at on draft (at);
