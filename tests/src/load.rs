//! A load whose every message is accounted for: writers whose pages keep what was not acknowledged, as a
//! browser does, and readers who resume from their cursors, all of them through any number of cuts and at any
//! of several nodes. In the end everything that was acknowledged is in history exactly once, and everybody has
//! read one order (invariants 1, 2 and 3).

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt};
use hub::domain::Clock;
use protocol::frame::PostKind;
use protocol::model::AgentBody;
use protocol::{ClientId, ErrorCode, Millis, TicketId};
use tokio::task::JoinHandle;

use crate::page::{Line, Page};
use crate::people::{Pages, Person};
use crate::seed::Seed;
use crate::socket::{Door, Socket, new_client_id};
use crate::wait;

/// A page that hears nothing about what it sent for this long goes elsewhere. A browser waits 35 s for any
/// frame; here a node that stands still is not what a test should wait for.
const PATIENCE_MS: Millis = 4_000;

/// Texts that a new socket begins with; the hub takes a burst of 60 frames.
const AT_ONCE: usize = 20;
/// Tickets that one page follows; the hub lets a connection have 100.
const FEEDS: usize = 50;
/// Before a writer whom the hub asked to slow down tries again.
const SLOW_DOWN_MS: u64 = 200;

/// Histories that are read at the same time.
const HISTORIES: usize = 8;

/// A reader of hundreds of tickets that fell behind reads them one by one.
const CATCH_UP_MS: u64 = 120_000;

/// How much, and on what.
#[derive(Clone, Debug)]
pub struct Size {
    pub writers: usize,
    pub messages_per_s: u64,
    /// Where the nodes are.
    pub nodes: Vec<SocketAddr>,
}

/// A load under way.
pub struct Load {
    tickets: Vec<TicketId>,
    /// Of other requesters.
    others: Vec<TicketId>,
    finish: Arc<Finish>,
    writers: Vec<JoinHandle<Written>>,
    /// Pages of the agents and of the requesters, each of some of the tickets.
    readers: Vec<JoinHandle<(Pages, Page)>>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub acknowledged: usize,
    pub sent_again: usize,
    /// Every ticket's log, as agents have it.
    pub logs: HashMap<TicketId, Vec<Line>>,
}

impl Load {
    /// An agent and a requester write in these tickets, which are the requester's.
    pub fn begin(nora: &Person, amina: &Person, tickets: Vec<TicketId>, size: &Size, seed: &mut Seed) -> Self {
        Self::begin_before(Vec::new(), nora, amina, tickets, size, seed)
    }

    /// The same, where the agent writes in these tickets of other requesters too, whom the caller plays.
    pub fn begin_before(
        others: Vec<TicketId>,
        nora: &Person,
        amina: &Person,
        tickets: Vec<TicketId>,
        size: &Size,
        seed: &mut Seed,
    ) -> Self {
        let finish = Arc::new(Finish::default());
        let all = [&tickets[..], &others].concat();
        let writers = (0..size.writers)
            .map(|n| {
                let (person, theirs) = if n % 2 == 0 { (nora, &all) } else { (amina, &tickets) };
                let writer = Writer::new(n, person, theirs.clone(), size, seed.split());
                tokio::spawn(writer.run(Arc::clone(&finish)))
            })
            .collect();
        let mut readers = Vec::new();
        for person in [nora, amina] {
            for some in tickets.chunks(FEEDS) {
                let doors = Doors::new(person.door(), &size.nodes, seed.split());
                let (pages, page) = (person.pages, read(doors, some.to_vec(), Arc::clone(&finish)));
                readers.push(tokio::spawn(async move { (pages, page.await) }));
            }
        }
        Self { tickets, others, finish, writers, readers }
    }

