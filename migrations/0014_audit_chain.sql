-- The audit's chain: a job numbers rows and gives each a hash over the one before and its own values, so that a row
-- which is edited, removed or put in later shows. `audit.hash` stands there since the first step.
alter table audit add column chain_n bigint;
create unique index audit_chained on audit (chain_n) where chain_n is not null;
create index audit_unchained on audit (at, id) where chain_n is null;

-- Where the chain ends: newest rows that are gone show by it. Its row is the lock under which rows are chained.
create table audit_head (
    id bigint primary key,               -- always 1
    chain_n bigint not null,             -- 0: nothing is chained yet
    hash bytea
);
