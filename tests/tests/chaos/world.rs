//! Two built nodes on one Postgres with a Redis between them, and a proxy on every way there; a load whose
//! every message is accounted for.

use std::net::{Ipv4Addr, SocketAddr};

use tempfile::TempDir;
use testkit::{postgres, redis};
use tests::load::{Load, Size};
use tests::people::Person;
use tests::process::Process;
use tests::proxy::Proxy;
use tests::seed::Seed;

/// Enough that every ticket is written in by several at once.
const TICKETS: usize = 200;
/// One takes 20 messages a second at most.
const WRITERS: usize = 32;

pub struct World {
    pub nodes: Vec<Process>,
    /// The nodes' ways, in their order.
    pub to_postgres: Vec<Proxy>,
    pub to_redis: Vec<Proxy>,
    pub redis: redis::Server,
    pub database: String,
    pub nora: Person,
    pub amina: Person,
    pub load: Load,
    _keys: TempDir,
}

impl World {
    /// Everything runs, and people write.
    pub async fn begin(count: usize, messages_per_s: u64, seed: &mut Seed) -> Self {
        let url = tokio::task::block_in_place(postgres::fresh_database_url);
        let redis = tokio::task::block_in_place(redis::Server::start);
        let keys = TempDir::new().unwrap();
        let database = url.rsplit('/').next().unwrap().to_owned();
        let (mut nodes, mut to_postgres, mut to_redis) = (Vec::<Process>::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let port = postgres::server().port();
            let way = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
            let url = url.replace(&format!(":{port}/"), &format!(":{}/", way.addr().port()));
            to_postgres.push(way);
            let way = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port()))).await;
            let redis_url = format!("redis://127.0.0.1:{}", way.addr().port());
            to_redis.push(way);
            let settings = [
                ("HUB__DATABASE__URL", url.as_str()),
                ("HUB__REDIS__URLS", redis_url.as_str()),
                ("HUB__KEYS_DIR", keys.path().to_str().unwrap()),
                ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "100000"),
                ("HUB__LIMITS__WRITES_PER_NETWORK_S", "100000"),
                ("HUB__LOG__LEVEL", "warn"),
            ];
            let mut node = Process::node(nodes.first(), &settings);
            node.start();
            // One after the other: the first one makes the keys.
            node.is_ready().await;
            nodes.push(node);
        }
        let site = &nodes[0].site;
        // Each start ends the link of the one before.
        let nora = site.first_admin(&nodes[count - 1].first_admin_link().await).await;
        let amina = site.visitor();
        let mut tickets = Vec::new();
        for n in 0..TICKETS {
            tickets.push(amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
        }
        let size = Size { writers: WRITERS, messages_per_s, nodes: nodes.iter().map(|node| node.site.addr).collect() };
        let load = Load::begin(&nora, &amina, tickets, &size, seed);
        Self { nodes, to_postgres, to_redis, redis, database, nora, amina, load, _keys: keys }
    }

    /// Runs a statement as the server's owner, past the proxies.
    pub fn sql(&self, text: &str) {
        tokio::task::block_in_place(|| postgres::server().run_sql("postgres", text));
    }

    /// Everything is as it should be again, and the load goes on: this many more messages are acknowledged.
    pub async fn goes_on(&mut self, messages: usize) {
        for node in &mut self.nodes {
            node.is_ready().await;
        }
        let goal = self.load.acknowledged() + messages;
        tests::wait::until_within("people write again", 60_000, async || {
            (self.load.acknowledged() >= goal).then_some(())
        })
        .await;
    }
}
