//! One page of a crowd, through all its sockets.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hub::domain::Clock;
use protocol::frame::{AnyEvent, ServerFrame};
use protocol::{Millis, TicketId};
use uuid::Uuid;

use super::wire::{Unwelcome, Wire};
use super::{Grounds, Seat, Whole, Wholes};
use crate::page::line;
use crate::seed::Seed;
use crate::socket::Door;

/// As the pages do (web/src/core/socket.ts).
const WELCOME_MS: u64 = 10_000;
const SILENCE_MS: u64 = 35_000;
const RETRY_MS_MIN: u64 = 500;
const RETRY_MS_MAX: u64 = 20_000;
/// The code of a socket on which nothing came any more, or not soon enough.
const SILENT: u16 = 0;

/// What a member went through.
#[derive(Clone, Debug, Default)]
pub struct Lived {
    /// When a new socket took an old one's place before that had ended: nobody sees it.
    pub moved_at: Vec<Millis>,
    /// How long it waited before each move, by its own choice.
    pub waited_ms: Vec<Millis>,
    /// A socket was lost before there was another one.
    pub cuts: usize,
    /// The codes that lost sockets were closed with.
    pub codes: Vec<u16>,
    /// The longest time without a socket.
    pub away_ms: i64,
    /// How often it was told that it is behind.
    pub behind: usize,
    /// From when the hub wrote down a live event until this page had it, at most.
    pub late_ms: i64,
}

pub struct Member {
    door: Door,
    ticket: TicketId,
    has: Whole,
    epoch: Option<Uuid>,
    grounds: Arc<Grounds>,
    seed: Seed,
}

