//! A crowd: pages by the thousand. A member keeps of its log only where it stands and what it amounts to; it
//! obeys `move`, waits between its tries and chooses its node as the pages behind their proxy do.
//!
//! It comes from addresses of 127.0.0.0/8, since the hub lets a hundred sockets in from one.

mod member;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, StreamExt};
use hub::domain::Clock;
use hub::domain::limits::CONNECTIONS_PER_NETWORK_MAX;
use protocol::TicketId;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::load::is_internal;
use crate::page::Line;
use crate::people::{Person, Site};
use crate::seed::Seed;
use crate::socket::Door;
pub use member::Lived;
use member::Member;
pub use wire::{Unwelcome, Wire};

/// Sockets of one guest. The hub takes ten; the rest are for those that it does not know to be gone yet.
const PER_LOGIN: usize = 8;
/// Tickets that are opened, and sockets that come for the first time, at once.
const TICKETS_AT_ONCE: usize = 16;
const FIRST_AT_ONCE: usize = 64;
const LOOK_AGAIN_MS: u64 = 5;
/// Files that are open beside the sockets.
const OTHER_FILES: u64 = 500;

/// One socket's way in, and what its page shows.
pub type Seat = (Door, TicketId);

/// Guests, each with a ticket, and seats for so many of their sockets.
pub async fn guests(site: &Site, sockets: usize) -> Vec<Seat> {
    let open = |n: usize| async move {
        let (guest, ticket) = site.guest(&format!("guest{n}@d{n}.example"), "hello").await;
        (guest.door(), ticket.id)
    };
    let guests: Vec<Seat> =
        stream::iter(0..sockets.div_ceil(PER_LOGIN)).map(open).buffered(TICKETS_AT_ONCE).collect().await;
    let seats = guests.into_iter().flat_map(|seat| vec![seat; PER_LOGIN]).take(sockets);
    from_many_machines(seats.collect())
}

/// Seats for so many sockets of a person, on one ticket.
pub fn seats(people: &[Person], each: usize, ticket: TicketId) -> Vec<Seat> {
    from_many_machines(people.iter().flat_map(|person| vec![(person.door(), ticket); each]).collect())
}

/// A little fewer from each than the hub takes: a page that gave up comes again before the hub knows it.
fn from_many_machines(mut seats: Vec<Seat>) -> Vec<Seat> {
    static MACHINES: AtomicUsize = AtomicUsize::new(0);
    for some in seats.chunks_mut(CONNECTIONS_PER_NETWORK_MAX * 3 / 4) {
        let machine = u32::try_from(MACHINES.fetch_add(1, Ordering::Relaxed)).unwrap();
        let machine = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + machine);
        some.iter_mut().for_each(|(door, _)| door.from = Some(machine));
    }
    seats
}

/// Lets this process, and the hubs that it starts, hold so many sockets each.
///
/// # Panics
/// When the machine does not: then raise the hard limit, by `ulimit -Hn` or `LimitNOFILE=`.
pub fn allow_sockets(sockets: usize) {
    let needed = sockets as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let may = limit.maximum.unwrap_or(u64::MAX);
    assert!(needed <= may, "{needed} open files are needed and {may} allowed: raise the hard limit, `ulimit -Hn`");
    if limit.current.is_some_and(|current| current < needed) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(needed), ..limit }).unwrap();
    }
}

/// Members that live on by themselves.
pub struct Crowd {
    grounds: Arc<Grounds>,
    members: Vec<JoinHandle<Lived>>,
}

/// What all members see.
#[derive(Debug)]
struct Grounds {
    nodes: Vec<SocketAddr>,
    /// Members with a socket that was welcomed.
    live: AtomicUsize,
    /// Tries that were not welcomed, by what was answered.
    refused: Mutex<BTreeMap<u16, usize>>,
    /// Told that they are behind, so far.
    behind: AtomicUsize,
    /// How late an event comes is counted of those that were written from then on.
    counts_from: AtomicI64,
    /// Nobody reads, while it is set.
    is_still: watch::Sender<bool>,
    /// What the logs are in the end. Who has their own has come to the end.
    wholes: watch::Sender<Option<Arc<Wholes>>>,
}

