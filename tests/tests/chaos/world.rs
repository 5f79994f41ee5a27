//! Three built nodes on one Postgres, with a Redis between them, an S3 server and a mail server, and a proxy on
//! every way: from each node to each of them, and from the pages to each node. People write, come and go, and
//! everything of theirs is accounted for.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use testkit::{faketime, postgres, redis, s3, smtp};
use tests::load::{Load, Size};
use tests::people::Person;
use tests::process::Process;
use tests::proxy::Proxy;
use tests::seed::Seed;
use tests::visits::Visits;

/// Enough that every ticket is written in by several at once.
const TICKETS: usize = 200;
/// One takes 20 messages a second at most.
const WRITERS: usize = 32;
/// People who come, send a file and leave, at a time.
const VISITORS: usize = 4;
const DATABASE: &str = "chaos";
/// Room for some million messages, of which each takes 1.3 KiB with its indexes, in the memory of the machine.
pub const DISK_MIB: u32 = 4_096;

pub struct World {
    /// It is the part that belongs to every run of the tests.
    pub is_quick: bool,
    pub nodes: Vec<Node>,
    pub postgres: postgres::Server,
    pub redis: redis::Server,
    mails: smtp::Server,
    _s3: s3::Server,
    nora: Person,
    amina: Person,
    seed: Seed,
    loads: usize,
    under_way: Option<(Load, Visits)>,
    _folder: TempDir,
}

/// A node, the ways from it and the way to it.
pub struct Node {
    pub process: Process,
    pub to_postgres: Proxy,
    pub to_redis: Proxy,
    pub to_s3: Proxy,
    pub to_mail: Proxy,
    /// Pages come by it.
    pub door: Proxy,
    clock: PathBuf,
}

impl Node {
    pub fn ways(&self) -> [&Proxy; 4] {
        [&self.to_postgres, &self.to_redis, &self.to_s3, &self.to_mail]
    }

    /// The machine's clock is ahead by this, as this node sees it.
    pub fn clock_is_ahead(&self, seconds: i64) {
        // Replaced as a whole: it is read at any moment.
        let new = self.clock.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(new, &self.clock).unwrap();
    }
}

impl World {
    pub async fn begin(count: usize, is_quick: bool, mut seed: Seed) -> Self {
        let postgres = tokio::task::block_in_place(|| postgres::Server::own(DATABASE, Some(DISK_MIB)));
        let redis = tokio::task::block_in_place(redis::Server::start);
        let (s3, mails) = (s3::Server::start().await, smtp::Server::start(smtp::Script::default()).await);
        let folder = TempDir::new().unwrap();
        let ports = [postgres.port(), redis.port(), s3.port(), mails.port()];
        let mut nodes: Vec<Node> = Vec::new();
        for n in 0..count {
            let first = nodes.first().map(|node| &node.process);
            let mut node = node(n, first, ports, &postgres.url_of_owner(DATABASE), folder.path()).await;
            if let Some(before) = std::env::var_os("HUB_BINARY_BEFORE") {
                node.process.becomes(before.into());
            }
            node.process.start();
            // One after the other: the first one makes the keys.
            node.process.is_ready().await;
            nodes.push(node);
        }
        let site = &nodes[0].process.site;
        // Each start ends the link of the one before.
        let nora = site.first_admin(&nodes[count - 1].process.first_admin_link().await).await;
        let amina = site.visitor();
        let seed = seed.split();
        let (loads, under_way) = (0, None);
        Self { is_quick, nodes, postgres, redis, mails, _s3: s3, nora, amina, seed, loads, under_way, _folder: folder }
    }

