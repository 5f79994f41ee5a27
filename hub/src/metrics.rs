//! What monitoring reads: numbers that the hub's parts add to as they work, and the state of things at the
//! moment they are asked for. Names, meaning and units stand here and, the same, in docs/OPERATING.md.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds. The bar of design/performance.md is a median of 1.5 ms and 15 ms for 99 of 100.
const DELIVERY_BUCKETS_S: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Clones are the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    delivery: Histogram,
    found: Family<Found, Counter>,
    mails: Family<MailEnd, Counter>,
    sessions: Family<Audience, Gauge>,
    tickets_read: Gauge,
    draining: Gauge,
    writes_queued: Gauge,
    delivery_queued: Family<Waiting, Gauge>,
    outbox: Gauge,
    bus_queued: Gauge,
    bus_up: Gauge,
    bus_deaf: Gauge,
    bus_generation: Gauge,
    bus_silence: Gauge<f64, AtomicU64>,
    bus_words: Family<BusWord, Counter>,
    mails_due: Family<MailLane, Gauge>,
    mails_late: Family<MailLane, Gauge<f64, AtomicU64>>,
    connections: Family<Connections, Gauge>,
}

/// What a position check found that nobody had told this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Row,
    Event,
    Mark,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Event => "event",
            Self::Mark => "mark",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Found {
    what: &'static str,
}

/// What became of a mail that a worker took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    Sent,
    Again,
    Held,
    Cancelled,
    GivenUp,
}

