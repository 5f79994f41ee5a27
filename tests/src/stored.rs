//! What a [`Process`](crate::process::Process) keeps, written and read while it does not run: what it finds at its
//! start, and what it left.

use std::path::Path;

use hub::domain::Clock;
use hub::domain::access::Audience;
use hub::domain::email::Email;
use hub::domain::ids::new_secret;
use hub::domain::message::{Name, Subject, Text};
use hub::store::logins::NewLogin;
use hub::store::writer::{Act, Actor, Append, Opening, OpeningRequester};
use hub::store::{Database, Rules, Store};
use protocol::frame::PostKind;
use protocol::model::Role;
use protocol::{LoginId, ParticipantId, TicketId};

use crate::socket::new_client_id;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where the hub's data are.
pub enum Place {
    /// In the data directory.
    Sqlite,
    /// At this address.
    Postgres(String),
}

impl Place {
    /// A database of the test process's own Postgres.
    pub fn postgres() -> Self {
        Self::Postgres(tokio::task::block_in_place(testkit::postgres::fresh_database_url))
    }

    /// The setting that tells the hub.
    pub fn setting(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(url) => Some(("HUB__DATABASE__URL", url)),
        }
    }

    pub async fn open(&self, data: &Path, clock: Clock, rules: Rules) -> Store {
        let database = match self {
            Self::Sqlite => Database::Sqlite { path: data.join("hub.sqlite3") },
            Self::Postgres(url) => Database::Postgres { url: url.clone(), connections: 6 },
        };
        Store::open_for_node(database, clock, rules).await.unwrap()
    }
}

/// A lead who is signed in somewhere.
pub async fn lead(store: &Store) -> LoginId {
    let (name, email) = (Name::parse("Ines").unwrap(), Email::parse("ines@agents.example").unwrap());
    let ines = store.add_agent(store.site().id, &email, &name, Role::Lead, &[], None).await.unwrap();
    store.set_password(store.site().id, ines, "nobody's".to_owned()).await.unwrap();
    login(store, Audience::Agent, Some(ines)).await
}

async fn login(store: &Store, audience: Audience, participant: Option<ParticipantId>) -> LoginId {
    let new = NewLogin {
        site: store.site().id,
        audience,
        token: new_secret(),
        participant,
        browser: "Firefox on Linux".to_owned(),
        idle_ms: DAY_MS,
        life_ms: DAY_MS,
    };
    store.new_login(new).await.unwrap()
}

/// A guest opens a ticket in a browser of their own.
pub async fn guest_opens(store: &Store, address: &str) -> TicketId {
    let text = Text::parse("Where is my parcel?".to_owned()).unwrap();
    let opening = Opening {
        site: store.site().id,
        login: login(store, Audience::Requester, None).await,
        client_id: new_client_id(),
        requester: OpeningRequester::Guest { email: Email::parse(address).unwrap(), name: None },
        topic: "payment".to_owned(),
        subject: Subject::parse("", &text).unwrap(),
        text,
        details: Vec::new(),
        locale: "en".to_owned(),
    };
    store.open_ticket(opening).await.unwrap().ticket.id
}

pub async fn agent_does(store: &Store, agent: LoginId, ticket: TicketId, act: Act) {
    let (site, actor, client_id) = (store.site().id, Actor::Agent(agent), new_client_id());
    store.append(Append { site, ticket, actor, client_id, act, if_last_n: None }).await.unwrap();
}

pub fn reply(text: &str) -> Act {
    let text = Text::parse(text.to_owned()).unwrap();
    Act::Post { kind: PostKind::Reply, text, attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() }
}
