-- The first schema. One text for SQLite and Postgres: only uuid, bigint, text, boolean and bytea;
-- a time is a bigint of milliseconds since 1970. Tables that later work fills stand here already.

create table hub_meta (
    id bigint primary key,               -- always 1
    epoch uuid not null,                 -- changes when a backup is restored
    keys_fingerprint text,               -- of the newest key in keys/; the keys are not in the database
    access_version bigint not null,      -- bumped by command-line changes of rights; the hub re-reads
    created_at bigint not null
);

create table site (
    id uuid primary key,
    name text not null,
    topics text not null,                -- JSON: protocol Topic[]
    next_number bigint not null,
    created_at bigint not null
);

create table participant (
    id uuid primary key,
    site_id uuid not null references site (id),
    kind text not null,                  -- customer | guest | agent
    name text not null,
    email text not null,
    email_canonical text not null,
    proof text not null,                 -- not_confirmed | confirmed | vouched
    locale text not null,
    role text,                           -- agents: agent | lead | admin
    password_hash text,                  -- agents, once they have chosen one
    ticket_id uuid,                      -- guests: their one ticket
    disabled_at bigint,
    created_at bigint not null
);
create unique index participant_customer_email on participant (site_id, email_canonical) where kind = 'customer';
create unique index participant_agent_email on participant (site_id, email_canonical) where kind = 'agent';
create index participant_guest_email on participant (site_id, email_canonical) where kind = 'guest';

create table team (
    id uuid primary key,
    site_id uuid not null references site (id),
    name text not null,
    created_at bigint not null
);
create unique index team_name on team (site_id, name);

create table team_member (
    team_id uuid not null references team (id),
    participant_id uuid not null references participant (id),
    primary key (team_id, participant_id)
);
create index team_member_participant on team_member (participant_id, team_id);

-- A browser's right to act. What a visitor may see are rows beside it.
create table login (
    id uuid primary key,
    site_id uuid not null references site (id),
    audience text not null,              -- agent | visitor
    token_digest bytea not null,         -- SHA-256 of the cookie's value
    participant_id uuid references participant (id),  -- the agent, or the signed-in customer
    browser text not null,
    trusted boolean not null,
    idle_ms bigint not null,
    life_ms bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,          -- absolute
    revoked_at bigint,
    created_at bigint not null
);
create unique index login_token on login (token_digest);
create index login_participant on login (participant_id);

create table login_grant (
    login_id uuid not null references login (id),
    ticket_id uuid not null,
    participant_id uuid not null references participant (id),
    proven boolean not null,
    created_at bigint not null,
    revoked_at bigint,
    primary key (login_id, ticket_id)
);
create index login_grant_ticket on login_grant (ticket_id);

create table ticket (
    id uuid primary key,
    site_id uuid not null references site (id),
    number bigint not null,
    subject text not null,
    topic text not null,
    status text not null,                -- open | pending | solved | closed
    requester_id uuid not null references participant (id),
    team_id uuid references team (id),
    assignee_id uuid references participant (id),
    last_seq bigint not null,            -- agents' numbering
    last_pub_seq bigint not null,        -- requesters' numbering: skips internal events
    version bigint not null,             -- bumped by every change an agent may see
    pub_version bigint not null,         -- bumped by every change a requester may see
    from_requester bigint not null,      -- messages written so far
    from_agents bigint not null,
    last_at bigint not null,
    last_pub_at bigint not null,
    last_line text,                      -- JSON: protocol Line, of the last message; notes are never shown there
    last_line_seq bigint,                -- the message it comes from
    waiting_since bigint,
    solved_at bigint,
    snoozed_until bigint,
    opened_at bigint not null
);
create unique index ticket_number on ticket (site_id, number);
create index ticket_last on ticket (site_id, last_at, id);
create index ticket_status on ticket (site_id, status, last_at, id);
create index ticket_mine on ticket (site_id, assignee_id, last_at, id) where status in ('open', 'pending');
create index ticket_assignee on ticket (assignee_id);
create index ticket_team on ticket (team_id, status);
create index ticket_requester on ticket (requester_id, last_pub_at, id);

-- The log of a ticket, which is also the audit of its messages.
create table event (
    site_id uuid not null,
    ticket_id uuid not null references ticket (id),
    seq bigint not null,
    pub_seq bigint,                      -- null: internal
    kind text not null,
    side text not null,                  -- requester | agent | system
    author_id uuid not null,
    author_name text not null,           -- as it was then
    client_id uuid,
    body text not null,                  -- JSON: protocol AgentBody; emptied when redacted
    target_seq bigint,                   -- edited, redacted: the event they speak of
    target_pub_seq bigint,               -- the same in the requesters' numbering
    at bigint not null,
    primary key (ticket_id, seq)
);
create unique index event_pub_seq on event (ticket_id, pub_seq);
create unique index event_client_id on event (ticket_id, author_id, client_id);
create index event_target on event (ticket_id, target_seq) where target_seq is not null;

create table attachment (
    id uuid primary key,
    site_id uuid not null references site (id),
    uploader_id uuid not null,
    ticket_id uuid not null references ticket (id),
    seq bigint,                          -- the event it belongs to, once bound
    name text not null,
    media_type text not null,
    bytes bigint not null,
    sha256 bytea not null,
    object_key text not null,
    state text not null,
    created_at bigint not null
);
create index attachment_ticket on attachment (ticket_id, seq);

