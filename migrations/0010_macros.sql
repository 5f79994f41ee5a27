-- Texts with variables and acts that agents keep under a name.
create table macro (
    id uuid primary key,
    site_id uuid not null references site (id),
    owner_id uuid references participant (id),  -- null: everybody's of the site
    name text not null,
    content text not null,               -- JSON: protocol MacroContent
    place bigint not null,               -- among its owner's, or the site's
    created_at bigint not null
);
create index macro_owner on macro (site_id, owner_id, place);
