//! A whole hub in the test's own process: a free port, its own data, the time in the test's hands.
//!
//! [`Hub::run`] starts one, lets a scenario play, and then asks that nothing is left: no session, no
//! entry of a registry, no mail that is due, no error in the log.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use hub::app::App;
use hub::config::{Config, Secret};
use hub::domain::Clock;
use hub::domain::clock::ManualClock;
use hub::mail::Mailer;
use protocol::http::TicketAction;
use protocol::model::{Role, TeamRef};
use protocol::{ParticipantId, TeamId, TicketId};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::people::{ADMIN_EMAIL, Person, Site};
use crate::process::link_token;
use crate::socket::new_client_id;
use crate::{logs, wait};

/// When a manual clock begins: some day in 2026.
const BEGIN: i64 = 1_795_000_000_000;
/// How far a manual clock is moved between two looks.
const CLOCK_STEP_MS: u64 = 500;

/// What kind of hub.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    on_postgres: bool,
    with_manual_clock: bool,
    change: Option<fn(&mut Config)>,
}

/// A running hub, as a test holds it.
pub struct Hub {
    pub site: Site,
    app: App,
    data: TempDir,
    postgres: Option<String>,
    clock: Option<ManualClock>,
    first_admin: String,
}

impl Setup {
    /// On a database of the test process's own Postgres instead of a file.
    #[must_use]
    pub fn postgres(self) -> Self {
        Self { on_postgres: true, ..self }
    }

    /// Time stands still but for `hub.clock().advance(…)`.
    #[must_use]
    pub fn manual_clock(self) -> Self {
        Self { with_manual_clock: true, ..self }
    }

    /// With other settings.
    #[must_use]
    pub fn config(self, change: fn(&mut Config)) -> Self {
        Self { change: Some(change), ..self }
    }
}

impl Hub {
    /// Plays a scenario on a hub of its own.
    pub async fn run(setup: Setup, scenario: impl AsyncFnOnce(&Self)) {
        let hub = Self::start(setup).await;
        scenario(&hub).await;
        hub.finish().await;
    }

    async fn start(setup: Setup) -> Self {
        logs::keep();
        let data = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut config = Config::defaults(&data.path().join("data"));
        // All people of a test come from one network.
        config.limits.writes_per_network_s = 10_000;
        config.limits.new_tickets_per_network_hour_max = 10_000;
        let postgres = setup.on_postgres.then(|| tokio::task::block_in_place(testkit::postgres::fresh_database_url));
        config.database.url = postgres.clone().map(Secret::new);
        config.database.connections = 8;
        if let Some(change) = setup.change {
            change(&mut config);
        }
        let (clock, manual) = match setup.with_manual_clock {
            true => {
                let (clock, manual) = Clock::manual(BEGIN);
                (clock, Some(manual))
            }
            false => (Clock::System, None),
        };
        let mailer = Mailer::local(&config.mailbox_dir()).unwrap();
        let app = App::start(&config, vec![listener], clock, mailer).await.unwrap();
        let site = Site { origin: app.origin().to_string(), addr };
        let first_admin = link_token(&format!("{}\n", app.first_admin_link.as_deref().unwrap())).unwrap();
        Self { site, app, data, postgres, clock: manual, first_admin }
    }

    /// Everybody has gone: nothing may be left of them.
    async fn finish(self) {
        wait::until("no session and no entry is left", async || {
            let sizes = self.sizes();
            (sizes == (0, 0)).then_some(()).ok_or(sizes).ok()
        })
        .await;
        wait::until("no mail is left that is due", async || {
            // A lease of no length: the worker can claim it again at once.
            let due = self.app.hub().store.claim_mails(1, 0).await.unwrap();
            due.is_empty().then_some(())
        })
        .await;
        wait::within("the hub stops", self.app.stop()).await;
        let errors = logs::errors();
        assert!(errors.is_empty(), "logged by a hub of this process: {errors:#?}");
    }

