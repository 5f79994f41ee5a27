//! What operators set: the compiled-in defaults, a file on top, the environment on top of that.
//!
//! Read once, at start; nothing deeper in the code reads a file or the environment for its settings.
//! A value of [`Config`] is checked: it fits together and is not known to be unsafe (R-I8).

mod raw;
mod secret;

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::Origin;
use crate::domain::network::Cidr;
use raw::Raw;
pub use secret::Secret;

/// The defaults, with their documentation.
pub const DEFAULTS: &str = include_str!("default.toml");

#[derive(Clone, Debug)]
pub struct Config {
    /// `None`: localhost, on the port of the first listener.
    pub public_origin: Option<Origin>,
    pub data_dir: PathBuf,
    pub http: Http,
    pub database: Database,
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

    pub fn keys_dir(&self) -> PathBuf {
        self.data_dir.join("keys")
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