    /// People write, come and go.
    pub async fn people_come(&mut self, messages_per_s: u64) {
        self.loads += 1;
        let mut tickets = Vec::new();
        for n in 0..TICKETS {
            tickets.push(self.amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
        }
        let doors: Vec<_> = self.nodes.iter().map(|node| node.door.addr()).collect();
        let size = Size { writers: WRITERS, messages_per_s, nodes: doors.clone() };
        let load = Load::begin(&self.nora, &self.amina, tickets, &size, &mut self.seed);
        let name = format!("visitor{}", self.loads);
        let visits = Visits::begin(&name, VISITORS, &self.nora, &doors, &mut self.seed);
        self.under_way = Some((load, visits));
    }

    /// Everything is as it should be again, and people go on: this many more messages are acknowledged, and
    /// somebody comes, sends a file and is answered.
    pub async fn goes_on(&mut self, messages: usize) {
        for node in &mut self.nodes {
            node.process.is_ready().await;
        }
        let (load, visits) = self.under_way.as_ref().unwrap();
        let goal = (load.acknowledged() + messages, visits.ended() + 1);
        tests::wait::until_within("people go on", 90_000, async || {
            (load.acknowledged() >= goal.0 && visits.ended() >= goal.1).then_some(())
        })
        .await;
    }

    /// People finish, and everything that they did is accounted for; says what it was.
    pub async fn is_whole(&mut self) -> String {
        let (load, visits) = self.under_way.take().unwrap();
        let outcome = load.is_whole(&self.nora, &self.amina).await;
        // What a dead node had taken waits for the end of its lease, what failed for its next try.
        let now_due = || self.leases_end();
        let accounts = visits.are_whole(&self.nora, &self.mails, now_due).await;
        for node in &self.nodes {
            let printed = node.process.printed();
            // A full disk is the one fault that a person has to see to.
            let is_wrong = |line: &&str| {
                line.contains("panicked") || line.contains(" ERROR ") && !line.ends_with("the database's disk is full")
            };
            let wrong: Vec<_> = printed.lines().filter(is_wrong).collect();
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
        format!(
            "{} messages acknowledged, {} sent again; {} visits with a file and two mails each, {} mails twice",
            outcome.acknowledged, outcome.sent_again, accounts.visits, accounts.mails_twice
        )
    }

    pub fn acknowledged(&self) -> usize {
        self.under_way.as_ref().unwrap().0.acknowledged()
    }

    /// Runs a statement as the server's owner, past the proxies.
    pub fn sql(&self, text: &str) {
        tokio::task::block_in_place(|| self.postgres.run_sql("postgres", text));
    }

    /// The time of what nodes have taken to send is over, and of what waits for its next try; what a node works
    /// at in this moment is left to it.
    pub fn leases_end(&self) {
        let due = "with free as (select id from delivery where state = 'queued' for update skip locked) \
                   update delivery set lease_until = 0, due_at = 0 where id in (select id from free)";
        tokio::task::block_in_place(|| self.postgres.run_sql(DATABASE, due));
    }

    /// Whether somebody has stood still in a transaction for half a second.
    pub fn has_idle_transaction(&self) -> bool {
        let idle = format!(
            "select count(*) from pg_stat_activity where datname = '{DATABASE}' \
             and state = 'idle in transaction' and state_change < clock_timestamp() - interval '500 ms'"
        );
        tokio::task::block_in_place(|| self.postgres.run_sql("postgres", &idle)) != "0"
    }

    /// All connections of the nodes end.
    pub fn terminate(&self) {
        self.sql(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{DATABASE}'"));
    }
}

async fn node(n: usize, first: Option<&Process>, ports: [u16; 4], url: &str, folder: &Path) -> Node {
    let mut ways = Vec::new();
    for port in ports {
        ways.push(Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await);
    }
    let way = |at: usize| ways[at].addr().port().to_string();
    let clock = folder.join(format!("clock-{n}"));
    std::fs::write(&clock, "+0\n").unwrap();
    let settings = [
        ("HUB__DATABASE__URL", url.replace(&format!(":{}/", ports[0]), &format!(":{}/", way(0)))),
        ("HUB__REDIS__URLS", format!("redis://127.0.0.1:{}", way(1))),
        ("HUB__FILES__STORE", "s3".to_owned()),
        ("HUB__FILES__S3_ENDPOINT", format!("http://127.0.0.1:{}", way(2))),
        ("HUB__FILES__S3_BUCKET", s3::BUCKET.to_owned()),
        ("HUB__FILES__S3_ACCESS_KEY", s3::ACCESS_KEY.to_owned()),
        ("HUB__FILES__S3_SECRET_KEY", s3::SECRET_KEY.to_owned()),
        ("HUB__MAIL__HOST", "localhost".to_owned()),
        ("HUB__MAIL__PORT", way(3)),
        ("HUB__MAIL__SECURITY", "plain".to_owned()),
        ("HUB__ALERTS__GUEST_QUIET_S", "1".to_owned()),
        ("HUB__ALERTS__GUEST_CAP_S", "5".to_owned()),
        ("HUB__ALERTS__MAILS_PER_S", "100000".to_owned()),
        ("HUB__ALERTS__MAILS_PER_DOMAIN_S", "100000".to_owned()),
        ("HUB__ALERTS__UNCONFIRMED_PER_DOMAIN_HOUR_MAX", "100000".to_owned()),
        ("HUB__ALERTS__UNCONFIRMED_PER_HOUR_MAX", "100000".to_owned()),
        ("HUB__KEYS_DIR", folder.join("keys").display().to_string()),
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "100000".to_owned()),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "100000".to_owned()),
        ("HUB__LOG__LEVEL", "warn".to_owned()),
        // The time of day that it sees is the machine's and what stands in the file.
        ("LD_PRELOAD", faketime::library().display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let process = Process::node(first, &settings);
    let door = Proxy::start(process.site.addr).await;
    let [to_postgres, to_redis, to_s3, to_mail] = ways.try_into().unwrap_or_else(|_| unreachable!("one for each port"));
    Node { process, to_postgres, to_redis, to_s3, to_mail, door, clock }
}
