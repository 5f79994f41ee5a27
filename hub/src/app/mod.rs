//! Builds the parts of a hub, starts them in order and stops them in the opposite one.
//!
//! Listeners, clock and mailer come in from outside, so that a test starts a whole hub in its own
//! process, on port 0, with time in its hands.

mod audit;
mod data_dir;
mod time;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::files::sweeper;
use crate::actions::{Hub, Settings, agent_sign_in};
use crate::alerts;
use crate::auth::Keys;
use crate::auth::keys::{KeysError, readable_by_others};
use crate::bus::Bus;
use crate::config::Config;
use crate::domain::limits::DRAIN_MS;
use crate::domain::{Clock, Origin};
use crate::files::FilesError;
use crate::http;
use crate::live::Live;
use crate::mail::{MailError, Mailer};
use crate::store::{Store, StoreError};
pub use data_dir::DataDir;

/// How often the hub looks whether the command line changed somebody's rights.
const ACCESS_LOOK_MS: u64 = 2_000;

/// Monitoring and a proxy ask one at a time.
const HEALTH_CONNECTIONS_MAX: usize = 64;

/// Why a hub did not start, in words for the operator.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("cannot use the data directory {path}: {why}", path = path.display())]
    DataDir { path: PathBuf, why: io::Error },
    #[error(
        "another hub is running on the data in {path}: stop it first, or give this one its own data_dir",
        path = path.display()
    )]
    Held { path: PathBuf },
    #[error("{0} is taken: another program listens there; stop it, or set {1}.listen (HUB__{upper}__LISTEN)", upper = .1.to_uppercase())]
    Taken(SocketAddr, &'static str),
    #[error(
        "a restore into {path} did not come to its end: run the same `hub restore` again",
        path = path.display()
    )]
    HalfRestored { path: PathBuf },
    #[error("cannot listen on {address}: {why}")]
    Listen { address: SocketAddr, why: io::Error },
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(
        "other users of this machine can read {path}: a hub at {origin} does not start with that; chmod 600 it",
        path = path.display()
    )]
    ReadableKeys { path: PathBuf, origin: Origin },
    #[error(
        "the database was written with the key {kid}, which is not in {path} or is another one there: \
         copy the keys of the hub that ran on it, or restore them from the backup",
        path = path.display()
    )]
    OtherKeys { kid: String, path: PathBuf },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("cannot use the store of files: {0}")]
    Files(#[from] FilesError),
}

/// A hub whose parts run, but that answers nobody yet.
pub struct Ready {
    app: Parts,
    listeners: Vec<TcpListener>,
    health: Vec<TcpListener>,
    router: Router,
    connections_max: usize,
    /// While no agent has a password.
    pub first_admin_link: Option<String>,
}

/// A running hub.
pub struct App {
    parts: Parts,
    pub addresses: Vec<SocketAddr>,
    /// Where it tells how it is.
    pub health: Vec<SocketAddr>,
    pub first_admin_link: Option<String>,
    serving: JoinHandle<()>,
}

struct Parts {
    hub: Hub,
    live: Live,
    mailer: Mailer,
    /// No new connections any more.
    leave: CancellationToken,
    /// Ends the background tasks.
    stop: CancellationToken,
    background: TaskTracker,
    _data: DataDir,
}

/// Opens the configured listeners. One of the two loopbacks may be missing on a machine without it.
///
/// # Errors
/// When an address is taken or cannot be used.
pub fn listen(config: &Config) -> Result<Vec<TcpListener>, StartError> {
    bind_all(&config.http.listen, "http")
}

fn bind_all(addresses: &[SocketAddr], section: &'static str) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    let mut missing = None;
    for address in addresses {
        match http::bind(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(StartError::Taken(*address, section)),
            Err(why) if address.ip().is_loopback() => missing = Some((*address, why)),
            Err(why) => return Err(StartError::Listen { address: *address, why }),
        }
    }
    match missing {
        Some((address, why)) if listeners.is_empty() => Err(StartError::Listen { address, why }),
        Some((address, _)) => {
            tracing::debug!(%address, "this machine lacks a loopback address");
            Ok(listeners)
        }
        None => Ok(listeners),
    }
}

