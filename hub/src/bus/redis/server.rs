//! Where Redis is: one server, one that sentinels name, or any node of a cluster, which passes on to the
//! others what is published at it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use protocol::Millis;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError, RedisResult,
};
use redis::{TlsCertificates, TlsMode};
use thiserror::Error;

use crate::bus::wire;
use crate::domain::Clock;
use crate::domain::ids::new_id;

/// A cluster's node, or a sentinel, that takes longer is passed over for the next one: after two dead ones the third
/// still has a second of `CONNECT_MS` (invariant 8).
const ADDRESS_MS: u64 = 1_000;

/// Why an address cannot be used, in words for the operator.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadRedis {
    #[error("not an address such as redis://host:6379 or rediss://user:password@host:6379")]
    Address,
    #[error("certificates are always checked: leave out #insecure, and name your own authority in redis.root_file")]
    Unchecked,
    #[error("redis:// and rediss:// side by side: all of them, or none, by TLS")]
    Mixed,
    #[error("sentinels are asked by host and port")]
    SentinelAddress,
}

/// An account at a server.
#[derive(Clone)]
pub struct RedisAccount {
    /// Empty: the server's default user.
    pub user: String,
    pub password: String,
}

/// Where Redis is; clones are the same.
#[derive(Clone)]
pub struct RedisServer {
    addresses: Arc<[ConnectionInfo]>,
    /// The addresses are those of sentinels, which know the server by this name.
    master: Option<Arc<str>>,
    account: Option<RedisAccount>,
    /// Certificates (PEM) to check the server by, instead of those that the machine trusts.
    root: Option<Arc<[u8]>>,
    /// Begins the name of every channel.
    prefix: Arc<str>,
    next: Arc<AtomicUsize>,
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<_> = self.addresses.iter().map(|info| info.addr().to_string()).collect();
        f.debug_struct("RedisServer")
            .field("addresses", &addresses)
            .field("master", &self.master)
            .finish_non_exhaustive()
    }
}

impl RedisServer {
    /// # Errors
    /// When an address is none, or unsafe.
    pub fn new(urls: &[String], prefix: &str) -> Result<Self, BadRedis> {
        let addresses = urls.iter().map(|url| address(url)).collect::<Result<Vec<_>, _>>()?;
        let by_tls = addresses.iter().filter(|info| is_tls(info)).count();
        if by_tls != 0 && by_tls != addresses.len() {
            return Err(BadRedis::Mixed);
        }
        Ok(Self {
            addresses: addresses.into(),
            master: None,
            account: None,
            root: None,
            prefix: prefix.into(),
            next: Arc::default(),
        })
    }

    /// The addresses are those of sentinels, which know the server by this name.
    ///
    /// # Errors
    /// When one of them is no host and port.
    pub fn named_by_sentinels(self, master: &str) -> Result<Self, BadRedis> {
        match self.addresses.iter().all(|info| !matches!(info.addr(), ConnectionAddr::Unix(_))) {
            true => Ok(Self { master: Some(master.into()), ..self }),
            false => Err(BadRedis::SentinelAddress),
        }
    }

    /// Signs in at the server, where its address names no account.
    #[must_use]
    pub fn with_account(self, account: RedisAccount) -> Self {
        Self { account: Some(account), ..self }
    }

    /// Checks the server by these certificates instead of those that the machine trusts.
    #[must_use]
    pub fn with_root(self, pem: Vec<u8>) -> Self {
        Self { root: Some(pem.into()), ..self }
    }

    pub(super) fn channel(&self, shard: usize) -> String {
        format!("{}:{shard}", self.prefix)
    }

    /// A connection that listens. It has no limit of time of its own.
    pub(super) async fn listen(&self, clock: &Clock) -> RedisResult<PubSub> {
        self.connect(clock, |client| async move { client.get_async_pubsub().await }).await
    }

    /// A connection that tells; whoever asks waits this long for an answer.
    pub(super) async fn tell(
        &self,
        clock: &Clock,
        config: &AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let connect = |client: Client| async move { client.get_multiplexed_async_connection_with_config(config).await };
        self.connect(clock, connect).await
    }

