//! `hub demo`: a workspace full of life, to look around in. It is made by the same actions that people
//! take, on a clock that runs through the last days in a moment, in a data directory of its own; two
//! conversations go on while it runs. Nothing of it leaves the machine.

mod life;
mod making;
mod phrases;
mod story;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use protocol::{LoginId, ParticipantId, TicketId};
use serde::{Deserialize, Serialize};

use crate::actions::Hub;
use crate::auth::Token;
use crate::config::{Config, Kept};
use crate::domain::access::Audience;
use crate::store::StoreError;
use crate::store::logins::NewLogin;
pub use life::live;
pub use making::{MakeError, make};

const FILE: &str = "demo.json";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What the workspace's people sign in with outlives the days that it tells of.
const LOGIN_LIFE_MS: i64 = 30 * DAY_MS;

/// What is kept of a demo beside its data, for the next start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Demo {
    /// Every agent's; made for this workspace alone.
    pub password: String,
    dialogues: Vec<Place>,
}

/// Where one of the conversations that go on is, and between whom.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    ticket: TicketId,
    requester: ParticipantId,
    agent: ParticipantId,
}

impl Demo {
    /// The settings of a demo: its own directory beside the hub's, one file as the database, and no mail
    /// that leaves the machine.
    pub fn config(config: &Config) -> Config {
        let mut config = config.clone();
        config.data_dir = beside(&config.data_dir, "-demo");
        config.database.url = None;
        config.mail.host.clear();
        config.files.kept = Kept::Local { folder: None };
        config
    }

    /// The demo that was made in this directory; `None`: there is none.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn read(data_dir: &Path) -> std::io::Result<Option<Self>> {
        match fs::read(data_dir.join(FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(data_dir.join(FILE))?.write_all(&serde_json::to_vec_pretty(self)?)
    }

    /// Whom one may sign in as.
    pub fn people() -> String {
        let mut text = String::new();
        for agent in story::AGENTS {
            text.push_str(&format!("    {:<26}{} ({:?})\n", agent.email, agent.name, agent.role));
        }
        text
    }

    /// Customers sign in by a code that comes to the mailbox.
    pub fn customers() -> String {
        let customers = story::REQUESTERS.iter().filter(|requester| requester.is_customer);
        customers.map(|customer| format!("    {:<26}{}\n", customer.email, customer.name)).collect()
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Signs somebody in without their doing, a visitor as nobody yet.
async fn sign_in(
    hub: &Hub,
    audience: Audience,
    participant: Option<ParticipantId>,
) -> Result<(LoginId, Token), StoreError> {
    let token = Token::random();
    let new = NewLogin {
        site: hub.store.site().id,
        audience,
        token: token.digest(),
        participant,
        browser: "Firefox on Linux".to_owned(),
        idle_ms: LOGIN_LIFE_MS,
        life_ms: LOGIN_LIFE_MS,
    };
    Ok((hub.store.new_login(new).await?, token))
}