impl App {
    /// Starts a hub on listeners that are open already.
    ///
    /// # Errors
    /// When its data, keys or database cannot be used.
    pub async fn start(
        config: &Config,
        listeners: Vec<TcpListener>,
        clock: Clock,
        mailer: Mailer,
    ) -> Result<Self, StartError> {
        Ok(Self::prepare(config, listeners, clock, mailer).await?.serve())
    }

    /// Starts everything but the answering.
    ///
    /// # Errors
    /// When its data, keys or database cannot be used.
    pub async fn prepare(
        config: &Config,
        listeners: Vec<TcpListener>,
        clock: Clock,
        mailer: Mailer,
    ) -> Result<Ready, StartError> {
        let data = DataDir::hold(&config.data_dir)?;
        let health = bind_all(&config.health.listen, "health")?;
        let port = listeners.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
        let origin = config.origin(port);
        let store = Store::open_for_node(config.database(), clock, config.rules()).await?;
        let keys = open_keys(&config.keys_dir(), &store).await?;
        refuse_readable_keys(&config.keys_dir(), &origin)?;
        let freed = store.free_claims().await?;
        if freed > 0 {
            tracing::info!(mails = freed, "mails that were under way when the hub ended are sent again");
        }
        let cut_off = store.free_uploads().await?;
        if cut_off > 0 {
            tracing::info!(files = cut_off, "files that were on their way when the hub ended are removed");
        }
        let files = config.files(store.clock().clone())?;
        let bus = match &config.redis.server {
            // By the machine's time, also where a test moves the hub's clock by hand.
            Some(server) => Bus::redis(server.clone(), Clock::System),
            None => Bus::local(),
        };
        let hub = Hub { bus, ..Hub::new(store, files, keys, settings(config, origin)) };
        let first_admin_link = agent_sign_in::first_admin_link(&hub).await?;
        let live = Live::start(hub.clone());
        let router = http::router(hub.clone(), live.clone(), mailer.clone(), http_settings(config));
        let app = Parts {
            hub,
            live,
            mailer,
            leave: CancellationToken::new(),
            stop: CancellationToken::new(),
            background: TaskTracker::new(),
            _data: data,
        };
        alerts::start(&app.hub, &app.mailer, config.mail.workers, &app.background, &app.stop);
        let after_days = config.tickets.close_after_days;
        app.background.spawn(time::close_rested(app.hub.clone(), after_days, app.stop.clone()));
        app.background.spawn(time::wake_snoozed(app.hub.clone(), app.stop.clone()));
        app.background.spawn(audit::chain(app.hub.clone(), app.stop.clone()));
        app.background.spawn(sweeper::run(app.hub.clone(), app.stop.clone()));
        app.background.spawn(watch_access(app.hub.clone(), app.live.clone(), app.stop.clone()));
        Ok(Ready { app, listeners, health, router, connections_max: config.http.connections_max, first_admin_link })
    }

    pub fn hub(&self) -> &Hub {
        &self.parts.hub
    }

    pub fn live(&self) -> &Live {
        &self.parts.live
    }

    pub fn mailer(&self) -> &Mailer {
        &self.parts.mailer
    }

    pub fn origin(&self) -> &Origin {
        &self.parts.hub.settings.origin
    }

    /// Accepts no more, lets what is under way finish, moves the sockets away, then stops the rest.
    pub async fn stop(self) {
        let Self { parts, serving, .. } = self;
        parts.leave.cancel();
        let served = parts.hub.clock.within(DRAIN_MS, serving);
        let (served, ()) = tokio::join!(served, parts.live.drain());
        if served.is_none() {
            tracing::warn!("some requests did not finish in time");
        }
        if parts.hub.clock.within(DRAIN_MS, parts.hub.uploads.end()).await.is_none() {
            tracing::warn!("some files did not come to their end: they are removed at the next start");
        }
        parts.stop.cancel();
        parts.background.close();
        if parts.hub.clock.within(DRAIN_MS, parts.background.wait()).await.is_none() {
            tracing::warn!("some work in the background did not end in time");
        }
        parts.hub.bus.close().await;
        parts.hub.store.close().await;
    }
}

impl Ready {
    pub fn origin(&self) -> &Origin {
        &self.app.hub.settings.origin
    }

