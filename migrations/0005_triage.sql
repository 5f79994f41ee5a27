-- Priority, tags, what is put aside, and saved views. `ticket.snoozed_until` stands there since the first step.

alter table ticket add column priority text not null default 'normal';  -- low | normal | high | urgent
alter table ticket add column tags text not null default '[]';          -- JSON: string[], as the ticket's readers see them

-- Every tag a site ever gave, in its first spelling.
create table tag (
    site_id uuid not null references site (id),
    folded text not null,                -- lower case: one tag however it is written
    name text not null,
    created_at bigint not null,
    primary key (site_id, folded)
);

-- The same as `ticket.tags`, for filters.
create table ticket_tag (
    ticket_id uuid not null references ticket (id),
    site_id uuid not null,
    folded text not null,
    primary key (ticket_id, folded)
);
create index ticket_tag_folded on ticket_tag (site_id, folded, ticket_id);

create index ticket_snoozed on ticket (site_id, snoozed_until) where snoozed_until is not null;

-- Lists that agents made.
create table saved_view (
    id uuid primary key,
    site_id uuid not null references site (id),
    owner_id uuid references participant (id),  -- null: everybody's of the site
    name text not null,
    filters text not null,               -- JSON: protocol ViewFilters
    place bigint not null,               -- among its owner's, or the site's
    created_at bigint not null
);
create index saved_view_owner on saved_view (site_id, owner_id, place);
