//! One batch, one transaction: lock, read, decide, write, commit.

use std::collections::HashSet;

use protocol::{LoginId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::decide::Decision;
use super::{Append, Appended, Closing, Committed, CommittedMark, MarkMove, Opened, Opening, load, save};
use crate::domain::Clock;
use crate::store::Rules;
use crate::store::db::{Db, commit};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all};

/// What can be written.
#[derive(Clone, Debug)]
pub(in crate::store) enum Job {
    Append(Append),
    Open(Box<Opening>),
    Mark(MarkMove),
    Close(Closing),
    /// A ticket that is put aside comes back, if its time has come.
    Wake(TicketId),
    /// The login was used now.
    Touch(LoginId),
}

/// What became of a job that was written, or had been written before.
#[derive(Clone, Debug)]
pub(in crate::store) enum Done {
    Appended(Appended),
    Opened(Box<Opened>),
    Marked(Option<CommittedMark>),
    Closed(bool),
    Woken(bool),
    Touched,
}

/// A batch that was run.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    /// One for each job, in order. A refused job, or one whose ticket is locked, left no trace.
    pub dones: Vec<Result<Done, Fault>>,
    pub committed: Vec<Committed>,
}

/// A batch that failed.
pub(super) struct Lost {
    pub fault: Fault,
    /// What the batch came to, when its COMMIT may or may not have taken place.
    pub unknown: Option<Box<Ran>>,
}

impl From<Fault> for Lost {
    fn from(fault: Fault) -> Self {
        Self { fault, unknown: None }
    }
}

/// What to do about a ticket that another node has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfLocked {
    /// Wait as long as the database allows.
    Wait,
    /// Leave out what wants to write there, so that the rest need not wait.
    LeaveOut,
}

pub(super) async fn run(db: &Db, clock: &Clock, rules: &Rules, jobs: &[Job], if_locked: IfLocked) -> Result<Ran, Lost> {
    let tx = db.begin_batch().await?;
    let locked_elsewhere = lock(&tx, jobs, if_locked).await?;
    let loaded = load::load(&tx, jobs, locked_elsewhere, rules).await?;
    let decision = Decision::of(loaded, jobs, clock, rules);
    let ran = save::save(&tx, decision).await?;
    match commit(tx).await {
        Ok(()) => Ok(ran),
        Err(fault @ Fault::Gone(_)) => Err(Lost { fault, unknown: Some(Box::new(ran)) }),
        Err(fault) => Err(fault.into()),
    }
}

/// Locks the tickets in the order of their ids, so that two nodes never wait for each other.
/// Answers those that are left out. SQLite: the transaction is the only writer already.
async fn lock(tx: &DatabaseTransaction, jobs: &[Job], if_locked: IfLocked) -> Outcome<HashSet<TicketId>> {
    let tickets = load::tickets_of(jobs);
    if tx.get_database_backend() != DbBackend::Postgres || tickets.is_empty() {
        return Ok(HashSet::new());
    }
    let mut sql = Sql::new("select id from ticket where id ");
    sql.one_of(DbBackend::Postgres, tickets.iter().map(|ticket| ticket.0)).push(" order by id for no key update");
    if if_locked == IfLocked::Wait {
        all(tx, sql).await?;
        return Ok(HashSet::new());
    }
    sql.push(" skip locked");
    let locked = all(tx, sql).await?;
    let locked: HashSet<TicketId> = locked.iter().map(|row| row.id("id")).collect::<Outcome<_>>()?;
    Ok(tickets.into_iter().filter(|ticket| !locked.contains(ticket)).collect())
}

impl Ran {
    /// This run found all that `earlier` had written, under the same numbers: `earlier` did commit.
    pub fn repeats(&self, earlier: &Self) -> bool {
        let mut new = self.dones.iter().zip(&earlier.dones).filter_map(|(now, then)| match (now, then) {
            (Ok(Done::Appended(now)), Ok(Done::Appended(then))) if !then.repeated => {
                Some(now.repeated && (now.n, now.in_other) == (then.n, then.in_other))
            }
            (Ok(Done::Opened(now)), Ok(Done::Opened(then))) if !then.repeated => {
                Some(now.repeated && now.ticket.id == then.ticket.id)
            }
            (_, Ok(Done::Appended(Appended { repeated: false, .. }))) => Some(false),
            _ => None,
        });
        // One at least: a batch of marks alone is simply run again.
        new.next().is_some_and(|found| found) && new.all(|found| found)
    }
}
