-- What agents can search: one row for each text, with its words as the hub cut and folded them
-- (hub/src/domain/search), and FTS5's index of them beside it. The hub fills it with what is there.

create table search_entry (
    id integer primary key,              -- grows with time: newest first is by it, and so are pages
    site_id uuid not null,
    ticket_id uuid not null references ticket (id),
    seq bigint not null,                 -- the event it stands in; 0: it belongs to the whole ticket
    kind text not null,                  -- message | note | subject | name | address | number | file | detail
    at bigint not null,
    words text not null                  -- folded, a space between
);
create unique index search_entry_of on search_entry (ticket_id, seq, kind);

-- The words are folded already: this tokenizer parts them at the spaces and leaves the rest as it is.
create virtual table search_index using fts5 (
    words, content = 'search_entry', content_rowid = 'id', tokenize = 'ascii', columnsize = 0
);
-- What is taken out leaves the index's own pages at once, and not with some later merge.
insert into search_index (search_index, rank) values ('secure-delete', 1);

create trigger search_entry_new after insert on search_entry begin
    insert into search_index (rowid, words) values (new.id, new.words);
end;
create trigger search_entry_gone after delete on search_entry begin
    insert into search_index (search_index, rowid, words) values ('delete', old.id, old.words);
end;
create trigger search_entry_changed after update of words on search_entry begin
    insert into search_index (search_index, rowid, words) values ('delete', old.id, old.words);
    insert into search_index (rowid, words) values (new.id, new.words);
end;
