//! kill -9 of the built binary, two hundred times, at random moments, under load: every message that
//! was acknowledged is in history exactly once, and everybody reads one order (invariants 2, 3, 17; R-K7).
//!
//! 50 tickets, 8 writers who together send 500 messages a second, and two readers who resume from their
//! cursors. `SEED=…` repeats the moments; `KILLS=…` makes more of them.
#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hub::domain::Clock;
use protocol::frame::PostKind;
use protocol::model::AgentBody;
use protocol::{ClientId, ErrorCode, TicketId};
use tests::page::{Line, Page};
use tests::people::{Pages, Person};
use tests::process::Process;
use tests::seed::Seed;
use tests::socket::{Door, Socket, new_client_id};
use tests::wait;

const KILLS: usize = 200;
const TICKETS: usize = 50;
const WRITERS: usize = 8;
const MESSAGES_PER_S: u64 = 500;
/// The hub lives this long at most after it answers.
const LIFE_MS_MAX: u64 = 600;
/// A start that is killed before it answers takes this long at most.
const START_MS_MAX: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_lose_nothing_double_nothing_and_reorder_nothing() {
    let mut seed = Seed::new();
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("KILLS is a number"));
    let mut hub = Process::new(&[
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "1000"),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000"),
        ("HUB__LOG__LEVEL", "error"),
    ]);
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let amina = hub.site.visitor();
    let mut tickets = Vec::new();
    for n in 0..TICKETS {
        tickets.push(amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
    }

    let finish = Arc::new(Finish::default());
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let person = if n % 2 == 0 { &nora } else { &amina };
            let writer = Writer::new(n, person, tickets.clone(), seed.split());
            tokio::spawn(writer.run(Arc::clone(&finish)))
        })
        .collect();
    let readers = [&nora, &amina].map(|person| tokio::spawn(read(person.door(), tickets.clone(), Arc::clone(&finish))));

    let mut starts_ms = Vec::new();
    for _ in 0..kills {
        // Every tenth start is killed before it is one.
        if seed.between(1, 10) == 1 {
            Clock::System.sleep(seed.between(0, START_MS_MAX)).await;
        } else {
            let started = Clock::System.now();
            hub.is_ready().await;
            starts_ms.push(Clock::System.now() - started);
            Clock::System.sleep(seed.between(0, LIFE_MS_MAX)).await;
        }
        hub.kill().await;
        hub.start();
    }
    hub.is_ready().await;

    finish.writing.store(true, Ordering::SeqCst);
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.unwrap());
    }
    let (agents, requesters) = (histories(&nora, &tickets).await, histories(&amina, &tickets).await);
    finish.last_n.lock().unwrap().extend([last_numbers(&agents), last_numbers(&requesters)]);
    finish.reading.store(true, Ordering::SeqCst);
    let [agent_page, requester_page] = readers;

    reconcile(&written, &agents, &requesters);
    same_order(&agent_page.await.unwrap(), &agents);
    same_order(&requester_page.await.unwrap(), &requesters);
    let acknowledged: usize = written.iter().map(|writer| writer.acknowledged.len()).sum();
    starts_ms.sort_unstable();
    println!(
        "{kills} kills, {acknowledged} messages acknowledged, {} sent again; start: median {} ms, longest {} ms",
        finish.sent_again.load(Ordering::SeqCst),
        starts_ms[starts_ms.len() / 2],
        starts_ms[starts_ms.len() - 1],
    );
    assert!(acknowledged > 20 * kills, "a load worth the name: {acknowledged}");
}

/// What ends the tasks.
#[derive(Default)]
struct Finish {
    /// Nothing new is written; what waits is sent until it is acknowledged.
    writing: AtomicBool,
    /// Readers end when they have everything.
    reading: AtomicBool,
    /// The last numbers, agents' first.
    last_n: std::sync::Mutex<Vec<HashMap<TicketId, i64>>>,
    sent_again: AtomicUsize,
}

/// A page with texts that are not acknowledged yet, which survive its sockets.
struct Writer {
    name: usize,
    pages: Pages,
    door: Door,
    tickets: Vec<TicketId>,
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
    fn new(name: usize, person: &Person, tickets: Vec<TicketId>, seed: Seed) -> Self {
        let (door, pages) = (person.door(), person.pages);
        Self { name, pages, door, tickets, seed, made: 0, waiting: Vec::new() }
    }

    async fn run(mut self, finish: Arc<Finish>) -> Written {
        let mut page = Page::default();
        let mut acknowledged = Vec::new();
        while !(finish.writing.load(Ordering::SeqCst) && self.waiting.is_empty()) {
            page = match Socket::try_open(&self.door, page).await {
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
        for text in &self.waiting {
            finish.sent_again.fetch_add(1, Ordering::SeqCst);
            socket.send(text.ticket, text.client_id, text.kind, &text.text).await;
        }
        let pause_ms = 1_000 * WRITERS as u64 / MESSAGES_PER_S;
        let mut pause = Box::pin(Clock::System.sleep(pause_ms));
        loop {
            let last = finish.writing.load(Ordering::SeqCst);
            // Reading a frame and a pause lose nothing when they are not finished.
            tokio::select! {
                going_on = socket.read() => if !going_on { return socket.page },
                () = &mut pause => {
                    pause = Box::pin(Clock::System.sleep(pause_ms));
                    if !last {
                        let text = self.next();
                        socket.send(text.ticket, text.client_id, text.kind, &text.text).await;
                        self.waiting.push(text);
                    }
                }
            }
            self.settle(&socket.page, done);
            let slow_down = socket.page.refused.drain(..).any(|refused| {
                let retried = [ErrorCode::TooManyRequests, ErrorCode::Unavailable];
                assert!(retried.contains(&refused.code), "{refused:?}");
                true
            });
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
async fn read(door: Door, tickets: Vec<TicketId>, finish: Arc<Finish>) -> Page {
    let side = usize::from(door.path == "/v1/realtime");
    let mut page = Page::default();
    tickets.iter().for_each(|ticket| page.join(*ticket, 0));
    loop {
        page = match Socket::try_open(&door, page).await {
            Ok(mut socket) => loop {
                if finish.reading.load(Ordering::SeqCst) {
                    let last = finish.last_n.lock().unwrap()[side].clone();
                    for (ticket, n) in last {
                        socket.reaches(ticket, n).await;
                    }
                    return socket.page;
                }
                tokio::select! {
                    going_on = socket.read() => if !going_on { break socket.page },
                    () = Clock::System.sleep(20) => {}
                }
            },
            Err(page) => {
                Clock::System.sleep(10).await;
                page
            }
        };
    }
}

async fn histories(person: &Person, tickets: &[TicketId]) -> HashMap<TicketId, Vec<Line>> {
    let mut all = HashMap::new();
    for ticket in tickets {
        all.insert(*ticket, wait::within("a history", person.history(*ticket)).await);
    }
    all
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
        let public: Vec<_> = lines.iter().filter(|line| !is_internal(line)).map(|line| &line.body).collect();
        let theirs: Vec<_> = requesters[ticket].iter().map(|line| &line.body).collect();
        assert_eq!(public, theirs, "the requester's log is the agents' without notes");
    }
}

fn is_internal(line: &Line) -> bool {
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
    for (ticket, lines) in histories {
        let feed = page.feed(*ticket);
        assert_eq!(feed.reset, None);
        let upto = usize::try_from(feed.cursor).unwrap();
        assert_eq!(&feed.applied[..], &lines[..upto], "one order for all");
    }
}