-- How far a participant has got, in the numbering of their own audience.
create table read_mark (
    ticket_id uuid not null references ticket (id),
    participant_id uuid not null references participant (id),
    side text not null,
    delivered_n bigint not null,
    read_n bigint not null,
    theirs_read bigint not null,         -- messages of the other side up to read_n
    updated_at bigint not null,
    primary key (ticket_id, participant_id)
);
create index read_mark_participant on read_mark (participant_id);

-- The handle in a mail: names a ticket and an address, grants nothing.
create table secure_link (
    id uuid primary key,
    site_id uuid not null references site (id),
    ticket_id uuid not null references ticket (id),
    participant_id uuid not null references participant (id),
    generation bigint not null,
    kid text not null,
    created_at bigint not null,
    last_seen_at bigint,
    revoked_at bigint
);
create index secure_link_ticket on secure_link (ticket_id);

-- A code that was asked for. The digits are derived from its id and a key, never stored.
create table access_code (
    id uuid primary key,
    site_id uuid not null references site (id),
    purpose text not null,               -- sign_in | ticket
    login_id uuid not null references login (id),  -- the browser that asked
    ticket_id uuid,
    email text not null,
    email_canonical text not null,
    locale text not null,
    network text not null,               -- /32 or /64
    kid text not null,
    tries bigint not null,
    expires_at bigint not null,
    ended_at bigint,                     -- used, replaced by a newer one, or dead after 5 tries
    created_at bigint not null
);
create index access_code_email on access_code (site_id, email_canonical, created_at);
create index access_code_network on access_code (network, created_at);
create index access_code_login on access_code (login_id, ended_at);

-- Things counted for limits that must hold across restarts (fail-closed).
create table attempt (
    id uuid primary key,
    site_id uuid not null,
    kind text not null,
    subject text not null,               -- digest of an account, or a network
    at bigint not null
);
create index attempt_subject on attempt (kind, subject, at);

-- Links that work once: the first admin, invites, resets.
create table one_time_link (
    id uuid primary key,
    site_id uuid not null references site (id),
    purpose text not null,               -- first_admin | invite | reset
    participant_id uuid references participant (id),
    token_digest bytea not null,
    expires_at bigint not null,
    used_at bigint,
    created_at bigint not null
);
create unique index one_time_link_token on one_time_link (token_digest);

-- For clients that cannot send the cookie with the handshake; works once.
create table realtime_token (
    token_digest bytea primary key,
    login_id uuid not null references login (id),
    expires_at bigint not null,
    used_at bigint
);

-- Answers of creations, so that a repeat gets the same one. Events carry their own client_id.
create table answered (
    login_id uuid not null,
    client_id uuid not null,
    participant_id uuid,                 -- a signed-in person, who may come again by another login
    action text not null,
    answer text not null,
    at bigint not null,
    primary key (client_id, login_id)
);
create unique index answered_participant on answered (client_id, participant_id);

-- What a recipient has not seen, and which alert is due when. One row per recipient and ticket.
create table attention (
    id uuid primary key,
    site_id uuid not null references site (id),
    ticket_id uuid not null references ticket (id),
    recipient_id uuid,
    team_id uuid,                        -- instead of a recipient while nobody is assigned
    wanted_seq bigint not null,
    wanted_kind text not null,           -- reply | ask | solved | reopened
    read_seq bigint not null,
    pushed_seq bigint not null,
    mailed_seq bigint not null,
    first_unread_at bigint,
    last_wanted_at bigint,
    push_due bigint,
    mail_due bigint,
    mail_n bigint not null,
    mail_allowed_at bigint not null,
    last_push_at bigint,
    hold_reason text,
    version bigint not null
);
create unique index attention_recipient on attention (ticket_id, recipient_id);
create unique index attention_team on attention (ticket_id, team_id);
create index attention_push_due on attention (push_due) where push_due is not null;
create index attention_mail_due on attention (mail_due) where mail_due is not null;

-- The outbox: one row per mail or push to be sent, with one identity for all its tries.
create table delivery (
    id uuid primary key,
    site_id uuid not null references site (id),
    kind text not null,                  -- m1 … m9, push
    channel text not null,               -- mail | push
    attention_id uuid,
    ticket_id uuid,
    recipient_id uuid,
    device_id uuid,
    code_id uuid references access_code (id),
    cover_seq bigint,
    identity text not null,
    due_at bigint not null,
    lease uuid,                          -- fences a late worker's write
    attempts bigint not null,
    state text not null,                 -- queued | sent | dead | cancelled
    last_code text,
    last_error text,
    created_at bigint not null,
    done_at bigint
);
create unique index delivery_identity on delivery (identity);
create index delivery_due on delivery (due_at) where state = 'queued';

-- Security and admin acts. Messages are audited by the event log itself.
create table audit (
    id uuid primary key,
    site_id uuid not null,
    at bigint not null,
    act text not null,
    actor_id uuid,
    subject_id uuid,
    network text not null,
    details text not null,
    hash bytea                           -- chained afterwards by a job
);
create index audit_at on audit (site_id, at);
