-- Merging: a ticket that leads on to another one, which lives.

alter table ticket add column merged_into uuid references ticket (id);
-- The longest way, in steps, by which a merged ticket leads here.
alter table ticket add column merge_depth bigint not null default 0;
create index ticket_merged_into on ticket (merged_into) where merged_into is not null;
