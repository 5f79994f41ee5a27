//! What operators set: the compiled-in defaults, a file on top, the environment on top of that.
//!
//! Read once, at start; nothing deeper in the code reads a file or the environment for its settings.
//! A value of [`Config`] is checked: it fits together and is not known to be unsafe (R-I8).

mod alerts;
mod files;
mod nodes;
mod raw;

mod secret;

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::network::Cidr;
use crate::domain::{Clock, Origin};
use crate::files::FilesError;
use crate::mail::{Account, BadServer, MailError, Mailer, Security, Sender, Senders, Server};
pub use alerts::Alerts;
pub use files::{BucketMissing, Files, Kept, S3};
pub use nodes::Redis;
use raw::Raw;
pub use secret::Secret;

/// The defaults, with their documentation.
pub const DEFAULTS: &str = include_str!("default.toml");

#[derive(Clone, Debug)]
pub struct Config {
    /// `None`: localhost, on the port of the first listener.
    pub public_origin: Option<Origin>,
    pub data_dir: PathBuf,
    /// `None`: in the data directory.
    pub keys_dir: Option<PathBuf>,
    pub http: Http,
    pub database: Database,
    pub redis: Redis,
    pub health: Health,
    pub alerts: Alerts,
    pub mail: Mail,
    pub tickets: Tickets,
    pub files: Files,
    pub limits: Limits,
    pub log: Log,
}

#[derive(Clone, Debug)]
pub struct Http {
    pub listen: Vec<SocketAddr>,
    pub trusted_proxies: Vec<Cidr>,
    pub forwarded_header: String,
    pub connections_max: usize,
}

#[derive(Clone, Debug)]
pub struct Database {
    /// `None`: SQLite in the data directory.
    pub url: Option<Secret>,
    pub connections: u32,
}

/// Where the hub tells how it is.
#[derive(Clone, Debug)]
pub struct Health {
    pub listen: Vec<SocketAddr>,
}

#[derive(Clone, Debug)]
pub struct Mail {
    /// Empty: the local mailbox.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub root_file: Option<PathBuf>,
    /// User and password.
    pub account: Option<(String, Secret)>,
    /// `None`: made from the origin.
    pub alerts_from: Option<Sender>,
    pub security_from: Option<Sender>,
    pub workers: u32,
}

impl Mail {
    /// The server to send by, greeted with a name; `None` while mails stay on this machine.
    ///
    /// # Errors
    /// When it may not be used.
    pub fn server(&self, hello: &str) -> Result<Option<Server>, BadServer> {
        if self.host.is_empty() {
            return Ok(None);
        }
        let account = self
            .account
            .as_ref()
            .map(|(user, password)| Account { user: user.clone(), password: password.reveal().to_owned() });
        let server = Server::new(&self.host, self.port, self.security, account, self.root_file.clone())?;
        Ok(Some(server.greeted_by(hello)))
    }
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tickets {
    /// 0: never.
    pub close_after_days: u32,
    /// 0: for ever.
    pub reopen_within_days: u32,
}

impl Tickets {
    fn reopen_within_ms(self) -> Option<i64> {
        (self.reopen_within_days > 0).then(|| i64::from(self.reopen_within_days) * 24 * 60 * 60 * 1_000)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub new_tickets_per_network_hour_max: i64,
    pub sign_ins_per_network_15_min_max: i64,
    pub writes_per_network_s: u32,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Why the settings cannot be used, in words for the operator.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error(transparent)]
    Unreadable(#[from] config::ConfigError),
    #[error("{key}: {why}")]
    Value { key: &'static str, why: String },
    #[error("{key}: cannot read {path}: {why}")]
    File { key: &'static str, path: PathBuf, why: std::io::Error },
    #[error(
        "public_origin: {0} is not https; a hub that is reached from other machines needs https in front of it, \
         since sign-in cookies travel on it"
    )]
    NotHttps(Origin),
}

impl Config {
    /// The settings in force: defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// For an unknown key, a value that does not fit, or an unsafe combination.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::from_layers(file, None)
    }

    /// The defaults alone, in a data directory: for tests.
    pub fn defaults(data_dir: &Path) -> Self {
        let mut config = Self::from_layers(None, Some(config::Map::new())).expect("the defaults are valid");
        data_dir.clone_into(&mut config.data_dir);
        config
    }

    fn from_layers(file: Option<&Path>, environment: Option<config::Map<String, String>>) -> Result<Self, ConfigError> {
        let raw = Raw::read(file, environment)?;
        raw.check()
    }

    /// Where the database is.
    pub fn database(&self) -> crate::store::Database {
        match &self.database.url {
            None => crate::store::Database::Sqlite { path: self.data_dir.join("hub.sqlite3") },
            Some(url) => crate::store::Database::Postgres {
                url: url.reveal().to_owned(),
                connections: self.database.connections,
            },
        }
    }

    /// What the store goes by.
    pub fn rules(&self) -> crate::store::Rules {
        let (times, reopen_within_ms) = (self.alerts.times(), self.tickets.reopen_within_ms());
        crate::store::Rules { times, reopen_within_ms }
    }

