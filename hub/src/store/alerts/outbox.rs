//! What the workers of the outbox write, claims and outcomes, in groups: whatever they asked for while the
//! last commit ran is committed together, with no timer, as the log's writer does it. Their last looks
//! before a mail goes out are answered in groups too, by a task that waits for no commit.
//!
//! On SQLite, which has one writer and syncs each commit, claims share the outcomes' commits. On Postgres
//! they have a task of their own: then a group of either is one statement, which commits by itself, instead
//! of four round trips.
//!
//! A worker waits for the commit of its mail before it sends the next one. So a worker that is killed
//! repeats at most the mail that was under way, however many share a commit.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sea_orm::DbBackend;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::claim::{CLAIM_MAX, Claim, still_due, take};
use super::finish::{Finished, save};
use super::{DueMail, Finish, Lane};
use crate::domain::Clock;
use crate::domain::limits::OUTBOX_GROUP_MAX;
use crate::store::StoreError;
use crate::store::db::{Db, commit, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::groups::Groups;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

enum Asked {
    Claim(Claim, Answer<Vec<DueMail>>),
    Finish(Finished, Answer<()>),
    Look(Claimed, Answer<bool>),
}

/// A mail and the lease that it is held by.
pub(super) type Claimed = (Uuid, Uuid);

/// The ways to the tasks that write and look.
pub(in crate::store) struct Outbox {
    writes: mpsc::Sender<Asked>,
    claims: mpsc::Sender<Asked>,
    looks: mpsc::Sender<Asked>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Outbox {
    pub fn start(db: Arc<Db>, clock: Clock) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let serve = || {
            let (asked, queued) = mpsc::channel(OUTBOX_GROUP_MAX);
            let server = Server { db: Arc::clone(&db), clock: clock.clone() };
            tasks.spawn(server.run(Groups::new(queued, OUTBOX_GROUP_MAX, stop.clone())));
            asked
        };
        let (writes, looks) = (serve(), serve());
        let claims = if db.backend() == DbBackend::Postgres { serve() } else { writes.clone() };
        tasks.close();
        Self { writes, claims, looks, stop, tasks }
    }

    pub(super) async fn claim(&self, claim: Claim) -> Result<Vec<DueMail>, StoreError> {
        self.ask(&self.claims, |answer| Asked::Claim(claim, answer)).await
    }

    pub(super) async fn finish(&self, finished: Finished) -> Result<(), StoreError> {
        self.ask(&self.writes, |answer| Asked::Finish(finished, answer)).await
    }

    pub(super) async fn look(&self, mail: Claimed) -> Result<bool, StoreError> {
        self.ask(&self.looks, |answer| Asked::Look(mail, answer)).await
    }

    /// Answers after the commit of what was written. Each statement has its limit, so each answer comes. The
    /// hub's clock, which a test moves by a day at once, would make a worker leave what it has just claimed.
    async fn ask<T>(
        &self,
        queue: &mpsc::Sender<Asked>,
        asked: impl FnOnce(Answer<T>) -> Asked,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        // Workers are few: one that finds the queue full waits its turn.
        let _ = queue.send(asked(answer)).await;
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the store is closed".to_owned())))
    }

    /// Does what is queued.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

struct Server {
    db: Arc<Db>,
    clock: Clock,
}

impl Server {
    async fn run(self, mut groups: Groups<Asked>) {
        let mut group = Vec::with_capacity(OUTBOX_GROUP_MAX);
        while groups.next(&mut group).await {
            // Workers that were answered together ask together, as soon as they run.
            tokio::task::yield_now().await;
            groups.add(&mut group);
            let served = AssertUnwindSafe(self.serve(group.drain(..))).catch_unwind().await;
            if served.is_err() {
                // Whoever asked is told that nobody answered, and asks again; what was claimed waits for its lease.
                tracing::error!("serving the outbox panicked");
            }
        }
    }

    async fn serve(&self, group: impl Iterator<Item = Asked>) {
        let (mut finished, mut told, mut claims, mut looks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for asked in group {
            match asked {
                // Of whoever gave up waiting too: the mail went out all the same.
                Asked::Finish(one, answer) => {
                    finished.push(one);
                    told.push(answer);
                }
                Asked::Claim(_, answer) if answer.is_closed() => {}
                Asked::Claim(claim, answer) => claims.push((claim, answer)),
                Asked::Look(mail, answer) => looks.push((mail, answer)),
            }
        }
        if !looks.is_empty() {
            return self.look(looks).await;
        }
        let (dones, claimed) = self.write_group(&finished, &together(&claims)).await;
        for (answer, done) in told.into_iter().zip(dones) {
            // An error: the worker gave up just now.
            let _ = answer.send(done.map_err(StoreError::from));
        }
        self.share_out(claims, claimed).await;
    }

    async fn look(&self, looks: Vec<(Claimed, Answer<bool>)>) {
        let mails: Vec<_> = looks.iter().map(|(mail, _)| *mail).collect();
        let due = still_due(self.db.reads(), &mails).await;
        for (mail, answer) in looks {
            let due = due.as_ref().map(|due| due.contains(&mail));
            let _ = answer.send(due.map_err(|fault| fault.clone().into()));
        }
    }

    /// One commit; one for each when something is wrong with one of them.
    async fn write_group(&self, finished: &[Finished], claims: &[Claim]) -> (Vec<Outcome<()>>, Outcome<Vec<Taken>>) {
        match retrying(|| self.write_once(finished, claims)).await {
            Err(Fault::Failed(_) | Fault::Taken(_) | Fault::Refused(_) | Fault::RowLocked)
                if finished.len() + claims.len() > 1 =>
            {
                let mut dones = Vec::with_capacity(finished.len());
                for one in finished {
                    let done = retrying(|| self.write_once(std::slice::from_ref(one), &[])).await;
                    dones.push(done.map(|_| ()));
                }
                (dones, retrying(|| self.write_once(&[], claims)).await)
            }
            Ok(claimed) => (vec![Ok(()); finished.len()], Ok(claimed)),
            Err(fault) => (vec![Err(fault.clone()); finished.len()], Err(fault)),
        }
    }

    async fn write_once(&self, finished: &[Finished], claims: &[Claim]) -> Outcome<Vec<Taken>> {
        match (finished, claims) {
            // One statement is a commit by itself.
            ([], [claim]) => return Ok(vec![(*claim, take(self.db.writes(), &self.clock, *claim).await?.into())]),
            (finished, []) if !finished.iter().any(Finished::tells) => {
                save(self.db.writes(), finished).await?;
                return Ok(Vec::new());
            }
            _ => {}
        }
        let tx = self.db.begin().await?;
        save(&tx, finished).await?;
        let mut claimed: Vec<Taken> = Vec::with_capacity(claims.len());
        for claim in claims {
            let mails = take(&tx, &self.clock, *claim).await?;
            match claimed.iter_mut().find(|(of, _)| of.is_like(*claim)) {
                Some((_, there)) => there.extend(mails),
                None => claimed.push((*claim, mails.into())),
            }
        }
        commit(tx).await?;
        Ok(claimed)
    }

    /// Each worker gets what it asked for, the earlier ones first.
    async fn share_out(&self, claims: Vec<(Claim, Answer<Vec<DueMail>>)>, claimed: Outcome<Vec<Taken>>) {
        let mut claimed = match claimed {
            Ok(claimed) => claimed,
            Err(fault) => {
                for (_, answer) in claims {
                    let _ = answer.send(Err(fault.clone().into()));
                }
                return;
            }
        };
        let mut unwanted = Vec::new();
        for (claim, answer) in claims {
            let there = claimed.iter_mut().find(|(of, _)| of.is_like(claim));
            let mails = there.map(|(_, mails)| share(mails, claim.max)).unwrap_or_default();
            if let Err(Ok(mails)) = answer.send(Ok(mails)) {
                unwanted.extend(mails);
            }
        }
        if !unwanted.is_empty() {
            self.give_back(&unwanted).await;
        }
    }

    /// What was claimed by a worker that has gone is due again at once, not when its lease ends.
    async fn give_back(&self, mails: &[DueMail]) {
        let at = self.clock.now();
        let again = Finish::Again { at, counts: false, hold: None, why: "its worker went away".to_owned() };
        let finished: Vec<_> = mails.iter().map(|mail| Finished::new(mail, again.clone(), at)).collect();
        if let Err(fault) = retrying(|| self.write_once(&finished, &[])).await {
            tracing::debug!(?fault, "claimed mails wait for the end of their leases");
        }
    }
}

/// What was claimed at once for several workers.
type Taken = (Claim, VecDeque<DueMail>);

/// One claim for all workers of a lane; more when they ask for more than one may take.
fn together(claims: &[(Claim, Answer<Vec<DueMail>>)]) -> Vec<Claim> {
    let mut sums: BTreeMap<(Lane, i64), u64> = BTreeMap::new();
    for (claim, _) in claims {
        let sum = sums.entry((claim.lane, claim.lease_ms)).or_default();
        *sum = sum.saturating_add(claim.max);
    }
    let parts = |((lane, lease_ms), mut left): ((Lane, i64), u64)| {
        std::iter::from_fn(move || {
            let max = left.min(CLAIM_MAX);
            left -= max;
            (max > 0).then_some(Claim { lane, max, lease_ms })
        })
    };
    sums.into_iter().flat_map(parts).collect()
}

fn share(mails: &mut VecDeque<DueMail>, max: u64) -> Vec<DueMail> {
    let count = usize::try_from(max).unwrap_or(usize::MAX).min(mails.len());
    mails.drain(..count).collect()
}

impl Claim {
    fn is_like(self, other: Self) -> bool {
        self.lane == other.lane && self.lease_ms == other.lease_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_claim_together_and_no_statement_takes_too_much() {
        let asks = |lane, max| (Claim { lane, max, lease_ms: 1 }, oneshot::channel().0);
        let claims: Vec<_> = (0..20).map(|_| asks(Lane::Alerts, 8)).chain([asks(Lane::Codes, 3)]).collect();
        let parts: Vec<_> = together(&claims).into_iter().map(|claim| (claim.lane, claim.max)).collect();
        assert_eq!(parts, [(Lane::Codes, 3), (Lane::Alerts, 64), (Lane::Alerts, 64), (Lane::Alerts, 32)]);
    }
}
