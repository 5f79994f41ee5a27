-- Until when a worker holds a mail. `due_at` stays what it is, and no index knows of the rest of a claim:
-- with room on its page a row is then written anew without any index.
alter table delivery add column lease_until bigint;
alter table delivery set (fillfactor = 70);