    /// Nothing new is written; whatever waits is sent until it is acknowledged. Then all of it is accounted for.
    pub async fn is_whole(self, nora: &Person, amina: &Person) -> Outcome {
        self.finish.writing.store(true, Ordering::SeqCst);
        let mut written = Vec::new();
        for writer in self.writers {
            written.push(writer.await.unwrap());
        }
        let all = [&self.tickets[..], &self.others].concat();
        let (agents, requesters) = (histories(nora, &all).await, histories(amina, &self.tickets).await);
        self.finish.last_n.lock().unwrap().extend([last_numbers(&agents), last_numbers(&requesters)]);
        self.finish.reading.store(true, Ordering::SeqCst);
        reconcile(&written, &agents, &requesters);
        for reader in self.readers {
            let (pages, page) = reader.await.unwrap();
            same_order(&page, if pages == Pages::Console { &agents } else { &requesters });
        }
        Outcome {
            acknowledged: written.iter().map(|writer| writer.acknowledged.len()).sum(),
            sent_again: self.finish.sent_again.load(Ordering::SeqCst),
            logs: agents,
        }
    }

    /// How many messages were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.finish.acknowledged.load(Ordering::SeqCst)
    }
}

/// The nodes at which somebody may come in.
struct Doors {
    door: Door,
    nodes: Vec<SocketAddr>,
    seed: Seed,
}

impl Doors {
    fn new(door: Door, nodes: &[SocketAddr], seed: Seed) -> Self {
        Self { door, nodes: nodes.to_vec(), seed }
    }

    fn next(&mut self) -> Door {
        Door { addr: *self.seed.one_of(&self.nodes), ..self.door.clone() }
    }
}

/// What ends the tasks.
#[derive(Default)]
struct Finish {
    /// Nothing new is written; what waits is sent until it is acknowledged.
    writing: AtomicBool,
    /// Readers end when they have everything.
    reading: AtomicBool,
    /// The last numbers, agents' first.
    last_n: Mutex<Vec<HashMap<TicketId, i64>>>,
    sent_again: AtomicUsize,
    acknowledged: AtomicUsize,
}

/// A page with texts that are not acknowledged yet, which survive its sockets.
struct Writer {
    name: usize,
    pages: Pages,
    doors: Doors,
    tickets: Vec<TicketId>,
    pause_ms: u64,
    seed: Seed,
    made: usize,
    waiting: Vec<Text>,
}

#[derive(Clone)]
struct Text {
    ticket: TicketId,
    client_id: ClientId,
    kind: PostKind,
    text: String,
}

/// What a writer may rely on at the end.
struct Written {
    pages: Pages,
    acknowledged: Vec<(Text, i64)>,
}

impl Writer {
    fn new(name: usize, person: &Person, tickets: Vec<TicketId>, size: &Size, mut seed: Seed) -> Self {
        let doors = Doors::new(person.door(), &size.nodes, seed.split());
        let pause_ms = 1_000 * size.writers as u64 / size.messages_per_s;
        Self { name, pages: person.pages, doors, tickets, pause_ms, seed, made: 0, waiting: Vec::new() }
    }

    async fn run(mut self, finish: Arc<Finish>) -> Written {
        let mut page = Page::default();
        let mut acknowledged = Vec::new();
        while !(finish.writing.load(Ordering::SeqCst) && self.waiting.is_empty()) {
            page = match Socket::try_open(&self.doors.next(), page).await {
                Ok(socket) => self.write(socket, &finish, &mut acknowledged).await,
                Err(page) => {
                    Clock::System.sleep(10).await;
                    page
                }
            };
        }
        Written { pages: self.pages, acknowledged }
    }

