//! A store on one of the databases, with verbs for what tests do.

use protocol::frame::PostKind;
use protocol::model::{AgentEvent, PublicEvent, Role};
use protocol::{ClientId, LoginId, ParticipantId, SiteId, TeamId, TicketId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::domain::access::{self, Agent, Audience, Visitor, Who};
use crate::domain::clock::ManualClock;
use crate::domain::email::Email;
use crate::domain::message::{Name, Subject, TeamName, Text};
use crate::domain::{Clock, Refusal, ids};
use crate::store::keep::Look;
use crate::store::logins::{Digest, FoundLogin, NewLogin};
use crate::store::sql::{Columns, Sql, all, one, run};
use crate::store::tickets::{AgentView, PublicView};
use crate::store::writer::{Act, Actor, Append, Appended, Opening, OpeningRequester};
use crate::store::{Database, Store, StoreError};

/// 2026-11-22T12:00:00Z.
pub const NOON: i64 = 1_795_348_800_000;
pub const MINUTE: u64 = 60_000;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

pub struct Bench {
    pub store: Store,
    pub clock: ManualClock,
    pub database: Database,
    dir: TempDir,
}

/// An agent with a login.
#[derive(Clone, Copy, Debug)]
pub struct TestAgent {
    pub id: ParticipantId,
    pub login: LoginId,
}

/// A ticket with the login that opened it.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    pub id: TicketId,
    pub requester: ParticipantId,
    pub login: LoginId,
}

