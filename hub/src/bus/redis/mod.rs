//! Redis between the nodes, by its publish and subscribe alone: no key is written, so one server, one with
//! sentinels and a cluster are the same, and a Redis that lost everything has lost nothing.
//!
//! `listener` hears, `teller` tells, each with a connection of its own that it makes anew for ever. Both
//! raise a doubt where something may have been missed; a position check settles it.

mod listener;
mod server;
mod teller;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use protocol::Millis;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::wire::Said;
use super::{Counts, Heard, State, wire};
use crate::bus::Signal;
use crate::domain::Clock;
use crate::domain::committed::Committed;
use crate::domain::ids::{new_id, random_between};
pub use server::{BadRedis, RedisAccount, RedisServer};

/// Words that wait to be told; beyond it they are dropped, and the other nodes are told that some were.
const QUEUE_MAX: usize = 4_096;
/// A connection, and all its subscriptions, are there by then.
const CONNECT_MS: u64 = 3_000;
/// Between two tries to connect: full jitter up to this.
const RETRY_MAX_MS: u64 = 2_000;
/// What may still be told when the hub ends.
const LAST_WORDS_MS: u64 = 1_000;

/// This node's way to the others; clones are the same.
#[derive(Clone, Debug)]
pub struct Way {
    inner: Arc<Inner>,
    queue: mpsc::Sender<Said>,
}

#[derive(Debug)]
struct Inner {
    node: Uuid,
    clock: Clock,
    counts: Counting,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// [`Counts`] as they are counted.
#[derive(Debug, Default)]
struct Counting {
    told: AtomicU64,
    untold: AtomicU64,
    heard: AtomicU64,
    not_understood: AtomicU64,
}

impl Way {
    pub fn start(
        server: RedisServer,
        clock: Clock,
        here: broadcast::Sender<Heard>,
        state: watch::Sender<State>,
    ) -> Self {
        let inner = Arc::new(Inner {
            node: new_id(&clock),
            clock,
            counts: Counting::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let (queue, said) = mpsc::channel(QUEUE_MAX);
        let way = Self { inner: Arc::clone(&inner), queue };
        inner.tasks.spawn(teller::run(Arc::clone(&inner), server.clone(), said));
        inner.tasks.spawn(listener::run(way.clone(), server, here, state));
        way
    }

    /// Queues a signal for the others.
    pub fn tell(&self, signal: &Signal) {
        self.queue(wire::signal(self.inner.node, signal));
    }

    /// Queues a hint for the others.
    pub fn hint(&self, committed: &Committed) {
        self.queue(wire::committed(self.inner.node, committed));
    }

    fn queue(&self, said: Said) {
        if self.queue.try_send(said).is_err() {
            // The teller sees by this count that it owes the others a doubt.
            self.inner.counts.untold.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// By the clock that `heard_at` was read from.
    pub fn silence_ms(&self, heard_at: Millis) -> u64 {
        u64::try_from(self.inner.clock.now() - heard_at).unwrap_or(0)
    }

    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    pub fn counts(&self) -> Counts {
        let Counting { told, untold, heard, not_understood } = &self.inner.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { told: read(told), untold: read(untold), heard: read(heard), not_understood: read(not_understood) }
    }

    pub async fn close(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        // Whatever is not told by then, the others find by themselves.
        self.inner.clock.within(2 * LAST_WORDS_MS, self.inner.tasks.wait()).await;
    }
}

impl Inner {
    /// Waits before the next try; `false`: the hub ends.
    async fn pause(&self) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = self.clock.sleep(random_between(RETRY_MAX_MS / 20, RETRY_MAX_MS)) => true,
        }
    }
}
