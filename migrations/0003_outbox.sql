-- The outbox, one index for each lane and exactly its rows: the next mails stand at its beginning, however
-- many wait, and no planner can think it better to sort them all.

create index delivery_due_codes on delivery (due_at) where state = 'queued' and channel = 'mail' and kind = 'm3';
create index delivery_due_alerts on delivery (due_at) where state = 'queued' and channel = 'mail' and kind <> 'm3';
drop index delivery_due;
