//! Hears what the other nodes say. Every new subscription is a new generation, since nobody knows what was
//! said before it.
//!
//! A connection may live and bring nothing (measured: redis-rs's own manager stayed deaf for ever after an
//! outage of 25 s). So whoever hears nothing for a while tells itself something, and waits for it.

use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::{broadcast, watch};

use super::{CONNECT_MS, RedisServer, Way};
use crate::bus::wire::{self, SHARDS, Word};
use crate::bus::{Heard, State};
use crate::domain::Clock;

/// After this much silence a node tells itself something …
const SILENCE_MS: u64 = 5_000;
/// … and hears it within this, or subscribes anew.
const ECHO_MS: u64 = 5_000;

pub async fn run(way: Way, server: RedisServer, here: broadcast::Sender<Heard>, state: watch::Sender<State>) {
    let clock = way.inner.clock.clone();
    let mut listener = Listener { way, here, state };
    let mut is_told = false;
    loop {
        match clock.within(CONNECT_MS, subscribe(&server, &clock)).await {
            Some(Ok((_sink, stream))) => {
                is_told = false;
                listener.begins();
                let Some(why) = listener.listen(stream).await else { return };
                tracing::warn!(why, "nothing comes from the other nodes: subscribing anew");
                listener.ends();
            }
            failed => {
                listener.fails();
                // Once for each outage.
                if let Some(Err(error)) = failed
                    && !is_told
                {
                    tracing::warn!(%error, "cannot hear the other nodes: Redis cannot be reached");
                    is_told = true;
                }
            }
        }
        if !listener.way.inner.pause().await {
            return;
        }
    }
}

/// Subscribes to every channel, and waits until Redis has confirmed each.
async fn subscribe(server: &RedisServer, clock: &Clock) -> redis::RedisResult<(PubSubSink, PubSubStream)> {
    let mut connection = server.listen(clock).await?;
    for shard in 0..SHARDS {
        connection.subscribe(server.channel(shard)).await?;
    }
    Ok(connection.split())
}

struct Listener {
    way: Way,
    here: broadcast::Sender<Heard>,
    state: watch::Sender<State>,
}

impl Listener {
    fn begins(&mut self) {
        let now = self.way.inner.clock.now();
        self.state.send_modify(|state| {
            state.is_away = false;
            state.generation += 1;
            state.doubts += 1;
            state.heard_at = now;
        });
    }

    fn ends(&self) {
        self.state.send_modify(|state| state.is_away = true);
    }

    /// A Redis that cannot be reached may be away for all: that this node is deaf is no longer known.
    fn fails(&self) {
        self.state.send_if_modified(|state| std::mem::take(&mut state.is_deaf));
    }

    /// Listens until it hears nothing any more; says why. `None`: the hub ends.
    async fn listen(&self, mut stream: PubSubStream) -> Option<&'static str> {
        let inner = &self.way.inner;
        // What had been told when this node told itself something.
        let mut told_before = None;
        loop {
            let wait_ms = if told_before.is_some() { ECHO_MS } else { SILENCE_MS };
            // Both are cancel-safe; the wait begins anew with each word.
            tokio::select! {
                biased;
                message = stream.next() => match message {
                    Some(message) => {
                        told_before = None;
                        self.heard(message.get_payload_bytes());
                    }
                    None => return Some("the connection ended"),
                },
                () = inner.clock.sleep(wait_ms) => match told_before {
                    None => {
                        told_before = Some(inner.counts.told.load(Ordering::Relaxed));
                        self.way.queue(wire::probe(inner.node));
                    }
                    Some(before) => {
                        let was_taken = inner.counts.told.load(Ordering::Relaxed) > before;
                        self.state.send_modify(|state| state.is_deaf = was_taken);
                        return Some(if was_taken { "what Redis took did not come back" } else { "Redis is silent" });
                    }
                },
                () = inner.stop.cancelled() => return None,
            }
        }
    }

    fn heard(&self, bytes: &[u8]) {
        let inner = &self.way.inner;
        let now = inner.clock.now();
        self.state.send_if_modified(|state| {
            state.heard_at = now;
            std::mem::take(&mut state.is_deaf)
        });
        let counts = &inner.counts;
        let Some((node, word)) = wire::understand(bytes) else {
            counts.not_understood.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if node == inner.node {
            return;
        }
        counts.heard.fetch_add(1, Ordering::Relaxed);
        let heard = match word {
            Word::Signal(signal) => Heard::Signal(signal),
            Word::Committed(committed) => Heard::Committed(committed),
            Word::Moved(moved) => Heard::Moved(moved),
            Word::Doubt => return self.state.send_modify(|state| state.doubts += 1),
            Word::Probe => return,
        };
        // An error means that nobody listens yet.
        let _ = self.here.send(heard);
    }
}
