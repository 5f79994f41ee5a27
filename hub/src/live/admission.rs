//! How many sockets there may be: per login, person, network and node (R-E5), counted before the upgrade and
//! given back when the guard drops; and how many may come at the same time (R-K15).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::{ErrorCode, LoginId, ParticipantId};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::limits::{
    CONNECTIONS_MAX, CONNECTIONS_PER_LOGIN_MAX, CONNECTIONS_PER_NETWORK_MAX, CONNECTIONS_PER_PERSON_MAX,
    HANDSHAKE_WAIT_MS, HANDSHAKES_AT_ONCE_MAX,
};
use crate::domain::{Clock, Refusal};

/// Seconds after which a page may try again.
const RETRY_AFTER_S: u64 = 10;

#[derive(Clone, Debug, Default)]
pub struct Admission {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    logins: HashMap<LoginId, usize>,
    people: HashMap<ParticipantId, usize>,
    networks: HashMap<String, usize>,
}

/// A place for one socket.
#[derive(Debug)]
pub struct Place {
    admission: Admission,
    login: Option<LoginId>,
    person: Option<ParticipantId>,
    network: String,
}

impl Admission {
    /// Takes a place, or says why there is none.
    pub fn admit(
        &self,
        login: Option<LoginId>,
        person: Option<ParticipantId>,
        network: String,
    ) -> Result<Place, Refusal> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= CONNECTIONS_MAX {
            return Err(Refusal::new(ErrorCode::Unavailable).retry_after_s(RETRY_AFTER_S));
        }
        let full = login.is_some_and(|id| is_full(&counts.logins, &id, CONNECTIONS_PER_LOGIN_MAX))
            || person.is_some_and(|id| is_full(&counts.people, &id, CONNECTIONS_PER_PERSON_MAX))
            || is_full(&counts.networks, &network, CONNECTIONS_PER_NETWORK_MAX);
        if full {
            return Err(Refusal::new(ErrorCode::TooManyConnections).retry_after_s(RETRY_AFTER_S));
        }
        counts.all += 1;
        login.inspect(|id| *counts.logins.entry(*id).or_default() += 1);
        person.inspect(|id| *counts.people.entry(*id).or_default() += 1);
        *counts.networks.entry(network.clone()).or_default() += 1;
        drop(counts);
        Ok(Place { admission: self.clone(), login, person, network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        self.login.inspect(|id| give_back(&mut counts.logins, id));
        self.person.inspect(|id| give_back(&mut counts.people, id));
        give_back(&mut counts.networks, &self.network);
    }
}

/// Turns at the database, in the order of asking. A crowd that comes all at once, as after the death of a node,
/// would else take every connection from those who are here, and be given up half-way by those who wait.
#[derive(Debug)]
pub struct Turns {
    places: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: Semaphore::new(HANDSHAKES_AT_ONCE_MAX) }
    }
}

impl Turns {
    /// Waits for a turn, which ends when the guard drops; refused when it does not come in time.
    pub async fn next(&self, clock: &Clock) -> Result<SemaphorePermit<'_>, Refusal> {
        let turn = clock.within(HANDSHAKE_WAIT_MS, self.places.acquire()).await;
        let late = || Refusal::new(ErrorCode::Unavailable).retry_after_s(1);
        turn.ok_or_else(late).map(|turn| turn.expect("the semaphore is never closed"))
    }
}

fn is_full<K: Hash + Eq>(counts: &HashMap<K, usize>, key: &K, max: usize) -> bool {
    counts.get(key).is_some_and(|count| *count >= max)
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
