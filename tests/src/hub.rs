//! A whole hub in the test's own process: a free port, its own data, the time in the test's hands.
//!
//! [`Hub::run`] starts one, lets a scenario play, and then asks that nothing is left: no session, no
//! entry of a registry, no mail that is due, no error in the log.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;

use hub::app::App;
use hub::auth::links::LinkUse;
use hub::auth::tokens::Token;
use hub::bus::RedisServer;
use hub::config::{Config, Kept, S3, Secret};
use hub::domain::Clock;
use hub::domain::access::Audience;
use hub::domain::clock::ManualClock;
use hub::mail::Security;
use hub::store::alerts::Lane;
use hub::store::logins::FoundLogin;
use hub::store::{Database, Store};
use protocol::http::TicketAction;
use protocol::model::{Role, TeamRef};
use protocol::{LoginId, ParticipantId, TeamId, TicketId};
use serde_json::json;
use tempfile::TempDir;
use testkit::s3;
use tokio::net::TcpListener;

use crate::people::{ADMIN_EMAIL, Pages, Person, Site};
use crate::process::{binary, link_token};
use crate::proxy::Proxy;
use crate::socket::new_client_id;
use crate::stored::Place;
use crate::{logs, wait};

/// When a manual clock begins: some day in 2026.
const BEGIN: i64 = 1_795_000_000_000;
/// How far a manual clock is moved between two looks.
const CLOCK_STEP_MS: u64 = 500;

/// What kind of hub.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    on_postgres: bool,
    behind_proxy: bool,
    logs_statements: bool,
    with_manual_clock: bool,
    change: Option<fn(&mut Config)>,
    mail_port: Option<u16>,
    s3_port: Option<u16>,
    with_previews: bool,
}

/// What several nodes have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub database: String,
    pub keys: PathBuf,
    pub files: PathBuf,
    pub clock: Clock,
    /// Where the node's Redis is; without one it hears of the others by position checks alone.
    pub redis: Option<String>,
}

/// A running hub, as a test holds it.
pub struct Hub {
    pub site: Site,
    app: App,
    database: Database,
    data: TempDir,
    postgres: Option<String>,
    way_to_postgres: Option<Proxy>,
    clock: Option<ManualClock>,
    first_admin: String,
}

impl Setup {
    /// On a database of the test process's own Postgres instead of a file.
    #[must_use]
    pub fn postgres(self) -> Self {
        Self { on_postgres: true, ..self }
    }

    /// On Postgres, with a [`Proxy`] on the way there: [`Hub::way_to_postgres`].
    #[must_use]
    pub fn postgres_behind_proxy(self) -> Self {
        Self { on_postgres: true, behind_proxy: true, ..self }
    }

    /// On Postgres, which writes every statement of the hub's into its log.
    #[must_use]
    pub fn postgres_that_logs_statements(self) -> Self {
        Self { on_postgres: true, logs_statements: true, ..self }
    }

    /// Time stands still but for `hub.clock().advance(…)`.
    #[must_use]
    pub fn manual_clock(self) -> Self {
        Self { with_manual_clock: true, ..self }
    }

    /// Mails go to a server on this port, not into the local mailbox.
    #[must_use]
    pub fn mails_to(self, port: u16) -> Self {
        Self { mail_port: Some(port), ..self }
    }

    /// Files are kept by the S3 server on this port, of `testkit::s3`.
    #[must_use]
    pub fn files_in_s3(self, port: u16) -> Self {
        Self { s3_port: Some(port), ..self }
    }

    /// With previews, by the built binary: a test's own process is no worker.
    #[must_use]
    pub fn with_previews(self) -> Self {
        Self { with_previews: true, ..self }
    }

    pub(crate) fn clock(self) -> (Clock, Option<ManualClock>) {
        match self.with_manual_clock {
            true => {
                let (clock, manual) = Clock::manual(BEGIN);
                (clock, Some(manual))
            }
            false => (Clock::System, None),
        }
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
        let (clock, manual) = setup.clock();
        Self { clock: manual, ..Self::start_with(setup, clock, |_| {}).await }
    }

