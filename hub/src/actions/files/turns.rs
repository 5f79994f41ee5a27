//! How many files come at once: some for each person, some more for the hub. What is too much waits for its
//! turn, with its bytes still on the sender's side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::{ErrorCode, ParticipantId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::domain::limits::{UPLOAD_TURN_WAIT_MS, UPLOADS_MAX, UPLOADS_PER_PERSON_MAX};
use crate::domain::{Clock, Refusal};

/// Soon enough to ask again.
const RETRY_AFTER_S: u64 = 5;

/// The uploads of this node; clones are the same.
#[derive(Clone, Debug)]
pub struct Uploads {
    places: Arc<Semaphore>,
    people: Arc<Mutex<HashMap<ParticipantId, Arc<Semaphore>>>>,
    tasks: TaskTracker,
    /// Told when there is something to sweep.
    sweep: Arc<watch::Sender<()>>,
}

/// The right to send one file, until it is dropped.
pub struct Turn {
    uploads: Uploads,
    person: ParticipantId,
    /// Given back before the person's entry is looked at.
    places: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(UPLOADS_MAX)),
            people: Arc::default(),
            tasks: TaskTracker::new(),
            sweep: Arc::new(watch::Sender::new(())),
        }
    }
}

impl Uploads {
    /// Waits for a turn, but not for long.
    pub(super) async fn turn(&self, person: ParticipantId, clock: &Clock) -> Result<Turn, Refusal> {
        let own =
            Arc::clone(self.people().entry(person).or_insert_with(|| Arc::new(Semaphore::new(UPLOADS_PER_PERSON_MAX))));
        let mut turn = Turn { uploads: self.clone(), person, places: None };
        let waited = clock.within(UPLOAD_TURN_WAIT_MS, own.acquire_owned()).await;
        let Some(Ok(own)) = waited else {
            return Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(RETRY_AFTER_S));
        };
        let waited = clock.within(UPLOAD_TURN_WAIT_MS, Arc::clone(&self.places).acquire_owned()).await;
        let Some(Ok(place)) = waited else {
            return Err(Refusal::new(ErrorCode::Unavailable).retry_after_s(RETRY_AFTER_S));
        };
        turn.places = Some((own, place));
        Ok(turn)
    }

    /// Something that goes on when nobody waits for it, and that the hub's end waits for.
    pub(super) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(work)
    }

    /// Files are to be swept before the sweeper's time.
    pub fn sweep_soon(&self) {
        self.sweep.send_modify(|()| ());
    }

    pub(super) fn follow(&self) -> watch::Receiver<()> {
        self.sweep.subscribe()
    }

    /// Waits until what is under way is done, and takes no more.
    pub async fn end(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn people(&self) -> std::sync::MutexGuard<'_, HashMap<ParticipantId, Arc<Semaphore>>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.places = None;
        let mut people = self.uploads.people();
        // The map's own is the last one: nobody sends, nobody waits.
        if people.get(&self.person).is_some_and(|own| Arc::strong_count(own) == 1) {
            people.remove(&self.person);
        }
    }
}
