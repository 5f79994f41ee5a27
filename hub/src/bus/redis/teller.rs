//! Tells the other nodes what this one says: whatever waits goes in one write. A write that fails is counted
//! and not tried again, since what it said grows old; the next connection begins with a doubt instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;

use super::{CONNECT_MS, Inner, LAST_WORDS_MS, RedisServer};
use crate::bus::wire::{self, Said};

/// Words of one write.
const AT_ONCE_MAX: usize = 128;
/// Redis takes a write within this, or the connection is made anew. By the machine's time.
const TAKEN_WITHIN: Duration = Duration::from_secs(1);

pub async fn run(inner: Arc<Inner>, server: RedisServer, said: mpsc::Receiver<Said>) {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_millis(CONNECT_MS)))
        .set_response_timeout(Some(TAKEN_WITHIN));
    let mut teller = Teller { inner: Arc::clone(&inner), server, said, doubts: 0 };
    let mut is_told = false;
    loop {
        match inner.clock.within(CONNECT_MS, teller.server.tell(&inner.clock, &config)).await {
            Some(Ok(connection)) => {
                is_told = false;
                teller.forget_what_waits();
                match teller.talk(connection).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "Redis did not take what this node tells the others"),
                }
            }
            // Once for each outage.
            Some(Err(error)) if !is_told => {
                tracing::warn!(%error, "cannot tell the other nodes anything: Redis cannot be reached");
                is_told = true;
            }
            Some(Err(_)) | None => {}
        }
        if !inner.pause().await {
            return;
        }
    }
}

struct Teller {
    inner: Arc<Inner>,
    server: RedisServer,
    said: mpsc::Receiver<Said>,
    /// How many words were untold when the others were last told to doubt.
    doubts: u64,
}

impl Teller {
    /// Tells until the hub ends, or a write fails.
    async fn talk(&mut self, mut connection: MultiplexedConnection) -> redis::RedisResult<()> {
        let mut words = Vec::with_capacity(AT_ONCE_MAX);
        loop {
            let untold = self.untold().load(Ordering::Relaxed);
            if untold > self.doubts {
                self.tell(&mut connection, &mut vec![wire::doubt(self.inner.node)]).await?;
                self.doubts = untold;
            }
            tokio::select! {
                biased;
                // Cancel-safe: nothing is taken out unless the branch runs.
                _ = self.said.recv_many(&mut words, AT_ONCE_MAX) => self.tell(&mut connection, &mut words).await?,
                () = self.inner.stop.cancelled() => break,
            }
        }
        while let Ok(said) = self.said.try_recv() {
            words.push(said);
        }
        self.inner.clock.within(LAST_WORDS_MS, self.tell(&mut connection, &mut words)).await.unwrap_or(Ok(()))
    }

    async fn tell(&self, connection: &mut MultiplexedConnection, words: &mut Vec<Said>) -> redis::RedisResult<()> {
        let count = words.len() as u64;
        let mut pipe = redis::pipe();
        for Said { shard, text } in words.drain(..) {
            pipe.cmd("PUBLISH").arg(self.server.channel(shard)).arg(text).ignore();
        }
        let taken = pipe.query_async::<()>(connection).await;
        let counts = &self.inner.counts;
        if taken.is_ok() { &counts.told } else { &counts.untold }.fetch_add(count, Ordering::Relaxed);
        taken
    }

    /// What was said while Redis was away has grown old.
    fn forget_what_waits(&mut self) {
        while self.said.try_recv().is_ok() {
            self.untold().fetch_add(1, Ordering::Relaxed);
        }
    }

    fn untold(&self) -> &AtomicU64 {
        &self.inner.counts.untold
    }
}