/// Of each ticket, how its log ends for its requester and for agents.
type Wholes = HashMap<TicketId, (Whole, Whole)>;

/// A log's last number, and what it amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Whole {
    n: i64,
    sum: u64,
}

impl Whole {
    /// With one more line.
    fn and(self, text: Option<&str>) -> Self {
        let mut hasher = DefaultHasher::new();
        (self.sum, self.n + 1, text).hash(&mut hasher);
        Self { n: self.n + 1, sum: hasher.finish() }
    }
}

impl Crowd {
    /// Comes in at one of the nodes; all of it is there then.
    pub async fn gathers(nodes: &[SocketAddr], at: usize, seats: Vec<Seat>, seed: &mut Seed) -> Self {
        let grounds = Arc::new(Grounds {
            nodes: nodes.to_vec(),
            live: AtomicUsize::new(0),
            refused: Mutex::default(),
            behind: AtomicUsize::new(0),
            counts_from: AtomicI64::new(0),
            is_still: watch::Sender::new(false),
            wholes: watch::Sender::new(None),
        });
        let node = nodes[at];
        let first = Arc::new(Semaphore::new(FIRST_AT_ONCE));
        let mut members = Vec::new();
        for seat in seats {
            let place = Arc::clone(&first).acquire_owned().await.unwrap();
            let mut member = Member::new(seat, Arc::clone(&grounds), seed.split());
            members.push(tokio::spawn(async move {
                let wire = member.comes_to(node).await.expect("the first socket");
                drop(place);
                member.lives(wire).await
            }));
        }
        let crowd = Self { grounds, members };
        crowd.are_live(crowd.members.len(), 30_000).await;
        crowd
    }

    /// Members with a socket that was welcomed.
    pub fn live(&self) -> usize {
        self.grounds.live.load(Ordering::SeqCst)
    }

    /// Waits until so many are live; answers after how many milliseconds.
    pub async fn are_live(&self, count: usize, limit_ms: u64) -> u64 {
        let began = Clock::System.now();
        let waiting = async {
            while self.live() != count {
                Clock::System.sleep(LOOK_AGAIN_MS).await;
            }
        };
        let in_time = Clock::System.within(limit_ms, waiting).await.is_some();
        assert!(in_time, "after {limit_ms} ms {} of {count} are there; refused: {:?}", self.live(), self.refused());
        (Clock::System.now() - began).unsigned_abs()
    }

    /// How many tries were not welcomed: by an answer's status, or the code a socket was closed with before.
    pub fn refused(&self) -> BTreeMap<u16, usize> {
        self.grounds.refused.lock().unwrap().clone()
    }

    /// How often members were told that they are behind.
    pub fn told_behind(&self) -> usize {
        self.grounds.behind.load(Ordering::SeqCst)
    }

    /// How late events came until now does not count.
    pub fn counts_from_now(&self) {
        self.grounds.counts_from.store(Clock::System.now(), Ordering::SeqCst);
    }

    /// Nobody reads a byte any more.
    pub fn stands_still(&self) {
        self.grounds.is_still.send_replace(true);
    }

    pub fn goes_on(&self) {
        self.grounds.is_still.send_replace(false);
    }

    /// Waits until everybody has the whole of these logs, the agents' ones, and the same; then they leave.
    pub async fn has_all(self, logs: &HashMap<TicketId, Vec<Line>>, limit_ms: u64) -> Vec<Lived> {
        let wholes: Wholes = logs.iter().map(|(ticket, log)| (*ticket, whole(log))).collect();
        self.grounds.wholes.send_replace(Some(Arc::new(wholes)));
        let mut lives = Vec::new();
        let ended = Clock::System.within(limit_ms, async {
            for member in self.members {
                lives.push(member.await.unwrap());
            }
        });
        let is_whole = ended.await.is_some();
        assert!(
            is_whole,
            "after {limit_ms} ms {} have all, and {} are live",
            lives.len(),
            self.grounds.live.load(Ordering::SeqCst)
        );
        lives
    }
}

fn whole(log: &[Line]) -> (Whole, Whole) {
    let sum = |whole: Whole, line: &Line| whole.and(line.text());
    (log.iter().filter(|line| !is_internal(line)).fold(Whole::default(), sum), log.iter().fold(Whole::default(), sum))
}
