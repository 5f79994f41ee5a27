-- Until when a worker holds a mail. `due_at` stays what it is.
alter table delivery add column lease_until bigint;