    pub fn keys_dir(&self) -> PathBuf {
        self.keys_dir.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// Where mails go.
    ///
    /// # Errors
    /// When the local mailbox, or the certificates to check the server by, cannot be used.
    pub fn mailer(&self, clock: Clock) -> Result<Mailer, MailError> {
        let port = self.http.listen.first().map_or(0, SocketAddr::port);
        match self.mail.server(self.origin(port).host()).expect("the settings were checked") {
            Some(server) => Mailer::smtp(server, clock),
            None => Mailer::local(&self.mailbox_dir()),
        }
    }

    /// Whom mails are from.
    pub fn senders(&self, origin: &Origin) -> Senders {
        Senders::new(self.mail.alerts_from.clone(), self.mail.security_from.clone(), origin.clone())
    }

    /// Where the bytes of files are.
    ///
    /// # Errors
    /// When the settings make no address of a bucket.
    pub fn files(&self, clock: Clock) -> Result<crate::files::Files, FilesError> {
        self.files.open(&self.data_dir, clock)
    }

    /// The bucket that the settings name, whether files are kept there or not.
    ///
    /// # Errors
    /// When they name none, or not all of it.
    pub fn bucket(&self, clock: Clock) -> Result<crate::files::Files, BucketMissing> {
        self.files.bucket(clock)
    }

    pub fn mailbox_dir(&self) -> PathBuf {
        self.data_dir.join("mailbox")
    }

    /// The origin when the first listener has this port.
    pub fn origin(&self, port: u16) -> Origin {
        self.public_origin.clone().unwrap_or_else(|| Origin::localhost(port))
    }

    /// Every key with its value in force, as a TOML file would have it; secrets are masked.
    pub fn masked(&self) -> String {
        let quoted = |items: Vec<String>| items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
        let origin = self.origin(self.http.listen.first().map_or(0, SocketAddr::port));
        let mut text = String::new();
        let mut line = |key: &str, value: String| {
            let written = if value.is_empty() { writeln!(text, "{key}") } else { writeln!(text, "{key} = {value}") };
            written.expect("a String takes all that is written");
        };
        line("public_origin", format!("{:?}", origin.to_string()));
        line("data_dir", format!("{:?}", self.data_dir.display().to_string()));
        let keys_dir = self.keys_dir.as_deref().unwrap_or(Path::new("")).display().to_string();
        line("keys_dir", format!("{keys_dir:?}"));
        line("\n[http]", String::new());
        line("listen", format!("[{}]", quoted(self.http.listen.iter().map(ToString::to_string).collect())));
        line(
            "trusted_proxies",
            format!("[{}]", quoted(self.http.trusted_proxies.iter().map(ToString::to_string).collect())),
        );
        line("forwarded_header", format!("{:?}", self.http.forwarded_header));
        line("connections_max", self.http.connections_max.to_string());
        line("\n[database]", String::new());
        let url = self.database.url.as_ref().map_or(String::new(), Secret::masked_url);
        line("url", format!("{url:?}"));
        line("connections", self.database.connections.to_string());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let sender = |sender: &Option<Sender>| sender.as_ref().map(ToString::to_string).unwrap_or_default();
        let (user, password) = self.mail.account.as_ref().map_or(("", ""), |(user, _)| (user, "•••"));
        line("\n[redis]", String::new());
        for (key, value) in self.redis.entries() {
            line(key, value);
        }
        line("\n[health]", String::new());
        line("listen", format!("[{}]", quoted(self.health.listen.iter().map(ToString::to_string).collect())));
        line("\n[mail]", String::new());
        line("host", format!("{:?}", self.mail.host));
        line("port", self.mail.port.to_string());
        line("security", format!("{:?}", self.mail.security.name()));
        line("root_file", format!("{:?}", path(&self.mail.root_file)));
        line("user", format!("{user:?}"));
        line("password", format!("{password:?}"));
        line("alerts_from", format!("{:?}", sender(&self.mail.alerts_from)));
        line("security_from", format!("{:?}", sender(&self.mail.security_from)));
        line("workers", self.mail.workers.to_string());
        line("\n[alerts]", String::new());
        for (key, number) in self.alerts.entries() {
            line(key, number.to_string());
        }
        line("\n[tickets]", String::new());
        line("close_after_days", self.tickets.close_after_days.to_string());
        line("reopen_within_days", self.tickets.reopen_within_days.to_string());
        line("\n[files]", String::new());
        for (key, value) in self.files.entries() {
            line(key, value);
        }
        line("\n[limits]", String::new());
        line("new_tickets_per_network_hour_max", self.limits.new_tickets_per_network_hour_max.to_string());
        line("sign_ins_per_network_15_min_max", self.limits.sign_ins_per_network_15_min_max.to_string());
        line("writes_per_network_s", self.limits.writes_per_network_s.to_string());
        line("\n[log]", String::new());
        line("format", format!("{:?}", self.log.format.name()));
        line("level", format!("{:?}", self.log.level));
        text
    }
}

impl LogFormat {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

#[cfg(test)]
mod tests;
