-- Alerts by mail: links that come back the same in every mail, addresses that mails bounce from,
-- mails that are held, and what people switched off.

-- One link for a ticket and an address; a new generation voids what was mailed before.
create unique index secure_link_holder on secure_link (ticket_id, participant_id);

-- What is known of an address that mails went to.
create table mail_address (
    site_id uuid not null references site (id),
    email_canonical text not null,
    score bigint not null,               -- hard bounce 4, soft 1; suppressed at 4
    scored_at bigint not null,           -- a point is forgotten every seven days
    suppressed_at bigint,
    last_answer text,                    -- of the server that refused, cleaned of addresses
    unsubscribed_at bigint,              -- from every alert, not from codes
    primary key (site_id, email_canonical)
);

-- "No mails about this request": one ticket, switched off by the recipient, reversible.
create table alert_mute (
    participant_id uuid not null references participant (id),
    ticket_id uuid not null references ticket (id),
    created_at bigint not null,
    primary key (participant_id, ticket_id)
);

alter table delivery add column login_id uuid;        -- m7: the browser that is trusted now
-- The state of a delivery is queued | held | sent | dead | cancelled.
alter table delivery add column hold_reason text;
create index delivery_attention on delivery (attention_id) where state = 'queued';
create index delivery_ticket on delivery (ticket_id, created_at);
create index delivery_recipient on delivery (recipient_id, kind, created_at);
create index attention_by_recipient on attention (recipient_id) where recipient_id is not null;
create index attention_by_team on attention (team_id) where team_id is not null;

-- The link by which a code for a ticket was asked.
alter table access_code add column link_id uuid;
create index access_code_ticket on access_code (ticket_id, email_canonical, created_at);

-- The same for all logins that one browser had in a row: by it a browser that entered a code before is
-- known again, for limits alone. It gives no right.
alter table login add column browser_id uuid;