    /// The clock of a hub with `manual_clock`.
    pub fn clock(&self) -> &ManualClock {
        self.clock.as_ref().expect("the setup has a manual clock")
    }

    /// Moves the clock step by step until there is an answer; says how far. Tasks need a moment to
    /// see what time it is, so the clock may have gone a little further than it had to.
    pub async fn advances_until(&self, what: &str, mut look: impl AsyncFnMut() -> Option<()>) -> u64 {
        let mut passed_ms = 0;
        wait::until(what, async || match look().await {
            Some(()) => Some(passed_ms),
            None => {
                self.clock().advance(CLOCK_STEP_MS);
                passed_ms += CLOCK_STEP_MS;
                None
            }
        })
        .await
    }

    pub fn addr(&self) -> SocketAddr {
        self.site.addr
    }

    /// Open sessions, and entries of the registries.
    pub fn sizes(&self) -> (usize, usize) {
        self.app.live().sizes()
    }

    pub fn connections(&self) -> usize {
        self.sizes().0
    }

    // ---- People ----

    /// The token of the link that makes the first admin.
    pub fn first_admin_token(&self) -> String {
        self.first_admin.clone()
    }

    /// The first admin, Nora Lind. Once per hub.
    pub async fn admin(&self) -> Person {
        self.site.first_admin(&self.first_admin).await
    }

    /// The first admin in one more browser.
    pub async fn signs_in_as_admin(&self) -> Person {
        if self.app.hub().store.has_agents(self.app.hub().store.site().id).await.unwrap() {
            self.site.agent_signs_in(ADMIN_EMAIL).await
        } else {
            self.admin().await
        }
    }

    /// An agent of no team.
    pub async fn agent(&self, admin: &Person, name: &str) -> Person {
        self.site.agent(admin, name, Role::Agent, Vec::new()).await
    }

    pub async fn team(&self, admin: &Person, name: &str) -> TeamId {
        let team: TeamRef =
            admin.browser.post_once(new_client_id(), "/v1/agent/teams", json!({ "name": name })).await.unwrap();
        team.id
    }

    pub async fn assign(&self, by: &Person, ticket: TicketId, team: Option<TeamId>, agent: Option<ParticipantId>) {
        by.decides(ticket, TicketAction::Assign { team, agent }).await.unwrap();
    }

    /// The admin and a guest with her ticket, both of whom follow it live from its beginning.
    pub async fn conversation(&self) -> (Person, Person, TicketId) {
        let mut nora = self.signs_in_as_admin().await;
        let (mut amina, ticket) = self.site.guest("amina@example.org", "Where is my parcel?").await;
        nora.follows(ticket.id).await;
        amina.follows(ticket.id).await;
        (nora, amina, ticket.id)
    }

    // ---- What is kept ----

    /// Whatever waited for the writer is committed: it keeps the order of its queue.
    pub async fn writes_are_done(&self) {
        self.site.guest("somebody@example.org", "in the queue behind it").await;
    }

    /// Whether a query could find this text. Postgres alone: a file of SQLite holds what was there
    /// before, too, until it is written over.
    pub fn database_tells(&self, text: &str) -> bool {
        self.postgres.as_deref().is_some_and(|url| dump(url).windows(text.len()).any(|part| part == text.as_bytes()))
    }

    /// Whether this text stands anywhere in the database.
    pub async fn database_holds(&self, text: &str) -> bool {
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        if let Some(url) = &self.postgres {
            return holds(&dump(url));
        }
        // The file and its log.
        let files = fs::read_dir(self.data.path().join("data")).unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
        assert!(files.iter().any(|path| path.ends_with("hub.sqlite3")));
        files.iter().any(|path| holds(&fs::read(path).unwrap()))
    }
}

fn dump(url: &str) -> Vec<u8> {
    let dump = Command::new("pg_dump").arg(url).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    dump.stdout
}