type Opening = Pin<Box<dyn Future<Output = Opened> + Send>>;
/// A socket that was welcomed, or why it was not.
type Opened = Result<Wire, u16>;
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Member {
    pub fn new((door, ticket): Seat, grounds: Arc<Grounds>, seed: Seed) -> Self {
        Self { door, ticket, has: Whole::default(), epoch: None, grounds, seed }
    }

    /// Opens a socket at this node, as a page that loads.
    pub async fn comes_to(&mut self, node: SocketAddr) -> Result<Wire, u16> {
        let wire = opened(self.door.clone(), vec![node], None, self.ticket, 0).await?;
        self.epoch = wire.epoch;
        Ok(wire)
    }

    /// Reads, moves and comes again until it has everything.
    pub async fn lives(&mut self, first: Wire) -> Lived {
        let mut lived = Lived::default();
        let mut wire = Some(first);
        while let Some(welcomed) = wire.take() {
            self.grounds.live.fetch_add(1, Ordering::SeqCst);
            let lost = self.reads(welcomed, &mut lived).await;
            self.grounds.live.fetch_sub(1, Ordering::SeqCst);
            if lost {
                lived.cuts += 1;
                wire = Some(self.comes_again(&mut lived).await);
            }
        }
        lived
    }

    /// Full jitter, for ever.
    async fn comes_again(&mut self, lived: &mut Lived) -> Wire {
        let lost_at = Clock::System.now();
        let mut failures = 0;
        loop {
            let cap_ms = RETRY_MS_MAX.min(RETRY_MS_MIN << (failures + 1).min(6));
            Clock::System.sleep(self.seed.between(RETRY_MS_MIN, cap_ms)).await;
            match self.opening().await {
                Ok(wire) => {
                    lived.away_ms = lived.away_ms.max(Clock::System.now() - lost_at);
                    return wire;
                }
                Err(why) => {
                    failures += 1;
                    self.is_refused(why);
                }
            }
        }
    }

    /// Reads on one socket after the other, as long as each is welcomed before the last one ends. `false`: it has
    /// come to the end.
    async fn reads(&mut self, mut wire: Wire, lived: &mut Lived) -> bool {
        let mut wholes = self.grounds.wholes.subscribe();
        let mut is_still = self.grounds.is_still.subscribe();
        let (mut waiting, mut opening): (Option<Waiting>, Option<Opening>) = (None, None);
        loop {
            if *is_still.borrow_and_update() {
                is_still.changed().await.unwrap();
                continue;
            }
            if wholes.borrow_and_update().as_ref().is_some_and(|wholes| self.has_all(wholes)) {
                wire.close().await;
                return false;
            }
            let patience_ms = SILENCE_MS.saturating_sub(wire.silent_ms());
            // Whatever is not finished loses nothing: a frame stays with its socket, an opening in its place.
            tokio::select! {
                biased;
                changed = is_still.changed() => changed.unwrap(),
                changed = wholes.changed() => changed.unwrap(),
                frame = wire.next() => match frame {
                    Some(ServerFrame::Move { in_ms }) if waiting.is_none() && opening.is_none() => {
                        let wait_ms = self.seed.between(0, in_ms / 2);
                        lived.waited_ms.push(wait_ms.cast_signed());
                        waiting = Some(Box::pin(async move { Clock::System.sleep(wait_ms).await }));
                    }
                    Some(frame) => self.hears(frame, &mut wire, lived),
                    None => {
                        lived.codes.push(wire.code);
                        // A move that has begun goes on.
                        match come_to_an_end(opening.take()).await {
                            Some(Ok(next)) => {
                                lived.cuts += 1;
                                wire = next;
                            }
                            Some(Err(_)) | None => return true,
                        }
                    }
                },
                () = come(&mut waiting) => {
                    waiting = None;
                    opening = Some(Box::pin(self.opening()));
                }
                opened = come(&mut opening) => {
                    opening = None;
                    match opened {
                        Ok(next) => {
                            lived.moved_at.push(Clock::System.now());
                            std::mem::replace(&mut wire, next).close().await;
                        }
                        // It stays where it is, for as long as that is there.
                        Err(why) => self.is_refused(why),
                    }
                }
                () = Clock::System.sleep(patience_ms) => {
                    lived.codes.push(SILENT);
                    return true;
                }
            }
        }
    }

    fn is_refused(&self, why: u16) {
        *self.grounds.refused.lock().unwrap().entry(why).or_default() += 1;
    }

    /// Whether it has come to its log's end, which is the same for it as for all.
    fn has_all(&self, wholes: &Wholes) -> bool {
        let (requester, agent) = wholes[&self.ticket];
        let whole = if self.door.path == "/v1/agent/realtime" { agent } else { requester };
        assert!(self.has.n < whole.n || self.has == whole, "the whole log, and the same: {:?} {whole:?}", self.has);
        self.has == whole
    }

    fn hears(&mut self, frame: ServerFrame, wire: &mut Wire, lived: &mut Lived) {
        match frame {
            ServerFrame::Sync { from, to, .. } => wire.joined(from, to),
            ServerFrame::Event { event, .. } => {
                let at = match &event {
                    AnyEvent::Agent(event) => event.at,
                    AnyEvent::Public(event) => event.at,
                };
                let line = line(event);
                if wire.is_live(line.n) && at >= self.grounds.counts_from.load(Ordering::SeqCst) {
                    lived.late_ms = lived.late_ms.max(Clock::System.now() - at);
                }
                // What the socket before this one brought is known.
                if line.n == self.has.n + 1 {
                    self.has = self.has.and(line.text());
                }
            }
            ServerFrame::Behind { .. } => {
                lived.behind += 1;
                self.grounds.behind.fetch_add(1, Ordering::SeqCst);
            }
            ServerFrame::Reset { reason, .. } => panic!("nobody took this feed away: {reason:?}"),
            ServerFrame::Refused { code, message, .. } => {
                panic!("a page that only reads is not refused: {code:?} {message}")
            }
            _ => {}
        }
    }

    /// A try at whichever node the proxy before them chooses.
    fn opening(&mut self) -> impl Future<Output = Opened> + Send + use<> {
        let nodes = &self.grounds.nodes;
        let first = usize::try_from(self.seed.between(0, nodes.len() as u64 - 1)).unwrap();
        let order = [&nodes[first..], &nodes[..first]].concat();
        opened(self.door.clone(), order, self.epoch, self.ticket, self.has.n)
    }
}

/// A node that takes no connection is passed over, as by a proxy; what else fails is a try that failed.
async fn opened(door: Door, nodes: Vec<SocketAddr>, epoch: Option<Uuid>, ticket: TicketId, after: i64) -> Opened {
    let opening = async {
        for addr in nodes {
            let door = Door { addr, ..door.clone() };
            match Wire::open(&door, epoch, ticket, after).await {
                Ok(wire) => return Ok(wire),
                Err(Unwelcome::NobodyThere) => {}
                Err(Unwelcome::With(code)) => return Err(code),
            }
        }
        // What a proxy answers then.
        Err(502)
    };
    Clock::System.within(WELCOME_MS, opening).await.unwrap_or(Err(SILENT))
}

async fn come_to_an_end(opening: Option<Opening>) -> Option<Opened> {
    Some(opening?.await)
}

/// What is under way, for ever when nothing is.
async fn come<T>(under_way: &mut Option<Pin<Box<dyn Future<Output = T> + Send>>>) -> T {
    match under_way {
        Some(under_way) => under_way.await,
        None => std::future::pending().await,
    }
}