    /// Tells something and waits until it comes back: for an operator who asks. Answers the server's time, unless
    /// the account may not ask for it. It has no limit of time of its own.
    ///
    /// # Errors
    /// What Redis says, or why there is no way to it.
    pub async fn look(&self) -> Result<Option<Millis>, String> {
        let said = |error: RedisError| error.to_string();
        let clock = Clock::System;
        let mut connection = self.listen(&clock).await.map_err(said)?;
        connection.subscribe(self.channel(0)).await.map_err(said)?;
        let mut teller = self.tell(&clock, &AsyncConnectionConfig::new()).await.map_err(said)?;
        let probe = wire::probe(new_id(&clock)).text;
        let mut pipe = redis::pipe();
        pipe.cmd("PUBLISH").arg(self.channel(0)).arg(&probe).ignore();
        pipe.query_async::<()>(&mut teller).await.map_err(said)?;
        let mut heard = connection.on_message();
        while let Some(message) = heard.next().await {
            if message.get_payload_bytes() == probe.as_bytes() {
                return Ok(time(&mut teller).await);
            }
        }
        Err("the connection ended".to_owned())
    }

    /// Connects by one address after the other until one of them is well. It begins with the next one each
    /// time: one that connects may be deaf. The last has all the time that is left.
    async fn connect<C, F>(&self, clock: &Clock, connect: impl Fn(Client) -> F) -> RedisResult<C>
    where
        F: Future<Output = RedisResult<C>>,
    {
        let count = self.addresses.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % count;
        let last = first + count - 1;
        let by = async |at: usize| connect(self.client(&self.addresses[at % count]).await?).await;
        for at in first..last {
            if let Some(Ok(connection)) = clock.within(ADDRESS_MS, by(at)).await {
                return Ok(connection);
            }
        }
        by(last).await
    }

    async fn client(&self, address: &ConnectionInfo) -> RedisResult<Client> {
        if let Some(master) = &self.master {
            return self.by_sentinel(address, master)?.build()?.async_get_client().await;
        }
        let mut info = address.clone();
        if let Some(account) = &self.account
            && info.redis_settings().password().is_none()
        {
            let mut settings = info.redis_settings().clone().set_password(&account.password);
            if !account.user.is_empty() {
                settings = settings.set_username(&account.user);
            }
            info = info.set_redis_settings(settings);
        }
        match is_tls(&info) {
            true => Client::build_with_tls(info, self.certificates()),
            false => Client::open(info),
        }
    }

    /// One sentinel at a time: the library waits for the answers of several in their order.
    fn by_sentinel(&self, sentinel: &ConnectionInfo, master: &str) -> RedisResult<SentinelClientBuilder> {
        let address = sentinel.addr().clone();
        let mut builder = SentinelClientBuilder::new([address], master, SentinelServerType::Master)?;
        if is_tls(sentinel) {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_redis_certificates(self.certificates())
                .set_client_to_sentinel_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_certificates(self.certificates());
        }
        if let Some(user) = sentinel.redis_settings().username() {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = sentinel.redis_settings().password() {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if let Some(account) = &self.account {
            builder = builder.set_client_to_redis_password(&account.password);
            if !account.user.is_empty() {
                builder = builder.set_client_to_redis_username(&account.user);
            }
        }
        Ok(builder)
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates { client_tls: None, root_cert: self.root.as_ref().map(|pem| pem.to_vec()) }
    }
}

async fn time(connection: &mut MultiplexedConnection) -> Option<Millis> {
    let (s, us): (Millis, Millis) = redis::cmd("TIME").query_async(connection).await.ok()?;
    Some(s * 1_000 + us / 1_000)
}

fn address(url: &str) -> Result<ConnectionInfo, BadRedis> {
    let info = url.into_connection_info().map_err(|_| BadRedis::Address)?;
    match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => Err(BadRedis::Unchecked),
        _ => Ok(info),
    }
}

fn is_tls(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}
