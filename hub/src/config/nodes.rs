//! `[redis]`: the bus between several nodes.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::raw::{list, secret, value};
use super::{ConfigError, Secret};
use crate::bus::{BadRedis, RedisAccount, RedisServer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRedis {
    #[serde(deserialize_with = "list")]
    urls: Vec<String>,
    urls_file: PathBuf,
    sentinel_master: String,
    user: String,
    password: String,
    password_file: PathBuf,
    root_file: PathBuf,
    prefix: String,
}

#[derive(Clone, Debug)]
pub struct Redis {
    /// `None`: one node, or several that hear of each other by position checks alone.
    pub server: Option<RedisServer>,
    urls: Vec<Secret>,
    sentinel_master: String,
    user: String,
    has_password: bool,
    root_file: PathBuf,
    prefix: String,
}

impl RawRedis {
    pub(super) fn check(self) -> Result<Redis, ConfigError> {
        // One a line, as in the file: a password may have a comma.
        let urls = secret("redis.urls", self.urls.join("\n"), &self.urls_file)?;
        let urls = urls.iter().flat_map(|urls| urls.reveal().lines()).map(str::trim);
        let urls: Vec<_> = urls.filter(|url| !url.is_empty()).map(str::to_owned).collect();
        let password = secret("redis.password", self.password, &self.password_file)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.prefix.is_empty() || !self.prefix.chars().all(is_plain) {
            return Err(value("redis.prefix", "letters, digits, - _ and ."));
        }
        let account = match password {
            Some(password) => Some(RedisAccount { user: self.user.clone(), password: password.reveal().to_owned() }),
            None if !self.user.is_empty() => {
                return Err(value("redis.password", "a user is set; it has a password"));
            }
            None => None,
        };
        let has_password = account.is_some();
        let server = match urls.is_empty() {
            true => None,
            false => Some(server(&urls, &self.prefix, &self.sentinel_master, account, &self.root_file)?),
        };
        Ok(Redis {
            server,
            urls: urls.into_iter().map(Secret::new).collect(),
            sentinel_master: self.sentinel_master,
            user: self.user,
            has_password,
            root_file: self.root_file,
            prefix: self.prefix,
        })
    }
}

fn server(
    urls: &[String],
    prefix: &str,
    master: &str,
    account: Option<RedisAccount>,
    root_file: &Path,
) -> Result<RedisServer, ConfigError> {
    let bad = |why: BadRedis| value("redis.urls", why);
    let mut server = RedisServer::new(urls, prefix).map_err(bad)?;
    if !master.is_empty() {
        server = server.named_by_sentinels(master).map_err(bad)?;
    }
    if let Some(account) = account {
        server = server.with_account(account);
    }
    if !root_file.as_os_str().is_empty() {
        let pem = std::fs::read(root_file);
        let pem = pem.map_err(|why| ConfigError::File { key: "redis.root_file", path: root_file.to_owned(), why })?;
        server = server.with_root(pem);
    }
    Ok(server)
}

impl Redis {
    /// Every key with its value in force, as a TOML file would have it; secrets are masked.
    pub(super) fn entries(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &str| format!("{text:?}");
        let urls: Vec<_> = self.urls.iter().map(|url| quoted(&url.masked_url())).collect();
        vec![
            ("urls", format!("[{}]", urls.join(", "))),
            ("sentinel_master", quoted(&self.sentinel_master)),
            ("user", quoted(&self.user)),
            ("password", quoted(if self.has_password { "•••" } else { "" })),
            ("root_file", quoted(&self.root_file.display().to_string())),
            ("prefix", quoted(&self.prefix)),
        ]
    }
}
