//! Several hubs in the test's own process, on one Postgres, each with its own way to one Redis.

use std::net::{Ipv4Addr, SocketAddr};

use hub::domain::clock::ManualClock;
use tempfile::TempDir;
use testkit::{postgres, redis};

use crate::hub::{Common, Hub, Setup};
use crate::people::Person;
use crate::proxy::Proxy;

/// The running nodes, and what is between them.
pub struct Nodes {
    pub hubs: Vec<Hub>,
    pub redis: redis::Server,
    /// The nodes' ways to Redis, in their order.
    ways: Vec<Proxy>,
    clock: Option<ManualClock>,
    _folder: TempDir,
}

impl Nodes {
    /// Plays a scenario on two nodes, with Redis between them.
    pub async fn run(setup: Setup, scenario: impl AsyncFnOnce(&mut Self)) {
        Self::run_with(setup, 2, true, scenario).await;
    }

    /// The same without a Redis: what another node wrote is found by position checks alone.
    pub async fn run_apart(setup: Setup, scenario: impl AsyncFnOnce(&mut Self)) {
        Self::run_with(setup, 2, false, scenario).await;
    }

    async fn run_with(setup: Setup, count: usize, by_redis: bool, scenario: impl AsyncFnOnce(&mut Self)) {
        let folder = TempDir::new().unwrap();
        let redis = tokio::task::block_in_place(redis::Server::start);
        let (clock, manual) = setup.clock();
        let mut common = Common {
            database: tokio::task::block_in_place(postgres::fresh_database_url),
            keys: folder.path().join("keys"),
            files: folder.path().join("files"),
            clock,
            redis: None,
        };
        let (mut hubs, mut ways) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let way = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port()))).await;
            common.redis = by_redis.then(|| format!("redis://127.0.0.1:{}", way.addr().port()));
            ways.push(way);
            hubs.push(Hub::start_node(setup, &common).await);
        }
        let mut nodes = Self { hubs, redis, ways, clock: manual, _folder: folder };
        if by_redis {
            nodes.hear_each_other().await;
        }
        scenario(&mut nodes).await;
        for hub in nodes.hubs {
            hub.finish().await;
        }
    }

    /// Every node listens.
    pub async fn hear_each_other(&self) {
        for hub in &self.hubs {
            let mut state = hub.parts().bus.state();
            crate::wait::within("the node hears the bus", state.wait_for(|state| !state.is_cut_off())).await.unwrap();
        }
    }

    /// The node that started last stops.
    pub async fn last_stops(&mut self) {
        self.hubs.pop().expect("a node is left").finish().await;
    }

    /// The first admin, at the first node. The link of the node that started last holds.
    pub async fn admin(&self) -> Person {
        let token = self.hubs[self.hubs.len() - 1].first_admin_token();
        self.hubs[0].site.first_admin(&token).await
    }

    /// The clock of all nodes, with `manual_clock`.
    pub fn clock(&self) -> &ManualClock {
        self.clock.as_ref().expect("the setup has a manual clock")
    }

    /// A node's way to Redis.
    pub fn way(&self, node: usize) -> &Proxy {
        &self.ways[node]
    }
}
