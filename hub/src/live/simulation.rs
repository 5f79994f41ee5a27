//! The delivery core (registry, fanout, queues, join, refill, position check) against a store that answers late
//! and a bus that drops, doubles, delays and reorders: two nodes in one thread, every step chosen by a seed.
//!
//! What a page applies is looked at frame by frame. At the end each page must have its whole log: where the bus
//! loses nothing, once it has brought what it had; else it is cut for good, and one position check goes over
//! every node. `SIM_SEED=…` plays one seed again.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{AnyEvent, Cursor, ServerFrame};
use protocol::model::{AgentBody, AgentEvent, Author, Message, Note, PublicBody, PublicEvent, Role, Side};
use protocol::{LoginId, ParticipantId, SiteId, TeamId, TicketId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::connection::{Connection, encode};
use super::fanout::Fanout;
use super::outbox::Refill;
use super::registry::Registry;
use super::{position, resume};
use crate::domain::access::{Agent, Audience, Grant, TicketRef, Visitor, Who, read};
use crate::domain::committed::{Committed, CommittedEvent};
use crate::domain::limits::OUTBOX_BYTES_MAX;
use crate::store::tickets::Position;

const SEEDS: u64 = 10_000;
const STEPS: usize = 60;
const NODES: usize = 2;
const TICKETS: usize = 2;
const PAGES: usize = 4;
/// Some texts are so long that a few of them overflow a queue.
const LONG: usize = OUTBOX_BYTES_MAX / 3;

const SITE: SiteId = SiteId(Uuid::from_u128(1));
const OURS: TeamId = TeamId(Uuid::from_u128(2));
const THEIRS: TeamId = TeamId(Uuid::from_u128(3));
const REQUESTER: ParticipantId = ParticipantId(Uuid::from_u128(4));

/// A ticket's log, as the database has it.
struct Log {
    ticket: TicketRef,
    events: Vec<CommittedEvent>,
}

struct Node {
    registry: Arc<Registry>,
    fanout: Fanout,
    /// Committed here and not yet delivered, in the order of the commits.
    commits: VecDeque<Committed>,
    /// Hints of the others, in any order.
    hints: Vec<Committed>,
    /// A position check that has read and not yet told.
    check: Option<Vec<Position>>,
}

/// A page that lives longer than its connections.
struct Page {
    audience: Audience,
    node: usize,
    connection: Arc<Connection>,
    feeds: HashMap<TicketId, Feed>,
    /// A joining under way: registered, then read, then settled. Nothing is written meanwhile.
    joining: Option<(Vec<Cursor>, Option<Vec<TicketRef>>)>,
    /// What it was for, and what was read once it was.
    refill: Option<(Refill, Option<Read>)>,
}

/// Numbered frames, and where the log stood.
type Read = (Vec<(i64, Utf8Bytes)>, i64);

#[derive(Default)]
struct Feed {
    cursor: i64,
    awaits_sync: bool,
    reset: bool,
}

struct World {
    random: StdRng,
    /// The bus loses words, beside doubling and reordering them.
    is_lossy: bool,
    logs: Vec<Log>,
    nodes: Vec<Node>,
    pages: Vec<Page>,
    ids: u128,
}

#[test]
fn every_page_applies_its_log_whatever_the_bus_and_the_store_do() {
    // Invariants 1, 6, 10, 11, 12, 13, 14, 18, 19 and 23.
    let one = std::env::var("SIM_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
    let seeds = one.map_or(0..SEEDS, |seed| seed..seed + 1);
    for seed in seeds {
        let played = std::panic::catch_unwind(|| World::new(seed).play());
        assert!(played.is_ok(), "SIM_SEED={seed} plays it again");
    }
}

#[test]
fn whoever_lost_a_ticket_by_an_event_that_was_lost_is_shut_out_by_the_next() {
    // R-E9, invariant 12: nothing of the log is refilled to them either.
    let mut world = World::new(0);
    for page in 0..PAGES {
        world.goes_on(page);
        world.goes_on(page);
        world.write(page);
    }
    world.logs[0].append(9, false);
    let next = world.logs[0].append(6, false);
    for node in &world.nodes {
        node.fanout.committed(Committed::Event(Box::new(next.clone())), 0);
    }
    for page in 0..PAGES {
        world.write(page);
        let page = &world.pages[page];
        assert_eq!(page.feeds[&world.logs[0].ticket.id].reset, page.audience == Audience::Agent);
        assert!(!page.feeds[&world.logs[1].ticket.id].reset);
        assert!(page.audience == Audience::Requester || page.connection.outbox().next_refill().is_none());
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let logs = (0..TICKETS).map(|n| Log { ticket: ticket(n), events: Vec::new() }).collect();
        let nodes = (0..NODES).map(|_| Node::new()).collect();
        let mut world = Self {
            random: StdRng::seed_from_u64(seed),
            is_lossy: seed % 2 == 1,
            logs,
            nodes,
            pages: Vec::new(),
            ids: 1_000,
        };
        for n in 0..PAGES {
            let audience = if n % 2 == 0 { Audience::Agent } else { Audience::Requester };
            let connection = world.connection(audience);
            let mut page = Page { audience, node: 0, connection, feeds: HashMap::new(), joining: None, refill: None };
            for log in &world.logs {
                page.feeds.insert(log.ticket.id, Feed::default());
            }
            world.pages.push(page);
            world.connects(n);
        }
        world
    }

    fn play(mut self) {
        for _ in 0..STEPS {
            let page = self.random.random_range(0..PAGES);
            let node = self.random.random_range(0..NODES);
            match self.random.random_range(0..100) {
                0..22 => self.append(node),
                22..40 => self.deliver_commit(node),
                40..55 => self.deliver_hint(node),
                55..75 => self.goes_on(page),
                75..90 => self.write(page),
                90..94 => self.check(node),
                94..97 => self.connects(page),
                97..98 => self.crashes(node),
                _ => self.comes_back_to_what_it_lost(page),
            }
        }
        self.ends();
    }

    /// Something is committed at a node: it tells the others, who may not hear it, or twice.
    fn append(&mut self, node: usize) {
        let at = self.random.random_range(0..TICKETS);
        let (kind, is_long) = (self.random.random_range(0..10), self.random.random_range(0..25) == 0);
        let event = self.logs[at].append(kind, is_long);
        self.nodes[node].commits.push_back(Committed::Event(Box::new(event.clone())));
        for other in (0..NODES).filter(|other| *other != node) {
            // Lost, told once, or told twice.
            let times = [usize::from(!self.is_lossy), 1, 1, 1, 2][self.random.random_range(0..5)];
            for _ in 0..times {
                self.nodes[other].hints.push(Committed::Event(Box::new(event.clone())));
            }
        }
    }

    fn deliver_commit(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        if let Some(committed) = node.commits.pop_front() {
            node.fanout.committed(committed, 0);
        }
        self.holds_its_limits();
    }

    fn deliver_hint(&mut self, node: usize) {
        let hints = self.nodes[node].hints.len();
        if hints > 0 {
            let at = self.random.random_range(0..hints);
            let committed = self.nodes[node].hints.swap_remove(at);
            self.nodes[node].fanout.committed(committed, 0);
        }
        self.holds_its_limits();
    }

    /// The next part of what a connection waits for from the database.
    fn goes_on(&mut self, page: usize) {
        let (logs, nodes) = (&self.logs, &self.nodes);
        let page = &mut self.pages[page];
        match page.joining.take() {
            Some((cursors, None)) => {
                let found = logs.iter().map(|log| log.ticket.clone()).collect();
                page.joining = Some((cursors, Some(found)));
            }
            Some((cursors, Some(found))) => {
                for cursor in cursors {
                    let found = found.iter().find(|ticket| ticket.id == cursor.ticket);
                    resume::settle(&nodes[page.node].registry, &page.connection, found, cursor);
                }
            }
            None => {}
        }
        match page.refill.take() {
            Some((refill, None)) => {
                let log = logs.iter().find(|log| log.ticket.id == refill.ticket).unwrap();
                page.refill = Some((refill, Some((log.after(page.audience, refill.after), log.last_n(page.audience)))));
            }
            Some((refill, Some((events, last_n)))) => {
                let events = events.into_iter().map(|(n, frame)| (n, 0, frame));
                page.connection.outbox().refilled(refill, events, last_n);
            }
            None => page.refill = page.connection.outbox().next_refill().map(|refill| (refill, None)),
        }
    }

    /// The socket takes what waits, and the page applies it.
    fn write(&mut self, page: usize) {
        let page = &mut self.pages[page];
        if page.joining.is_some() {
            return;
        }
        let mut frames = Vec::new();
        page.connection.outbox().take(OUTBOX_BYTES_MAX / 4, &mut frames);
        frames.iter().for_each(|frame| page.apply(frame));
    }

    fn check(&mut self, node: usize) {
        let logs = &self.logs;
        let node = &mut self.nodes[node];
        match node.check.take() {
            None => node.check = Some(logs.iter().map(Log::position).collect()),
            Some(positions) => positions.iter().for_each(|at| _ = position::go_on(&node.registry, at)),
        }
    }

    /// A page goes to some node with its cursors; what it had is gone.
    fn connects(&mut self, page: usize) {
        let connection = self.connection(self.pages[page].audience);
        let node = self.random.random_range(0..NODES);
        let page = &mut self.pages[page];
        self.nodes[page.node].registry.remove(&page.connection);
        (page.node, page.connection, page.refill) = (node, connection, None);
        self.nodes[node].registry.add(&page.connection);
        page.join(&self.nodes[node].registry);
    }

    /// kill -9: what was committed there stays committed, and nobody there was told.
    fn crashes(&mut self, node: usize) {
        self.nodes[node] = Node::new();
        for page in 0..PAGES {
            if self.pages[page].node == node {
                self.connects(page);
            }
        }
    }

    /// A page reads the snapshot of what it was shut out of, where it may, and follows it again.
    fn comes_back_to_what_it_lost(&mut self, page: usize) {
        let (logs, nodes) = (&self.logs, &self.nodes);
        let page = &mut self.pages[page];
        if page.joining.is_some() || !page.feeds.values().any(|feed| feed.reset) {
            return;
        }
        let who = page.connection.who();
        for log in logs {
            let feed = page.feeds.get_mut(&log.ticket.id).unwrap();
            if feed.reset && read(&who, &log.ticket).is_some() {
                *feed = Feed { cursor: log.last_n(page.audience), ..Feed::default() };
                let cursor = Cursor { ticket: log.ticket.id, after: feed.cursor };
                feed.awaits_sync = true;
                resume::register(&nodes[page.node].registry, &page.connection, &[cursor]);
                page.joining = Some((vec![cursor], None));
                return;
            }
        }
    }

    /// Nothing more is committed; every page gets all of its log.
    fn ends(mut self) {
        for node in 0..NODES {
            if self.is_lossy {
                self.nodes[node].hints.clear();
            }
            while !self.nodes[node].hints.is_empty() {
                self.deliver_hint(node);
            }
            while !self.nodes[node].commits.is_empty() {
                self.deliver_commit(node);
            }
        }
        for page in 0..PAGES {
            while self.pages[page].joining.is_some() {
                self.goes_on(page);
            }
        }
        for node in &mut self.nodes {
            node.check = None;
        }
        let checked = if self.is_lossy { NODES } else { 0 };
        for node in 0..checked {
            self.check(node);
            self.check(node);
        }
        for page in 0..PAGES {
            // Each round reads at least one event, or ends.
            while self.pages[page].connection.outbox().bytes() > 0
                || self.pages[page].refill.is_some()
                || self.pages[page].connection.outbox().next_refill().is_some()
            {
                self.goes_on(page);
                self.write(page);
            }
            let page = &self.pages[page];
            for log in &self.logs {
                let feed = &page.feeds[&log.ticket.id];
                assert!(feed.reset || feed.cursor == log.last_n(page.audience), "a page ends behind its log");
                // The position check's rows, which end it where words are lost, are the database's.
                let may_read = read(&page.connection.who(), &log.ticket).is_some();
                assert!(self.is_lossy || feed.reset || may_read, "a page follows what is no longer theirs");
            }
        }
        for page in &self.pages {
            self.nodes[page.node].registry.remove(&page.connection);
        }
        for node in &self.nodes {
            assert_eq!(node.registry.sizes(), (0, 0), "nothing is left when everybody has gone");
        }
    }

    fn holds_its_limits(&self) {
        for page in &self.pages {
            assert!(page.connection.outbox().bytes() <= 2 * OUTBOX_BYTES_MAX, "a queue grew over its limit");
        }
    }

    fn connection(&mut self, audience: Audience) -> Arc<Connection> {
        self.ids += 1;
        let (id, login) = (Uuid::from_u128(self.ids).into(), LoginId(Uuid::from_u128(self.ids)));
        let who = match audience {
            Audience::Agent => Who::Agent(Agent {
                site: SITE,
                login,
                id: ParticipantId(Uuid::from_u128(9)),
                role: Role::Agent,
                teams: vec![OURS],
            }),
            Audience::Requester => {
                let grant = |n| Grant { ticket: ticket(n).id, participant: REQUESTER, proven: true };
                Who::Visitor(Visitor { site: SITE, login, customer: None, grants: (0..TICKETS).map(grant).collect() })
            }
        };
        Arc::new(Connection::new(id, audience, login, who, String::new()))
    }
}

impl Node {
    fn new() -> Self {
        let registry: Arc<Registry> = Arc::default();
        Self {
            fanout: Fanout::new(Arc::clone(&registry)),
            registry,
            commits: VecDeque::new(),
            hints: Vec::new(),
            check: None,
        }
    }
}

impl Log {
    /// Most are messages, some notes; now and then the ticket goes to the other team, or comes back.
    fn append(&mut self, kind: u32, is_long: bool) -> CommittedEvent {
        let before = self.ticket.clone();
        let filling = if is_long { "x".repeat(LONG) } else { String::new() };
        let is_public = kind < 6;
        self.ticket.last_seq += 1;
        self.ticket.last_pub_seq += i64::from(is_public);
        if kind == 9 {
            self.ticket.team = Some(if self.ticket.team == Some(OURS) { THEIRS } else { OURS });
        }
        let author = Author { id: REQUESTER, side: Side::Requester, name: String::new() };
        let text = format!("{}{filling}", if is_public { "public" } else { "internal" });
        let message =
            Message { text: text.clone(), asks: false, attachments: Vec::new(), edited_at: None, redacted_at: None };
        let note = Note { text, attachments: Vec::new(), mentions: Vec::new(), edited_at: None, redacted_at: None };
        let body = if is_public { AgentBody::Message(message.clone()) } else { AgentBody::Note(note) };
        let agent = AgentEvent { n: self.ticket.last_seq, at: 0, author: author.clone(), client_id: None, body };
        let public = is_public.then_some(PublicEvent {
            n: self.ticket.last_pub_seq,
            at: 0,
            author,
            client_id: None,
            body: PublicBody::Message(message),
        });
        let before = (kind == 9).then_some(before);
        let event = CommittedEvent { ticket: self.ticket.clone(), before, agent, public, rows: None };
        self.events.push(event.clone());
        event
    }

    fn last_n(&self, audience: Audience) -> i64 {
        match audience {
            Audience::Agent => self.ticket.last_seq,
            Audience::Requester => self.ticket.last_pub_seq,
        }
    }

    fn position(&self) -> Position {
        let TicketRef { id, last_seq, last_pub_seq, .. } = self.ticket;
        Position { ticket: id, last_seq, last_pub_seq, version: last_seq, pub_version: last_pub_seq }
    }

    /// A page of what comes after a number, as the feed is read.
    fn after(&self, audience: Audience, after: i64) -> Vec<(i64, Utf8Bytes)> {
        let frame = |event| encode(&ServerFrame::Event { ticket: self.ticket.id, event });
        let events = self.events.iter().filter_map(|event| match audience {
            Audience::Agent => Some((event.agent.n, AnyEvent::Agent(event.agent.clone()))),
            Audience::Requester => event.public.clone().map(|event| (event.n, AnyEvent::Public(event))),
        });
        events.filter(|(n, _)| *n > after).take(5).map(|(n, event)| (n, frame(event))).collect()
    }
}

impl Page {
    fn join(&mut self, registry: &Registry) {
        let live = self.feeds.iter_mut().filter(|(_, feed)| !feed.reset);
        let cursors: Vec<_> = live
            .map(|(ticket, feed)| {
                feed.awaits_sync = true;
                Cursor { ticket: *ticket, after: feed.cursor }
            })
            .collect();
        resume::register(registry, &self.connection, &cursors);
        self.joining = Some((cursors, None));
    }

    fn apply(&mut self, frame: &Utf8Bytes) {
        // A tenth of the time that parsing takes.
        let field = |name: &str| {
            let from = frame.find(name)? + name.len();
            Some(frame[from..].split([',', '}', '"']).next().unwrap())
        };
        let ticket = TicketId(field("\"ticket\":\"").unwrap().parse().unwrap());
        let feed = self.feeds.get_mut(&ticket).unwrap();
        match field("\"type\":\"").unwrap() {
            "sync" => {
                assert_eq!(field("\"from\":").unwrap().parse::<i64>().unwrap(), feed.cursor + 1);
                feed.awaits_sync = false;
            }
            "event" => {
                assert!(!feed.reset, "an event after the end of its feed");
                assert!(!feed.awaits_sync, "an event before its sync");
                let n: i64 = field("\"n\":").unwrap().parse().unwrap();
                assert_eq!(n, feed.cursor + 1, "a hole, a double or another order");
                feed.cursor = n;
                assert!(
                    self.audience == Audience::Agent || !frame.contains("internal"),
                    "a note at a requester's page"
                );
            }
            "reset" => feed.reset = true,
            "behind" => {}
            other => panic!("a frame that nothing here causes: {other}"),
        }
    }
}

fn ticket(n: usize) -> TicketRef {
    TicketRef {
        site: SITE,
        id: TicketId(Uuid::from_u128(100 + n as u128)),
        team: Some(OURS),
        assignee: None,
        requester: REQUESTER,
        last_seq: 0,
        last_pub_seq: 0,
    }
}