    /// Writes on one socket until it ends: first, again, what waits.
    async fn write(&mut self, mut socket: Socket, finish: &Finish, done: &mut Vec<(Text, i64)>) -> Page {
        // What of it was sent on this socket: no more at once than the hub takes.
        let mut sent = HashSet::new();
        for text in self.waiting.iter().take(AT_ONCE) {
            finish.sent_again.fetch_add(1, Ordering::SeqCst);
            sent.insert(text.client_id);
            socket.send(text.ticket, text.client_id, text.kind, &text.text).await;
        }
        // By the clock: the time that a text takes is no pause.
        let mut due_at = Clock::System.now().saturating_add_unsigned(self.pause_ms);
        let mut pause = Box::pin(Clock::System.sleep(self.pause_ms));
        let mut settled_at = Clock::System.now();
        loop {
            let last = finish.writing.load(Ordering::SeqCst);
            // Reading a frame and a pause lose nothing when they are not finished.
            tokio::select! {
                going_on = socket.read() => if !going_on { return socket.page },
                () = &mut pause => {
                    let now = Clock::System.now();
                    due_at = now.max(due_at.saturating_add_unsigned(self.pause_ms));
                    pause = Box::pin(Clock::System.sleep(due_at.abs_diff(now)));
                    if let Some(text) = self.waiting.iter().find(|text| !sent.contains(&text.client_id)) {
                        finish.sent_again.fetch_add(1, Ordering::SeqCst);
                        sent.insert(text.client_id);
                        socket.send(text.ticket, text.client_id, text.kind, &text.text).await;
                    } else if !last {
                        let text = self.next();
                        sent.insert(text.client_id);
                        socket.send(text.ticket, text.client_id, text.kind, &text.text).await;
                        self.waiting.push(text);
                    }
                }
            }
            let before = done.len();
            self.settle(&socket.page, done);
            finish.acknowledged.fetch_add(done.len() - before, Ordering::SeqCst);
            if done.len() > before || self.waiting.is_empty() {
                settled_at = Clock::System.now();
            } else if Clock::System.now() - settled_at > PATIENCE_MS {
                return socket.page;
            }
            let slow_down = socket.page.refused.drain(..).any(|refused| {
                let retried = [ErrorCode::TooManyRequests, ErrorCode::Unavailable, ErrorCode::DiskFull];
                assert!(retried.contains(&refused.code), "{refused:?}");
                true
            });
            if slow_down {
                Clock::System.sleep(SLOW_DOWN_MS).await;
            }
            if slow_down || (last && self.waiting.is_empty()) {
                return socket.page;
            }
        }
    }

    fn settle(&mut self, page: &Page, done: &mut Vec<(Text, i64)>) {
        self.waiting.retain(|text| match page.sent.get(&text.client_id) {
            Some(n) => {
                done.push((text.clone(), *n));
                false
            }
            None => true,
        });
    }

    fn next(&mut self) -> Text {
        self.made += 1;
        // Notes make the two numberings differ.
        let is_note = self.pages == Pages::Console && self.seed.between(1, 3) == 1;
        Text {
            ticket: *self.seed.one_of(&self.tickets),
            client_id: new_client_id(),
            kind: if is_note { PostKind::Note } else { PostKind::Reply },
            text: format!("writer {} text {}", self.name, self.made),
        }
    }
}

/// Follows every ticket from its beginning, through every cut, until it has all of them.
async fn read(mut doors: Doors, tickets: Vec<TicketId>, finish: Arc<Finish>) -> Page {
    let side = usize::from(doors.door.path == "/v1/realtime");
    let mut page = Page::default();
    tickets.iter().for_each(|ticket| page.join(*ticket, 0));
    loop {
        page = match Socket::try_open(&doors.next(), page).await {
            Ok(mut socket) => {
                let mut heard_at = Clock::System.now();
                loop {
                    if finish.reading.load(Ordering::SeqCst) {
                        let mut last = finish.last_n.lock().unwrap()[side].clone();
                        last.retain(|ticket, _| tickets.contains(ticket));
                        let has_all = |page: &Page| last.iter().all(|(ticket, n)| page.feed(*ticket).cursor >= *n);
                        let catching_up = async { while !has_all(&socket.page) && socket.read().await {} };
                        let caught_up = Clock::System.within(CATCH_UP_MS, catching_up).await;
                        let behind = |(ticket, n): (&TicketId, &i64)| {
                            let feed = socket.page.feed(*ticket);
                            (feed.cursor < *n).then_some((*ticket, feed.cursor, *n, feed.reset))
                        };
                        let behind: Vec<_> = last.iter().filter_map(behind).collect();
                        let (closed, pings) = (socket.close_code(), socket.page.pings);
                        assert!(behind.is_empty(), "behind the log: {behind:?} ({caught_up:?}, {closed:?}, {pings})");
                        return socket.page;
                    }
                    tokio::select! {
                        going_on = socket.read() => match going_on {
                            true => heard_at = Clock::System.now(),
                            false => break socket.page,
                        },
                        () = Clock::System.sleep(20) => {}
                    }
                    if Clock::System.now() - heard_at > PATIENCE_MS {
                        break socket.page;
                    }
                }
            }
            Err(page) => {
                Clock::System.sleep(10).await;
                page
            }
        };
    }
}

