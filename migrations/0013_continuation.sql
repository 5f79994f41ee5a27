-- Continuation: a closed ticket that a later message does not reopen goes on in another one.

alter table ticket add column closed_at bigint;
alter table ticket add column continued_in uuid references ticket (id);
create index ticket_continued_in on ticket (continued_in) where continued_in is not null;
-- Of what is closed already: since its log says so. The body of such an event holds two words of ours.
update ticket set closed_at = coalesce(
    (select max(e.at) from event e where e.ticket_id = ticket.id
        and (e.kind = 'merged_into' or (e.kind = 'status' and e.body like '%"to":"closed"%'))),
    last_at) where status = 'closed';
