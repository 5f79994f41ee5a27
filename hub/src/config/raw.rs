//! The settings as they are written, before they are checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use config::{Environment, File, FileFormat, Map};
use serde::{Deserialize, Deserializer};

use super::files::RawFiles;
use super::nodes::RawRedis;
use super::{
    Alerts, Config, ConfigError, DEFAULTS, Database, Health, Http, Limits, Log, LogFormat, Mail, Secret, Tickets,
};
use crate::domain::Origin;
use crate::mail::{BadServer, Security, Sender};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    public_origin: String,
    data_dir: PathBuf,
    keys_dir: PathBuf,
    http: RawHttp,
    database: RawDatabase,
    redis: RawRedis,
    health: RawHealth,
    mail: RawMail,
    alerts: Alerts,
    tickets: Tickets,
    files: RawFiles,
    limits: RawLimits,
    log: RawLog,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHttp {
    #[serde(deserialize_with = "list")]
    listen: Vec<String>,
    #[serde(deserialize_with = "list")]
    trusted_proxies: Vec<String>,
    forwarded_header: String,
    connections_max: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    url: String,
    url_file: PathBuf,
    connections: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHealth {
    #[serde(deserialize_with = "list")]
    listen: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMail {
    host: String,
    port: u16,
    security: String,
    root_file: PathBuf,
    user: String,
    password: String,
    password_file: PathBuf,
    alerts_from: String,
    security_from: String,
    workers: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    new_tickets_per_network_hour_max: i64,
    sign_ins_per_network_15_min_max: i64,
    writes_per_network_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLog {
    format: String,
    level: String,
}

impl Raw {
    /// `environment` stands in for the process's own in tests.
    pub(super) fn read(
        file: Option<&Path>,
        environment: Option<Map<String, String>>,
    ) -> Result<Self, config::ConfigError> {
        let mut layers = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("HUB").prefix_separator("__").separator("__").source(environment);
        layers.add_source(environment).build()?.try_deserialize()
    }

    pub(super) fn check(self) -> Result<Config, ConfigError> {
        let public_origin = parse_origin(&self.public_origin)?;
        let url = secret("database.url", self.database.url, &self.database.url_file)?;
        if let Some(url) = &url
            && !["postgres://", "postgresql://"].iter().any(|scheme| url.reveal().starts_with(scheme))
        {
            return Err(value("database.url", "empty for SQLite, or postgres://…"));
        }
        let redis = self.redis.check()?;
        if redis.server.is_some() && url.is_none() {
            return Err(value("redis.urls", "several nodes share one Postgres, and database.url names none"));
        }
        Ok(Config {
            public_origin,
            data_dir: self.data_dir,
            keys_dir: Some(self.keys_dir).filter(|folder| !folder.as_os_str().is_empty()),
            http: self.http.check()?,
            database: Database { url, connections: at_least_1("database.connections", self.database.connections)? },
            redis,
            health: Health { listen: parse_all("health.listen", &self.health.listen, ADDRESS)? },
            mail: self.mail.check()?,
            alerts: self.alerts.check()?,
            tickets: check_tickets(self.tickets)?,
            files: self.files.check()?,
            limits: Limits {
                new_tickets_per_network_hour_max: self.limits.new_tickets_per_network_hour_max,
                sign_ins_per_network_15_min_max: self.limits.sign_ins_per_network_15_min_max,
                writes_per_network_s: at_least_1("limits.writes_per_network_s", self.limits.writes_per_network_s)?,
            },
            log: self.log.check()?,
        })
    }
}

const ADDRESS: &str = "an address and a port: 127.0.0.1:8080";

/// A hundred years: a longer time is a slip of the pen.
const REOPEN_WITHIN_DAYS_MAX: u32 = 36_500;

/// Only what is closed can be closed for too long.
fn check_tickets(tickets: Tickets) -> Result<Tickets, ConfigError> {
    let key = "tickets.reopen_within_days";
    if tickets.reopen_within_days > REOPEN_WITHIN_DAYS_MAX {
        return Err(value(key, "at most 36500 days; 0 for no limit"));
    }
    if tickets.reopen_within_days > 0 && tickets.close_after_days == 0 {
        return Err(value(key, "counts from when a ticket is closed, and tickets.close_after_days = 0 closes none"));
    }
    Ok(tickets)
}

impl RawHttp {
    fn check(self) -> Result<Http, ConfigError> {
        let listen = parse_all::<SocketAddr>("http.listen", &self.listen, ADDRESS)?;
        if listen.is_empty() {
            return Err(value("http.listen", "at least one address"));
        }
        let trusted_proxies = parse_all("http.trusted_proxies", &self.trusted_proxies, "an address or 10.0.0.0/8")?;
        let forwarded_header = self.forwarded_header.to_ascii_lowercase();
        let plain = forwarded_header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // RFC 7239's own header holds more than addresses.
        if !plain || forwarded_header.is_empty() || forwarded_header == "forwarded" {
            return Err(value("http.forwarded_header", "the name of a header that holds addresses alone"));
        }
        if self.connections_max == 0 {
            return Err(value("http.connections_max", "at least 1"));
        }
        Ok(Http { listen, trusted_proxies, forwarded_header, connections_max: self.connections_max })
    }
}

impl RawMail {
    fn check(self) -> Result<Mail, ConfigError> {
        let security = [Security::Tls, Security::StartTls, Security::Plain]
            .into_iter()
            .find(|security| security.name() == self.security)
            .ok_or_else(|| value("mail.security", "\"tls\", \"starttls\" or \"plain\""))?;
        let password = secret("mail.password", self.password, &self.password_file)?;
        let account = match (self.user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some((self.user, password)),
            (true, Some(_)) => return Err(value("mail.user", "a password is set; it belongs to a user")),
            (false, None) => return Err(value("mail.password", "a user is set; it has a password")),
        };
        let mail = Mail {
            host: self.host,
            port: if self.port == 0 { security.usual_port() } else { self.port },
            security,
            root_file: Some(self.root_file).filter(|file| !file.as_os_str().is_empty()),
            account,
            alerts_from: sender("mail.alerts_from", &self.alerts_from)?,
            security_from: sender("mail.security_from", &self.security_from)?,
            workers: at_least_1("mail.workers", self.workers)?,
        };
        // Told at the start, not when the first mail is due.
        mail.server("localhost").map_err(|why| {
            let key = if why == BadServer::Host { "mail.host" } else { "mail.security" };
            value(key, why)
        })?;
        Ok(mail)
    }
}

impl RawLog {
    fn check(self) -> Result<Log, ConfigError> {
        let format = match self.format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => return Err(value("log.format", "\"text\" or \"json\"")),
        };
        if tracing_subscriber::EnvFilter::try_new(&self.level).is_err() {
            return Err(value("log.level", "error, warn, info, debug, trace, or a filter"));
        }
        Ok(Log { format, level: self.level })
    }
}

fn parse_origin(text: &str) -> Result<Option<Origin>, ConfigError> {
    if text.is_empty() {
        return Ok(None);
    }
    let origin = Origin::parse(text).map_err(|why| value("public_origin", why))?;
    if !origin.is_local() && !origin.is_https() {
        return Err(ConfigError::NotHttps(origin));
    }
    Ok(Some(origin))
}

/// A secret by value, or from a file; not both.
pub(super) fn secret(key: &'static str, by_value: String, file: &Path) -> Result<Option<Secret>, ConfigError> {
    let text = match (by_value.is_empty(), file.as_os_str().is_empty()) {
        (true, true) => return Ok(None),
        (false, true) => by_value,
        (true, false) => std::fs::read_to_string(file)
            .map_err(|why| ConfigError::File { key, path: file.to_owned(), why })?
            .trim()
            .to_owned(),
        (false, false) => return Err(value(key, "given twice, by value and by file")),
    };
    Ok((!text.is_empty()).then(|| Secret::new(text)))
}

fn sender(key: &'static str, text: &str) -> Result<Option<Sender>, ConfigError> {
    if text.is_empty() {
        return Ok(None);
    }
    Sender::parse(text).map(Some).ok_or_else(|| value(key, "an address such as alerts@example.org"))
}

fn parse_all<T: FromStr>(key: &'static str, texts: &[String], form: &str) -> Result<Vec<T>, ConfigError> {
    texts.iter().map(|text| text.parse().map_err(|_| value(key, format!("{text:?} is not {form}")))).collect()
}

pub(super) fn at_least_1(key: &'static str, number: u32) -> Result<u32, ConfigError> {
    if number == 0 { Err(value(key, "at least 1")) } else { Ok(number) }
}

pub(super) fn value(key: &'static str, why: impl ToString) -> ConfigError {
    ConfigError::Value { key, why: why.to_string() }
}

/// A list, or one text with commas, as the environment has it.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Written::deserialize(deserializer)? {
        Written::Many(texts) => texts,
        Written::One(text) => text.split(',').map(str::to_owned).collect(),
    };
    Ok(texts.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect())
}