    /// One of several nodes.
    pub(crate) async fn start_node(setup: Setup, common: &Common) -> Self {
        let node = |config: &mut Config| {
            config.database.url = Some(Secret::new(common.database.clone()));
            config.keys_dir = Some(common.keys.clone());
            config.files.kept = Kept::Local { folder: Some(common.files.clone()) };
            config.redis.server =
                common.redis.as_ref().map(|url| RedisServer::new(std::slice::from_ref(url), "hub").unwrap());
        };
        let manual = match &common.clock {
            Clock::Manual(clock) => Some(clock.clone()),
            Clock::System => None,
        };
        let hub = Self::start_with(setup, common.clock.clone(), node).await;
        Self { postgres: Some(common.database.clone()), clock: manual, ..hub }
    }

    async fn start_with(setup: Setup, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        logs::keep();
        let data = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut config = Config::defaults(&data.path().join("data"));
        // All people of a test come from one network.
        config.limits.writes_per_network_s = 10_000;
        config.limits.new_tickets_per_network_hour_max = 10_000;
        // And their addresses are of one domain.
        (config.alerts.mails_per_s, config.alerts.mails_per_domain_s) = (10_000, 10_000);
        config.alerts.unconfirmed_per_domain_hour_max = 10_000;
        config.alerts.unconfirmed_per_hour_max = 10_000;
        let postgres = setup.on_postgres.then(|| tokio::task::block_in_place(testkit::postgres::fresh_database_url));
        if let Some(url) = postgres.as_ref().filter(|_| setup.logs_statements) {
            let database = url.rsplit('/').next().expect("the URL names the database");
            tokio::task::block_in_place(|| testkit::postgres::server().log_statements_of(database));
        }
        let way_to_postgres = if setup.behind_proxy { Some(proxy_to_postgres().await) } else { None };
        let url = postgres.as_ref().map(|url| way_to_postgres.as_ref().map_or(url.clone(), |way| through(url, way)));
        config.database.url = url.map(Secret::new);
        config.database.connections = 8;
        if let Some(port) = setup.mail_port {
            (config.mail.host, config.mail.port, config.mail.security) =
                ("localhost".to_owned(), port, Security::Plain);
        }
        config.files.previews = setup.with_previews;
        if setup.with_previews {
            config.files.preview_program = Some(tokio::task::block_in_place(binary));
        }
        if let Some(port) = setup.s3_port {
            config.files.kept = Kept::S3(S3 {
                endpoint: format!("http://127.0.0.1:{port}"),
                bucket: s3::BUCKET.to_owned(),
                region: "us-east-1".to_owned(),
                access_key: Secret::new(s3::ACCESS_KEY.to_owned()),
                secret_key: Secret::new(s3::SECRET_KEY.to_owned()),
                path_style: true,
                allow_http: false,
            });
        }
        if let Some(change) = setup.change {
            change(&mut config);
        }
        change(&mut config);
        let database = config.database();
        let mailer = config.mailer(clock.clone()).unwrap();
        let app = App::start(&config, vec![listener], clock, mailer).await.unwrap();
        let site = Site { origin: app.origin().to_string(), addr };
        let first_admin = link_token(&format!("{}\n", app.first_admin_link.as_deref().unwrap())).unwrap();
        Self { site, app, database, data, postgres, way_to_postgres, clock: None, first_admin }
    }