impl MailOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Again => "again",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::GivenUp => "given_up",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailEnd {
    lane: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailLane {
    lane: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Audience {
    audience: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BusWord {
    word: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Waiting {
    what: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

/// How things stand at the moment.
#[derive(Clone, Debug, Default)]
pub struct Now {
    pub agents: usize,
    pub requesters: usize,
    pub tickets_read: usize,
    pub is_draining: bool,
    pub writes_queued: usize,
    /// Batches of what was committed here, and words of the bus, that wait to be brought to connections.
    pub commits_queued: usize,
    pub words_queued: usize,
    /// Bytes that wait for the sockets of all connections.
    pub outbox_bytes: usize,
    pub bus: BusNow,
    pub mails: Vec<MailsNow>,
    /// Pool, connections in use, connections at rest.
    pub pools: Vec<(&'static str, usize, usize)>,
}

/// The mails of a lane that are due.
#[derive(Clone, Copy, Debug)]
pub struct MailsNow {
    pub lane: &'static str,
    /// How many, and for how many seconds the oldest of them has been; `None` while the database does not tell.
    pub due: Option<(i64, f64)>,
}

/// How the way to the other nodes stands; on a lone node all is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct BusNow {
    pub is_up: bool,
    pub is_deaf: bool,
    pub generation: u64,
    /// Seconds since something was heard last.
    pub silence_s: f64,
    /// Words that wait to be told.
    pub queued: usize,
    pub told: u64,
    pub untold: u64,
    pub heard: u64,
    pub not_understood: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("hub"),
            delivery: Histogram::new(DELIVERY_BUCKETS_S),
            found: Family::default(),
            mails: Family::default(),
            sessions: Family::default(),
            tickets_read: Gauge::default(),
            draining: Gauge::default(),
            writes_queued: Gauge::default(),
            delivery_queued: Family::default(),
            outbox: Gauge::default(),
            bus_queued: Gauge::default(),
            bus_up: Gauge::default(),
            bus_deaf: Gauge::default(),
            bus_generation: Gauge::default(),
            bus_silence: Gauge::default(),
            bus_words: Family::default(),
            mails_due: Family::default(),
            mails_late: Family::default(),
            connections: Family::default(),
        };
        inner.register();
        Self { inner: Arc::new(inner) }
    }
}

impl Inner {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register_with_unit(
            "commit_to_socket",
            "From the commit, or from hearing of it, to the write to a socket; of the oldest event of each write",
            Unit::Seconds,
            self.delivery.clone(),
        );
        registry.register(
            "position_check_found",
            "What position checks found that nobody had told this node",
            self.found.clone(),
        );
        registry.register("mails", "Mails by lane and by what became of them", self.mails.clone());
        registry.register("sessions", "Open websockets", self.sessions.clone());
        registry.register("tickets_read", "Tickets with readers on this node", self.tickets_read.clone());
        registry.register("draining", "1 while the node is going away", self.draining.clone());
        registry.register("writes_queued", "Writes that wait for the next commit", self.writes_queued.clone());
        registry.register(
            "delivery_queued",
            "Batches of commits, and words of the bus, that wait to be brought to connections",
            self.delivery_queued.clone(),
        );
        registry.register_with_unit(
            "outbox",
            "What waits for the sockets of all connections",
            Unit::Bytes,
            self.outbox.clone(),
        );
        registry.register("bus_words_queued", "Words that wait to be told to the other nodes", self.bus_queued.clone());
        registry.register("bus_up", "1 while the other nodes are heard", self.bus_up.clone());
        registry.register("bus_deaf", "1 while Redis takes words and none comes back", self.bus_deaf.clone());
        registry.register("bus_generation", "How often the bus was subscribed to", self.bus_generation.clone());
        registry.register_with_unit(
            "bus_silence",
            "Since something was heard over the bus, the node's own probe included",
            Unit::Seconds,
            self.bus_silence.clone(),
        );
        registry.register("bus_words", "Words over the bus, by what became of them", self.bus_words.clone());
        registry.register("mails_due", "Mails that are due and not taken by a worker", self.mails_due.clone());
        registry.register_with_unit(
            "mails_late",
            "For how long the oldest mail that is due has waited",
            Unit::Seconds,
            self.mails_late.clone(),
        );
        registry.register("database_connections", "Connections to the database", self.connections.clone());
    }

    /// What the database does not tell is left out: what was so before is no answer.
    fn set_mails(&self, lanes: &[MailsNow]) {
        for MailsNow { lane, due } in lanes {
            let lane = MailLane { lane };
            match due {
                Some((due, late_s)) => {
                    self.mails_due.get_or_create(&lane).set(*due);
                    self.mails_late.get_or_create(&lane).set(*late_s);
                }
                None => {
                    self.mails_due.remove(&lane);
                    self.mails_late.remove(&lane);
                }
            }
        }
    }
}

impl Metrics {
    /// An event that had waited for so long was written to a socket.
    pub fn delivered(&self, waited_ms: i64) {
        self.inner.delivery.observe(waited_ms.max(0) as f64 / 1_000.0);
    }

    /// A position check found something that nobody had told.
    pub fn found(&self, what: Kind) {
        self.inner.found.get_or_create(&Found { what: what.name() }).inc();
    }

    /// A worker is done with a mail.
    pub fn mail(&self, lane: &'static str, outcome: MailOutcome) {
        self.inner.mails.get_or_create(&MailEnd { lane, outcome: outcome.name() }).inc();
    }

    /// All of it, as OpenMetrics text.
    pub fn text(&self, now: &Now) -> String {
        let inner = &self.inner;
        let set = |gauge: &Gauge, value: usize| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        for (audience, count) in [("agent", now.agents), ("requester", now.requesters)] {
            set(&inner.sessions.get_or_create(&Audience { audience }), count);
        }
        set(&inner.tickets_read, now.tickets_read);
        set(&inner.draining, usize::from(now.is_draining));
        set(&inner.writes_queued, now.writes_queued);
        for (what, count) in [("commits", now.commits_queued), ("words", now.words_queued)] {
            set(&inner.delivery_queued.get_or_create(&Waiting { what }), count);
        }
        set(&inner.outbox, now.outbox_bytes);
        set(&inner.bus_queued, now.bus.queued);
        set(&inner.bus_up, usize::from(now.bus.is_up));
        set(&inner.bus_deaf, usize::from(now.bus.is_deaf));
        inner.bus_generation.set(i64::try_from(now.bus.generation).unwrap_or(i64::MAX));
        inner.bus_silence.set(now.bus.silence_s);
        let words = [
            ("told", now.bus.told),
            ("untold", now.bus.untold),
            ("heard", now.bus.heard),
            ("not_understood", now.bus.not_understood),
        ];
        for (word, count) in words {
            // Counted by the bus itself, and only ever more.
            inner.bus_words.get_or_create(&BusWord { word }).inner().store(count, Ordering::Relaxed);
        }
        inner.set_mails(&now.mails);
        for (pool, in_use, at_rest) in &now.pools {
            set(&inner.connections.get_or_create(&Connections { pool, state: "in_use" }), *in_use);
            set(&inner.connections.get_or_create(&Connections { pool, state: "at_rest" }), *at_rest);
        }
        let mut text = String::new();
        encode(&mut text, &inner.registry).expect("a String takes all that is written");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_what_was_counted_and_how_things_stand() {
        let metrics = Metrics::default();
        metrics.delivered(3);
        metrics.found(Kind::Row);
        metrics.mail("alerts", MailOutcome::GivenUp);
        let bus = BusNow { is_up: true, generation: 2, silence_s: 1.5, queued: 6, told: 7, ..BusNow::default() };
        let now = Now {
            agents: 2,
            commits_queued: 3,
            words_queued: 5,
            outbox_bytes: 1_024,
            bus,
            mails: vec![MailsNow { lane: "codes", due: Some((4, 2.5)) }],
            pools: vec![("reads", 1, 3)],
            ..Now::default()
        };
        let text = metrics.text(&now);
        for line in [
            "hub_commit_to_socket_seconds_bucket{le=\"0.005\"} 1",
            "hub_position_check_found_total{what=\"row\"} 1",
            "hub_mails_total{lane=\"alerts\",outcome=\"given_up\"} 1",
            "hub_sessions{audience=\"agent\"} 2",
            "hub_delivery_queued{what=\"commits\"} 3",
            "hub_delivery_queued{what=\"words\"} 5",
            "hub_outbox_bytes 1024",
            "hub_bus_words_queued 6",
            "hub_bus_up 1",
            "hub_bus_generation 2",
            "hub_bus_silence_seconds 1.5",
            "hub_bus_words_total{word=\"told\"} 7",
            "hub_mails_due{lane=\"codes\"} 4",
            "hub_mails_late_seconds{lane=\"codes\"} 2.5",
            "hub_database_connections{pool=\"reads\",state=\"at_rest\"} 3",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_the_database_cannot_tell_is_left_out() {
        let metrics = Metrics::default();
        let with = |due| Now { mails: vec![MailsNow { lane: "codes", due }], ..Now::default() };
        let told = |due| metrics.text(&with(due)).matches("{lane=\"codes\"}").count();
        assert_eq!((told(Some((4, 2.5))), told(None), told(Some((1, 0.0)))), (2, 0, 2));
    }
}
