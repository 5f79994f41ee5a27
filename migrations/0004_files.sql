-- Files of messages: uploads that are under way, previews, and the space that is taken.

-- What its uploader called the upload; a repeat gets the same answer.
alter table attachment add column client_id uuid;
-- While it is under way: whose write counts, and until when without a sign of life.
alter table attachment add column lease uuid;
alter table attachment add column lease_until bigint;
-- Under what S3 keeps the parts that have arrived.
alter table attachment add column parts_id text;
alter table attachment add column preview_type text;
alter table attachment add column preview_bytes bigint;
alter table attachment add column preview_sha256 bytea;
alter table attachment add column preview_width bigint;
alter table attachment add column preview_height bigint;
-- The state of an attachment is
--   uploading   its bytes are on their way; `bytes` is what is set aside for them
--   stored      its bytes are safe; bound to a message once `seq` is set
--   dropped     no message will name it; its bytes are to be removed
--   erased      its message was erased; its bytes are to be removed
--   gone        its bytes are removed; counts among its person's uploads for a day

create unique index attachment_key on attachment (object_key);
create unique index attachment_client on attachment (ticket_id, uploader_id, client_id);
create index attachment_person on attachment (uploader_id, created_at);
create index attachment_unbound on attachment (created_at) where seq is null;
create index attachment_ending on attachment (state, id) where state <> 'stored';

-- Bytes of a site's files, with what is set aside. Its row is the lock under which uploads are counted.
create table file_space (
    site_id uuid primary key references site (id),
    bytes bigint not null
);