    /// Begins to answer.
    pub fn serve(self) -> App {
        let Self { app: parts, listeners, health, router, connections_max, first_admin_link } = self;
        let (addresses, health_addresses) = (addresses_of(&listeners), addresses_of(&health));
        let (clock, leave) = (parts.hub.clock.clone(), parts.leave.clone());
        let is_https = parts.hub.settings.origin.is_https();
        let served = http::Served { router, connections_max, is_https };
        let serving = tokio::spawn(http::serve(listeners, served, clock.clone(), leave));
        let router = http::health::router(parts.hub.clone(), parts.live.clone());
        let told = http::Served { router, connections_max: HEALTH_CONNECTIONS_MAX, is_https: false };
        // To the end: that the node goes away is told there too.
        parts.background.spawn(http::serve(health, told, clock, parts.stop.clone()));
        App { parts, addresses, health: health_addresses, first_admin_link, serving }
    }
}

fn addresses_of(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}

/// The keys that this database was written with; on a new one the first key is made. Without them
/// every link, code and mail would be void, and a second hub would make its own (decisions.md 4).
///
/// # Errors
/// When they are not there, are others, or cannot be read.
pub async fn open_keys(directory: &Path, store: &Store) -> Result<Keys, StartError> {
    let known = store.newest_key().await?;
    let missing = |kid: &str| StartError::OtherKeys { kid: kid.to_owned(), path: directory.to_owned() };
    let keys = match &known {
        None => Keys::open(directory, store.clock())?,
        Some((kid, print)) => {
            let keys = Keys::read(directory).map_err(|error| match error {
                KeysError::Missing(_) => missing(kid),
                other => other.into(),
            })?;
            if keys.fingerprint(kid).as_deref() != Some(print) {
                return Err(missing(kid));
            }
            keys
        }
    };
    let newest = keys.newest_kid();
    let print = keys.fingerprint(&newest).ok_or_else(|| missing(&newest))?;
    if known.as_ref().is_none_or(|(kid, _)| *kid != newest)
        && !store.set_newest_key(&newest, &print, known.as_ref()).await?
        && store.newest_key().await? != Some((newest.clone(), print))
    {
        // Another hub began on this database at the same time, with keys of its own.
        return Err(missing(&newest));
    }
    Ok(keys)
}

fn refuse_readable_keys(directory: &Path, origin: &Origin) -> Result<(), StartError> {
    let readable = readable_by_others(directory).map_err(|why| KeysError::Io { path: directory.to_owned(), why })?;
    match readable.into_iter().next() {
        Some(path) if !origin.is_local() => Err(StartError::ReadableKeys { path, origin: origin.clone() }),
        Some(path) => {
            tracing::warn!(path = %path.display(), "other users of this machine can read this key: chmod 600 it");
            Ok(())
        }
        None => Ok(()),
    }
}

/// What actions need of the settings.
pub fn settings(config: &Config, origin: Origin) -> Settings {
    Settings {
        senders: config.senders(&origin),
        origin,
        writes_per_network_s: config.limits.writes_per_network_s,
        new_tickets_per_network_hour_max: config.limits.new_tickets_per_network_hour_max,
        sign_ins_per_network_15_min_max: config.limits.sign_ins_per_network_15_min_max,
        alerts: config.alerts.limits(!config.mail.host.is_empty()),
        files: config.files.limits,
    }
}

fn http_settings(config: &Config) -> http::Settings {
    let header = config.http.forwarded_header.parse().expect("the configuration checked the header's name");
    http::Settings { trusted_proxies: config.http.trusted_proxies.clone(), forwarded_header: header }
}

/// The command line changes rights and keys, and bumps a version in the database: then open sockets
/// read their rights anew, and the hub its keys.
async fn watch_access(hub: Hub, live: Live, stop: CancellationToken) {
    let mut known = hub.store.access_version().await.ok();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(ACCESS_LOOK_MS) => {}
        }
        // Not now is soon enough: the position check reads rights too.
        let Ok(version) = hub.store.access_version().await else { continue };
        if known.replace(version) != Some(version) {
            if let Err(error) = hub.keys.reload() {
                tracing::error!(%error, "could not read the keys anew: the ones from before stay in use");
            }
            live.check_positions().await;
        }
    }
}
