//! The writer's task: takes what queued while the last commit ran, writes it, tells, answers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::batch::{Done, IfLocked, Job, Ran};
use super::{Committed, StoreError, batch};
use crate::domain::Clock;
use crate::domain::limits::{BATCH_MAX, WRITE_QUEUE_MAX, WRITE_WAIT_MS};
use crate::store::Rules;
use crate::store::db::Db;
use crate::store::fault::{Fault, Outcome};
use crate::store::groups::Groups;

/// Committed batches that wait for the live delivery; when it is full the writer waits.
const COMMITS_MAX: usize = 64;
/// A batch whose connection went away, or that collided, is run again at most this often.
const TRIES_MAX: usize = 3;

type Answer = oneshot::Sender<Result<Done, StoreError>>;

/// A thing to be written, and who waits for it.
struct Waiting {
    job: Job,
    /// None when nobody waits.
    answer: Option<Answer>,
}

/// The way to the writer's task.
pub(in crate::store) struct Queue {
    jobs: mpsc::Sender<Waiting>,
    clock: Clock,
    commits: Mutex<Option<mpsc::Receiver<Vec<Committed>>>>,
    /// Weak: their reader ends with the writer.
    tell: mpsc::WeakSender<Vec<Committed>>,
    followed: Arc<AtomicBool>,
    stop: CancellationToken,
    task: TaskTracker,
}

impl Queue {
    pub fn start(db: Arc<Db>, clock: Clock, rules: Rules) -> Self {
        let (jobs, queued) = mpsc::channel(WRITE_QUEUE_MAX);
        let (tell, commits) = mpsc::channel(COMMITS_MAX);
        let (stop, task, followed) = (CancellationToken::new(), TaskTracker::new(), Arc::new(AtomicBool::new(false)));
        let told = tell.downgrade();
        let writer = Writer { db, clock: clock.clone(), rules, tell, followed: Arc::clone(&followed) };
        task.spawn(writer.run(Groups::new(queued, BATCH_MAX, stop.clone())));
        task.close();
        Self { jobs, clock, commits: Mutex::new(Some(commits)), tell: told, followed, stop, task }
    }

    pub fn commits(&self) -> mpsc::Receiver<Vec<Committed>> {
        let mut commits = self.commits.lock().expect("nothing panics while it holds this lock");
        self.followed.store(true, Ordering::SeqCst);
        commits.take().expect("the commits are followed by one reader")
    }

    /// Writes `job` and answers after its commit.
    pub async fn write(&self, job: Job) -> Result<Done, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Waiting { job, answer: Some(answer) }).map_err(|refused| {
            StoreError::Unavailable(match refused {
                mpsc::error::TrySendError::Full(_) => "too much waits to be written".to_owned(),
                mpsc::error::TrySendError::Closed(_) => "the store is closed".to_owned(),
            })
        })?;
        match self.clock.within(WRITE_WAIT_MS, answered).await {
            Some(Ok(done)) => done,
            Some(Err(_)) => Err(StoreError::Unavailable("the store is closed".to_owned())),
            None => Err(StoreError::Unavailable("the database did not commit in time".to_owned())),
        }
    }

    /// Writes `job` with whatever is written next; nobody waits, and it may be lost.
    pub fn write_sometime(&self, job: Job) {
        let _ = self.jobs.try_send(Waiting { job, answer: None });
    }

    /// How many jobs wait to be taken.
    pub fn queued(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// How many batches of commits wait for their reader.
    pub fn commits_queued(&self) -> usize {
        self.tell.upgrade().map_or(0, |tell| tell.max_capacity() - tell.capacity())
    }

    /// The writer has taken all that was queued.
    #[cfg(test)]
    pub fn is_taken(&self) -> bool {
        self.queued() == 0
    }

    pub async fn close(&self) {
        self.stop.cancel();
        self.task.wait().await;
    }
}

struct Writer {
    db: Arc<Db>,
    clock: Clock,
    rules: Rules,
    tell: mpsc::Sender<Vec<Committed>>,
    followed: Arc<AtomicBool>,
}

impl Writer {
    async fn run(self, mut groups: Groups<Waiting>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while groups.next(&mut waiting).await {
            self.write(waiting.drain(..)).await;
        }
    }

    async fn write(&self, waiting: impl Iterator<Item = Waiting>) {
        // Whoever gave up has been told that it may not have been written.
        let gave_up = |waiting: &Waiting| waiting.answer.as_ref().is_some_and(oneshot::Sender::is_closed);
        let (jobs, answers): (Vec<_>, Vec<_>) =
            waiting.filter(|waiting| !gave_up(waiting)).map(|waiting| (waiting.job, waiting.answer)).unzip();
        let dones = self.write_jobs(&jobs).await;
        for (answer, done) in answers.into_iter().zip(dones) {
            if let Some(answer) = answer {
                // An error: the caller gave up just now.
                let _ = answer.send(done);
            }
        }
    }

    /// Writes all that can be written, in as few transactions as it takes, in order.
    async fn write_jobs(&self, jobs: &[Job]) -> Vec<Result<Done, StoreError>> {
        let mut dones = Vec::with_capacity(jobs.len());
        // Halves that are still to be written, the next one last.
        let mut parts = vec![jobs];
        while let Some(part) = parts.pop() {
            match self.write_part(part).await {
                Ok(ran) => dones.extend(self.tell(ran).await),
                Err(Fault::Taken(_) | Fault::Failed(_) | Fault::Refused(_)) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
                Err(fault @ (Fault::Failed(_) | Fault::Taken(_) | Fault::Refused(_))) => dones.push(Err(fault.into())),
                // The database itself is in trouble: no use in trying the rest.
                Err(fault) => dones.resize_with(jobs.len(), || Err(fault.clone().into())),
            }
            if dones.len() == jobs.len() {
                break;
            }
        }
        dones
    }

    /// One transaction, run again while that may help.
    async fn write_part(&self, jobs: &[Job]) -> Outcome<Ran> {
        let mut unknown: Option<Box<Ran>> = None;
        let mut last = Fault::Again;
        let mut if_locked = IfLocked::Wait;
        for _ in 0..TRIES_MAX {
            let run =
                AssertUnwindSafe(batch::run(&self.db, &self.clock, &self.rules, jobs, if_locked)).catch_unwind().await;
            match run.unwrap_or_else(|_| Err(Fault::Failed("writing this panicked".to_owned()).into())) {
                Ok(ran) => {
                    // The COMMIT whose answer was lost did take place: its events are still to be told.
                    return Ok(match unknown {
                        Some(earlier) if ran.repeats(&earlier) => *earlier,
                        _ => ran,
                    });
                }
                Err(lost) => {
                    last = lost.fault;
                    unknown = lost.unknown.or(unknown);
                }
            }
            match last {
                Fault::Again | Fault::Gone(_) => {}
                // One busy ticket must not keep the others from being written.
                Fault::RowLocked if if_locked == IfLocked::Wait => if_locked = IfLocked::LeaveOut,
                // Somebody else wrote the same just now: the next look finds it.
                Fault::Taken(_) if jobs.len() == 1 => {}
                _ => return Err(last),
            }
        }
        Err(last)
    }

    async fn tell(&self, ran: Ran) -> Vec<Result<Done, StoreError>> {
        if self.followed.load(Ordering::SeqCst) && !ran.committed.is_empty() {
            // An error: the live delivery has ended, and with it the process.
            let _ = self.tell.send(ran.committed).await;
        }
        ran.dones.into_iter().map(|done| done.map_err(StoreError::from)).collect()
    }
}
