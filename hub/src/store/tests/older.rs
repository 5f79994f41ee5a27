//! From every earlier step of the schema to the newest: what was there is there, and a conversation goes on
//! (R-K16). And older nodes go on while a newer one waits for a table.

use protocol::model::AgentBody;
use protocol::{LoginId, ParticipantId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use uuid::Uuid;

use super::bench::{Bench, Opened, TestAgent};
use super::on_both;
use super::search::page;
use crate::domain::Clock;
use crate::store::db::{Db, begin_on, begin_to_look, commit, rollback};
use crate::store::migrate::{apply, known};
use crate::store::sql::{Columns, Sql, all, one, run};
use crate::store::{Database, Store};

on_both! {
    a_conversation_of_every_earlier_step_goes_on,
    older_nodes_go_on_while_a_step_waits_for_a_table,
}

/// What the first step's rows hold.
const ROWS: &str = include_str!("first_rows.sql");
const TICKET: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0006);
const AMINA: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0002);
const INES: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0003);
const BROWSER: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0005);
const CONSOLE: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_000a);

/// A step's own rows, beside those of the first one.
const LATER_ROWS: [(i64, &str); 4] = [
    (5, "insert into ticket_tag (ticket_id, site_id, folded) select id, site_id, 'parcel' from ticket"),
    (
        8,
        "insert into mention (ticket_id, seq, agent_id, site_id, at) select t.id, 3, p.id, t.site_id, 1790000002000 \
         from ticket t, participant p where p.kind = 'agent'",
    ),
    (
        10,
        "insert into macro (id, site_id, name, content, place, created_at) \
          select id, id, 'Thanks', '{\"text\":\"Thanks\",\"actions\":{}}', 0, 1790000000000 from site",
    ),
    (
        12,
        "insert into draft (agent_id, ticket_id, kind, site_id, text, revision, at) select p.id, t.id, 'reply', \
          t.site_id, 'half a sent', t.id, 1790000004000 from ticket t, participant p where p.kind = 'agent'",
    ),
];

async fn a_conversation_of_every_earlier_step_goes_on(bench: &Bench) {
    let newest = shape(&bench.store.db().begin().await.unwrap()).await;
    for step in 1..=known() {
        let (database, dir) = empty_place(bench.is_postgres()).await;
        let before = as_of(&database, step).await;
        let old = Bench::on(database, dir).await;
        let tx = old.store.db().begin().await.unwrap();
        assert_eq!(shape(&tx).await, newest, "from step {step}");
        assert_eq!(rows(&tx).await, before, "from step {step}");
        tx.rollback().await.unwrap();
        goes_on(&old).await;
        old.finish().await;
    }
}

async fn goes_on(old: &Bench) {
    let amina = Opened { id: TicketId(TICKET), requester: ParticipantId(AMINA), login: LoginId(BROWSER) };
    let ines = TestAgent { id: ParticipantId(INES), login: LoginId(CONSOLE) };
    assert_eq!(old.says(amina, "It came, thank you").await, 4);
    // Her message opened the ticket again, which is an event too.
    assert_eq!(old.answers(amina.id, ines, "Glad to hear").await, 7);
    let texts = old.agent_events(amina.id, 1).await.into_iter().filter_map(|event| match event.body {
        AgentBody::Message(message) => Some(message.text),
        AgentBody::Note(note) => Some(note.text),
        _ => None,
    });
    assert_eq!(
        texts.collect::<Vec<_>>(),
        ["Where is my parcel?", "The carrier has it.", "It is on its way.", "It came, thank you", "Glad to hear"]
    );
    assert_eq!(page(old, ines, "carrier", None, 0).await.hits.len(), 1, "older texts are found");
    let next = old.guest_opens("Another matter").await;
    let row = old.agent_view(next.id, ines).await;
    assert_eq!(row.ticket.number, 12_346);
}