impl Bench {
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::Sqlite { path: dir.path().join("hub.db") };
        Self::on(database, dir).await
    }

    pub async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database_url).await.unwrap();
        Self::on(Database::Postgres { url, connections: 9 }, tempfile::tempdir().unwrap()).await
    }

    /// On a database that may have been made before.
    pub async fn on(database: Database, dir: TempDir) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let store = Store::open(database.clone(), clock).await.unwrap();
        Self { store, clock: hand, database, dir }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }

    /// A folder of this bench alone.
    pub fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Another node on the same database. SQLite has one process; there it is another connection.
    pub async fn second_store(&self) -> Store {
        Store::open(self.database.clone(), self.store.clock().clone()).await.unwrap()
    }

    pub async fn finish(self) {
        self.check_logs().await;
        let look = Look::open(&self.database).await.unwrap();
        let found = look.check(self.clock.now()).await.unwrap();
        look.close().await;
        assert!(found.iter().all(|finding| finding.wrong.is_none()), "{found:#?}");
        self.store.close().await;
    }

    /// Invariant 4: `max(seq) = count(*) = last_seq`, and the same of `pub_seq`. A hole left by what was
    /// rolled back (invariant 5) would show here too.
    pub async fn check_logs(&self) {
        let text = "select t.last_seq, t.last_pub_seq, count(*) as n, max(e.seq) as top, count(e.pub_seq) as pub_n, \
                    max(e.pub_seq) as pub_top, t.version, t.pub_version, \
                    (select count(*) from event m where m.ticket_id = t.id and m.kind = 'message' and m.side = 'requester') \
                    as theirs, t.from_requester from ticket t join event e on e.ticket_id = t.id \
                    group by t.id, t.last_seq, t.last_pub_seq, t.version, t.pub_version, t.from_requester";
        for row in all(self.store.db().writes(), Sql::new(text)).await.unwrap() {
            let get = |column: &str| row.get::<i64>(column).unwrap();
            assert_eq!((get("last_seq"), get("last_seq")), (get("n"), get("top")));
            assert_eq!((get("last_pub_seq"), get("last_pub_seq")), (get("pub_n"), get("pub_top")));
            assert_eq!(get("from_requester"), get("theirs"));
            assert!(get("version") >= get("last_seq") && get("pub_version") >= get("last_pub_seq"));
        }
        let lost = self
            .number(
                "select count(*) as n from ticket t where not exists (select 1 from event e where e.ticket_id = t.id)",
            )
            .await;
        assert_eq!(lost, 0, "a ticket without events");
    }

    pub fn site(&self) -> SiteId {
        self.store.site().id
    }

    pub fn id(&self) -> Uuid {
        ids::new_id(self.store.clock())
    }

    pub fn key(&self) -> ClientId {
        ClientId(self.id())
    }

    pub async fn number(&self, sql: &str) -> i64 {
        one(self.store.db().writes(), Sql::new(sql)).await.unwrap().unwrap().get("n").unwrap()
    }

    pub async fn sql(&self, sql: &str) {
        run(self.store.db().writes(), Sql::new(sql)).await.unwrap();
    }

    // ---- People ----

    pub async fn visitor_login(&self) -> LoginId {
        self.login(Audience::Requester, None).await
    }

    pub async fn login(&self, audience: Audience, participant: Option<ParticipantId>) -> LoginId {
        let token: Digest = ids::new_secret();
        self.store.new_login(self.new_login(audience, token, participant)).await.unwrap()
    }

    pub fn new_login(&self, audience: Audience, token: Digest, participant: Option<ParticipantId>) -> NewLogin {
        NewLogin {
            site: self.site(),
            audience,
            token,
            participant,
            browser: "Firefox on Linux".to_owned(),
            idle_ms: 24 * 3_600_000,
            life_ms: 14 * 24 * 3_600_000,
        }
    }

    pub async fn agent(&self, name: &str, role: Role, teams: &[TeamId]) -> TestAgent {
        let email = email(&format!("{}@agents.example", name.to_lowercase()));
        let id = self.store.add_agent(self.site(), &email, &self::name(name), role, teams, None).await.unwrap();
        self.store.set_password(self.site(), id, "hash".to_owned()).await.unwrap();
        TestAgent { id, login: self.login(Audience::Agent, Some(id)).await }
    }

    pub async fn team(&self, name: &str) -> TeamId {
        self.store.add_team(self.site(), &TeamName::parse(name).unwrap(), None).await.unwrap().id
    }

    /// A customer who signed in by a code.
    pub async fn customer(&self, address: &str) -> (ParticipantId, LoginId) {
        let login = self.visitor_login().await;
        let code = crate::store::logins::NewCode {
            site: self.site(),
            login,
            email: email(address),
            locale: "en".to_owned(),
            network: "192.0.2.1/32".to_owned(),
            kid: "k1".to_owned(),
        };
        self.store.ask_code(code).await.unwrap();
        let tried = self.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().unwrap();
        let customer = self.store.use_code(tried.id, login, ids::new_secret()).await.unwrap().unwrap();
        (customer, login)
    }

    pub async fn agent_of(&self, agent: TestAgent) -> Agent {
        match self.found(agent.login).await {
            FoundLogin::Agent(agent) => agent,
            other => panic!("{other:?}"),
        }
    }

    pub async fn visitor_of(&self, login: LoginId) -> Visitor {
        match self.found(login).await {
            FoundLogin::Visitor(visitor) => visitor,
            other => panic!("{other:?}"),
        }
    }

    pub async fn found(&self, login: LoginId) -> FoundLogin {
        self.store.logins(&[login]).await.unwrap().remove(0).1
    }

    // ---- Tickets ----

    pub async fn guest_opens(&self, text: &str) -> Opened {
        let login = self.visitor_login().await;
        self.opens(login, guest("guest@example.org"), text).await
    }

    pub async fn opens(&self, login: LoginId, requester: OpeningRequester, text: &str) -> Opened {
        let opened = self.store.open_ticket(self.opening(login, requester, text)).await.unwrap();
        assert!(!opened.repeated);
        let found = self.store.ticket_ref(self.site(), opened.ticket.id).await.unwrap().unwrap();
        Opened { id: opened.ticket.id, requester: found.requester, login }
    }

    pub fn opening(&self, login: LoginId, requester: OpeningRequester, body: &str) -> Opening {
        Opening {
            site: self.site(),
            login,
            client_id: self.key(),
            requester,
            topic: "payment".to_owned(),
            subject: Subject::parse("", &text(body)).unwrap(),
            text: text(body),
            details: Vec::new(),
            locale: "en".to_owned(),
        }
    }

    pub fn append(&self, ticket: TicketId, actor: Actor, act: Act) -> Append {
        Append { site: self.site(), ticket, actor, client_id: self.key(), act, if_last_n: None }
    }

    pub async fn does(&self, ticket: TicketId, actor: Actor, act: Act) -> Result<Appended, Refusal> {
        refusal(self.store.append(self.append(ticket, actor, act)).await)
    }

    pub async fn says(&self, ticket: Opened, words: &str) -> i64 {
        self.does(ticket.id, Actor::Visitor(ticket.login), reply(words)).await.unwrap().n
    }

    pub async fn answers(&self, ticket: TicketId, agent: TestAgent, words: &str) -> i64 {
        self.does(ticket, Actor::Agent(agent.login), reply(words)).await.unwrap().n
    }

    pub async fn notes(&self, ticket: TicketId, agent: TestAgent, words: &str) -> i64 {
        self.does(ticket, Actor::Agent(agent.login), post(PostKind::Note, words)).await.unwrap().n
    }

    // ---- Reading ----

    pub async fn agent_view(&self, ticket: TicketId, agent: TestAgent) -> AgentView {
        self.agent_page(ticket, agent, None).await
    }

    pub async fn agent_page(&self, ticket: TicketId, agent: TestAgent, before: Option<i64>) -> AgentView {
        let found = self.store.ticket_ref(self.site(), ticket).await.unwrap().unwrap();
        let who = Who::Agent(self.agent_of(agent).await);
        self.store.agent_snapshot(&access::read(&who, &found).unwrap(), before).await.unwrap()
    }

    pub async fn public_view(&self, ticket: Opened) -> PublicView {
        self.public_page(ticket, None).await
    }

    pub async fn public_page(&self, ticket: Opened, before: Option<i64>) -> PublicView {
        let found = self.store.ticket_ref(self.site(), ticket.id).await.unwrap().unwrap();
        let who = Who::Visitor(self.visitor_of(ticket.login).await);
        self.store.public_snapshot(&access::read(&who, &found).unwrap(), before).await.unwrap()
    }

    pub async fn agent_events(&self, ticket: TicketId, after: i64) -> Vec<AgentEvent> {
        let read = self.store.feed_after(ticket, Audience::Agent, after, 500).await.unwrap();
        read.events
            .into_iter()
            .map(|event| match event {
                protocol::frame::AnyEvent::Agent(event) => event,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    pub async fn public_events(&self, ticket: TicketId, after: i64) -> Vec<PublicEvent> {
        let read = self.store.feed_after(ticket, Audience::Requester, after, 500).await.unwrap();
        read.events
            .into_iter()
            .map(|event| match event {
                protocol::frame::AnyEvent::Public(event) => event,
                other => panic!("{other:?}"),
            })
            .collect()
    }
}

pub fn text(words: &str) -> Text {
    Text::parse(words.to_owned()).unwrap()
}

pub fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

pub fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

pub fn guest(address: &str) -> OpeningRequester {
    OpeningRequester::Guest { email: email(address), name: Some(name("Amina")) }
}

pub fn post(kind: PostKind, words: &str) -> Act {
    Act::Post { kind, text: text(words), attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() }
}

pub fn reply(words: &str) -> Act {
    post(PostKind::Reply, words)
}

/// What a caller is told, when the store itself is well.
pub fn refusal<T>(result: Result<T, StoreError>) -> Result<T, Refusal> {
    match result {
        Ok(done) => Ok(done),
        Err(StoreError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

/// Holds the writer up, so that what is sent meanwhile makes one batch.
pub struct Plug {
    store: Store,
    held: sea_orm::DatabaseTransaction,
    waiting: tokio::task::JoinHandle<Result<Appended, StoreError>>,
}

impl Bench {
    /// The writer has taken a post to `ticket` and cannot go on with it.
    pub async fn plug(&self, ticket: Opened) -> Plug {
        self.plug_of(&self.store, ticket).await
    }

    /// The same of another node's writer.
    pub async fn plug_of(&self, store: &Store, ticket: Opened) -> Plug {
        let held = store.db().begin().await.unwrap();
        if self.is_postgres() {
            all(&held, Sql::with("select id from ticket where id = $1 for update", [ticket.id.0.into()]))
                .await
                .unwrap();
        }
        let (node, post) = (store.clone(), self.append(ticket.id, Actor::Visitor(ticket.login), reply("plug")));
        let mut waiting = Box::pin(async move { node.append(post).await });
        // The first poll puts it into the queue.
        assert!(futures_util::poll!(&mut waiting).is_pending());
        let waiting = tokio::spawn(waiting);
        self.wait_until(|| store.inner.queue.is_taken()).await;
        Plug { store: store.clone(), held, waiting }
    }

    /// Sends everything to the plugged writer, in order, while it is held up, and answers what became of it.
    pub async fn in_one_batch<T>(&self, plug: Plug, sends: Vec<impl Future<Output = T>>) -> Vec<T> {
        let queued = sends.len().min(crate::domain::limits::WRITE_QUEUE_MAX);
        let release = async {
            self.wait_until(|| plug.store.inner.queue.queued() == queued).await;
            plug.held.rollback().await.unwrap();
            plug.waiting.await.unwrap().unwrap();
        };
        futures_util::future::join(futures_util::future::join_all(sends), release).await.0
    }

    /// Until so many of Postgres's transactions wait for another one, for half a minute at most.
    pub async fn waits_for_locks(&self, waiting: i64) {
        let text = "select count(*) as n from pg_stat_activity \
                    where datname = current_database() and wait_event_type = 'Lock'";
        let looking = async {
            let look = || one(self.store.db().reads(), Sql::new(text));
            while look().await.unwrap().unwrap().get::<i64>("n").unwrap() < waiting {}
        };
        Clock::System.within(30_000, looking).await.expect("they do not wait");
    }

    /// Turns the runtime until something is so, for half a minute at most.
    pub async fn wait_until(&self, so: impl Fn() -> bool) {
        let turning = async {
            while !so() {
                tokio::task::yield_now().await;
            }
        };
        Clock::System.within(30_000, turning).await.expect("it never came to be so");
    }
}

/// An alert that went out.
#[derive(Clone, Debug)]
pub struct AlertSent {
    pub identity: String,
    pub ticket: TicketId,
    pub cover: i64,
    pub done_at: i64,
}

impl Bench {
    pub async fn alerts_sent(&self) -> Vec<AlertSent> {
        let text =
            "select identity, ticket_id, cover_seq, done_at from delivery where state = 'sent' and cover_seq > 0";
        let rows = all(self.store.db().writes(), Sql::new(text)).await.unwrap();
        let read = rows.iter().map(|row| AlertSent {
            identity: row.get("identity").unwrap(),
            ticket: row.id("ticket_id").unwrap(),
            cover: row.get("cover_seq").unwrap(),
            done_at: row.get("done_at").unwrap(),
        });
        read.collect()
    }
}

impl Bench {
    /// Lets the writer go on; the plug's own caller may have given up.
    pub async fn unplug(&self, plug: Plug) {
        plug.held.rollback().await.unwrap();
        let _ = plug.waiting.await.unwrap();
    }
}