    /// Everybody has gone: nothing may be left of them.
    pub(crate) async fn finish(self) {
        wait::until("no session and no entry is left", async || {
            let sizes = self.sizes();
            (sizes == (0, 0)).then_some(()).ok_or(sizes).ok()
        })
        .await;
        wait::until("no mail is left that is due", async || {
            let store = &self.app.hub().store;
            let is_due = store.is_mail_due(Lane::Codes).await.ok()? || store.is_mail_due(Lane::Alerts).await.ok()?;
            // A worker that somebody else's lock kept from a mail looks again after a second of the hub's time.
            self.clock.iter().filter(|_| is_due).for_each(|clock| clock.advance(1_000));
            (!is_due).then_some(())
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

    /// What a network may do to the hub's connections to Postgres.
    pub fn way_to_postgres(&self) -> &Proxy {
        self.way_to_postgres.as_ref().expect("the setup has a proxy")
    }

    /// Moves the clock step by step until there is an answer; says how far. Tasks need a moment to
    /// see what time it is, so the clock may have gone a little further than it had to.
    pub async fn advances_until(&self, what: &str, mut look: impl AsyncFnMut() -> Option<()>) -> u64 {
        let mut passed_ms = 0;
        // Hundreds of steps, each with a look of its own, on a machine that has other things to do.
        wait::until_within(what, 8 * wait::LIMIT_MS, async || match look().await {
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

    // ---- What live delivery does not hear of ----

    /// The database as another node has it: what is written by it, this hub is told by nobody.
    pub async fn another_node(&self) -> Store {
        Store::open(self.database.clone(), self.app.hub().clock.clone()).await.unwrap()
    }

    /// What the hub does by itself every 20 s.
    pub async fn checks_positions(&self) {
        self.app.live().check_positions().await;
    }

    /// The login behind a person's cookie.
    pub async fn login_of(&self, person: &Person) -> LoginId {
        let (name, audience) = match person.pages {
            Pages::Visitor => ("__Host-hub_visitor", Audience::Requester),
            Pages::Console => ("__Host-hub_agent", Audience::Agent),
        };
        let token = Token::decode(&person.browser.cookie_value(name).unwrap()).unwrap();
        match self.app.hub().store.login(audience, &token.digest()).await.unwrap().unwrap() {
            FoundLogin::Agent(agent) => agent.login,
            FoundLogin::Visitor(visitor) => visitor.login,
            FoundLogin::Expired | FoundLogin::Revoked => panic!("the login has ended"),
        }
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

    // ---- Links ----

    /// The token that mails about a ticket carry for its requester.
    pub async fn link_token(&self, ticket: TicketId, what_for: LinkUse) -> String {
        let hub = self.app.hub();
        let found = hub.store.ticket_ref(hub.store.site().id, ticket).await.unwrap().unwrap();
        let link = hub.store.secure_link(ticket, found.requester, &hub.keys.newest_kid()).await.unwrap();
        hub.keys.link_token(&link, what_for).unwrap().encode()
    }

    /// The token of the mail that tells of a trusted browser.
    pub fn end_trust_token(&self, login: LoginId, ticket: TicketId) -> String {
        let keys = &self.app.hub().keys;
        keys.end_trust_token(&keys.newest_kid(), login, ticket).unwrap().encode()
    }

    // ---- What is kept ----

    /// Whatever waited for the writer is committed: it keeps the order of its queue.
    pub async fn writes_are_done(&self) {
        self.site.guest("somebody@example.org", "in the queue behind it").await;
    }

    /// The audit, oldest first: each act with the rest of its row as text. On Postgres.
    pub fn audit(&self) -> Vec<(String, String)> {
        let dump = String::from_utf8(dump(self.postgres.as_deref().expect("the audit is read on Postgres"))).unwrap();
        let rows = dump.split_once("COPY public.audit ").unwrap().1;
        let mut rows: Vec<_> = rows.lines().skip(1).take_while(|line| *line != "\\.").collect();
        // By their ids, which begin with the time.
        rows.sort_unstable();
        rows.iter().map(|row| (row.split('\t').nth(3).unwrap().to_owned(), (*row).to_owned())).collect()
    }

    /// The hub's own parts, for what no page can ask of it.
    pub fn parts(&self) -> &hub::actions::Hub {
        self.app.hub()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// Where its database is, beside [`Hub::data`].
    pub fn place(&self) -> Place {
        self.postgres.clone().map_or(Place::Sqlite, Place::Postgres)
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

async fn proxy_to_postgres() -> Proxy {
    let port = tokio::task::block_in_place(testkit::postgres::server).port();
    Proxy::start((Ipv4Addr::LOCALHOST, port).into()).await
}

/// The same database, by way of the proxy.
fn through(url: &str, way: &Proxy) -> String {
    let port = testkit::postgres::server().port();
    url.replace(&format!(":{port}/"), &format!(":{}/", way.addr().port()))
}

fn dump(url: &str) -> Vec<u8> {
    let dump = Command::new("pg_dump").arg(url).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    dump.stdout
}