async fn histories(person: &Person, tickets: &[TicketId]) -> HashMap<TicketId, Vec<Line>> {
    let read = |ticket: TicketId| async move { (ticket, wait::within("a history", person.history(ticket)).await) };
    stream::iter(tickets.iter().copied()).map(read).buffer_unordered(HISTORIES).collect().await
}

fn last_numbers(histories: &HashMap<TicketId, Vec<Line>>) -> HashMap<TicketId, i64> {
    histories.iter().map(|(ticket, lines)| (*ticket, lines.last().unwrap().n)).collect()
}

/// Every acknowledged text is there once, under the number that was acknowledged, and nothing else is.
fn reconcile(written: &[Written], agents: &HashMap<TicketId, Vec<Line>>, requesters: &HashMap<TicketId, Vec<Line>>) {
    let mut expected: HashSet<&str> = HashSet::new();
    for writer in written {
        let histories = if writer.pages == Pages::Console { agents } else { requesters };
        for (text, n) in &writer.acknowledged {
            expected.insert(&text.text);
            let lines = &histories[&text.ticket];
            let found: Vec<_> = lines.iter().filter(|line| line.text() == Some(&text.text)).collect();
            assert_eq!(found.len(), 1, "`{}` is in history exactly once", text.text);
            assert_eq!(found[0].n, *n, "`{}` has the number that was acknowledged", text.text);
            assert_eq!(found[0].client_id, Some(text.client_id));
        }
    }
    for (ticket, lines) in agents {
        let texts = lines.iter().filter_map(Line::text);
        let strange: Vec<_> = texts.filter(|text| text.starts_with("writer") && !expected.contains(text)).collect();
        assert!(strange.is_empty(), "nobody wrote {strange:?}");
        let Some(theirs) = requesters.get(ticket) else { continue };
        let public: Vec<_> = lines.iter().filter(|line| !is_internal(line)).map(|line| &line.body).collect();
        let theirs: Vec<_> = theirs.iter().map(|line| &line.body).collect();
        assert_eq!(public, theirs, "the requester's log is the agents' without notes");
    }
}

/// Whether requesters never see it.
pub fn is_internal(line: &Line) -> bool {
    matches!(
        line.body,
        AgentBody::Note(_)
            | AgentBody::Assigned { .. }
            | AgentBody::Address { .. }
            | AgentBody::Priority { .. }
            | AgentBody::Tagged { .. }
            | AgentBody::Snoozed { .. }
            | AgentBody::Woken
    )
}

/// What a reader applied live, through all the cuts, is the log.
fn same_order(page: &Page, histories: &HashMap<TicketId, Vec<Line>>) {
    for (ticket, feed) in &page.feeds {
        let lines = &histories[ticket];
        assert_eq!(feed.reset, None);
        let upto = usize::try_from(feed.cursor).unwrap();
        assert_eq!(&feed.applied[..], &lines[..upto], "one order for all");
    }
}
