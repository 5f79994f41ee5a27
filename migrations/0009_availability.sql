-- Agents who say that they are away: a choice that is kept, whatever pages they have open.
alter table participant add column away_since bigint;