/// A backup of another node reads a table for long: whoever waits for the table would have all others wait behind.
async fn older_nodes_go_on_while_a_step_waits_for_a_table(bench: &Bench) {
    if !bench.is_postgres() {
        return;
    }
    let (database, dir) = empty_place(true).await;
    as_of(&database, 4).await;
    let older = Db::connect_to_fill(&database).await.unwrap();
    let held = Db::connect_to_look(&database).await.unwrap();
    let look = begin_to_look(&held).await.unwrap();
    all(&look, Sql::new("select count(*) as n from ticket")).await.unwrap();
    let newer = tokio::spawn(Store::open(database.clone(), bench.store.clock().clone()));
    let waiting = "select 1 as n from pg_locks where not granted and relation = 'ticket'::regclass";
    let waits = async { while one(&older, Sql::new(waiting)).await.unwrap().is_none() {} };
    Clock::System.within(30_000, waits).await.expect("it waits for the table");
    // As an older node's writer does it: behind the new one, but no longer than that waits.
    let text = "update ticket set version = version + 1";
    assert_eq!(run(&older, Sql::new(text)).await.unwrap(), 1);
    assert!(!newer.is_finished());
    rollback(look).await.unwrap();
    let newer = Clock::System.within(30_000, newer).await.expect("it goes on").unwrap().unwrap();
    newer.close().await;
    let bench = Bench::on(database, dir).await;
    goes_on(&bench).await;
}

/// An empty database.
async fn empty_place(on_postgres: bool) -> (Database, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let database = match on_postgres {
        true => {
            let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database_url).await.unwrap();
            Database::Postgres { url, connections: 6 }
        }
        false => Database::Sqlite { path: dir.path().join("hub.db") },
    };
    (database, dir)
}

/// The first steps, with rows of their time. Answers these.
async fn as_of(database: &Database, step: i64) -> Vec<(String, Vec<String>)> {
    let db = Db::connect_to_fill(database).await.unwrap();
    let tx = begin_on(&db).await.unwrap();
    apply(&tx, 1, 0).await.unwrap();
    let text = match tx.get_database_backend() {
        DbBackend::Postgres => ROWS.to_owned(),
        _ => ROWS.replace("uuid '", "x'").replace(r"bytea '\x", "x'"),
    };
    tx.execute_unprepared(&text).await.unwrap();
    for next in 2..=step {
        apply(&tx, next, 0).await.unwrap();
        for (_, text) in LATER_ROWS.iter().filter(|(of, _)| *of == next) {
            tx.execute_unprepared(text).await.unwrap();
        }
    }
    let before = rows(&tx).await;
    commit(tx).await.unwrap();
    db.close().await.unwrap();
    before
}

/// What has to be the same after every step, as text.
async fn rows(tx: &DatabaseTransaction) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (table, columns) in [
        ("event", "ticket_id, seq, pub_seq, kind, side, author_id, author_name, client_id, body, at"),
        ("ticket", "id, number, subject, status, team_id, last_seq, last_pub_seq, version, last_line, opened_at"),
        ("participant", "id, kind, name, email, proof, role, password_hash, ticket_id"),
        ("read_mark", "ticket_id, participant_id, delivered_n, read_n"),
        ("login", "id, token_digest, expires_at"),
        ("login_grant", "login_id, ticket_id, participant_id, proven"),
        ("audit", "id, at, act, actor_id, details"),
    ] {
        let text = match tx.get_database_backend() {
            DbBackend::Postgres => format!("select cast(row({columns}) as text) as line from {table} order by 1"),
            _ => {
                format!("select quote({}) as line from {table} order by 1", columns.replace(", ", ") || ',' || quote("))
            }
        };
        let lines = all(tx, Sql::new(text)).await.unwrap();
        found.push((table.to_owned(), lines.iter().map(|row| row.get("line").unwrap()).collect()));
    }
    found
}

/// Every table, column, index, constraint and trigger with its definition.
async fn shape(tx: &DatabaseTransaction) -> Vec<String> {
    let text = match tx.get_database_backend() {
        DbBackend::Postgres => {
            "select table_name || '.' || column_name || ' ' || ordinal_position || ' ' || data_type || ' ' || is_nullable \
             || ' ' || coalesce(column_default, '') as line from information_schema.columns where table_schema = 'public' \
             union all select indexdef from pg_indexes where schemaname = 'public' \
             union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint \
             where connamespace = 'public'::regnamespace \
             union all select relname || ' ' || coalesce(cast(reloptions as text), '') from pg_class \
             where relnamespace = 'public'::regnamespace order by 1"
        }
        _ => {
            "select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_master \
              where name not like 'sqlite_stat%' order by 1"
        }
    };
    let lines = all(tx, Sql::new(text)).await.unwrap();
    assert!(lines.len() > 50, "it is all there");
    lines.iter().map(|row| row.get("line").unwrap()).collect()
}
