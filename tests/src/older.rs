//! A database as an older version of the hub left it: the schema's first steps, with rows of that time, and a step
//! in which the next start gets stuck.

use std::fs;
use std::path::Path;

use protocol::TicketId;
use uuid::Uuid;

use crate::people::{Pages, Person, Site};
use crate::sql::Sql;
use crate::wait;

/// The conversation of the first step.
pub const TICKET: TicketId = TicketId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0006));
/// Its guest's cookie.
const COOKIE: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const ROWS: &str = include_str!("../../hub/src/store/tests/first_rows.sql");

/// What a start that is stuck has written into SQLite's log by then, and more: its cache is smaller.
const SPILLED_BYTES: u64 = 8_000_000;

/// Where a start is to get stuck.
#[derive(Clone, Copy, Debug)]
pub enum Trap {
    /// Between this step and the next one.
    After(i64),
    /// In a step's statement that changes a row of this table.
    Updating(&'static str),
}

/// The first step alone, with its rows.
pub async fn first_step(sql: &mut Sql) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let first = fs::read_to_string(folder.join("0001_first.sql")).unwrap();
    let step = "create table schema_step (version bigint primary key, name text not null, applied_at bigint not null); \
                insert into schema_step (version, name, applied_at) values (1, 'first', 1790000000000)";
    // As the hub has it.
    sql.run_either("pragma journal_mode = wal", "").await;
    sql.run(&first).await;
    sql.run(step).await;
    sql.run_either(&ROWS.replace("uuid '", "x'").replace(r"bytea '\x", "x'"), ROWS).await;
}

/// The guest of the first step in her browser.
pub fn amina(site: &Site) -> Person {
    let amina = site.visitor();
    amina.browser.set_cookie("__Host-hub_visitor", COOKIE);
    assert_eq!(amina.pages, Pages::Visitor);
    amina
}

/// What the first step's rows say, with the columns that they had.
pub async fn rows(sql: &mut Sql) -> Vec<String> {
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
        let text = match sql {
            Sql::Sqlite(_) => {
                format!("select quote({}) from {table} order by 1", columns.replace(", ", ") || ',' || quote("))
            }
            Sql::Postgres(_) => format!("select cast(row({columns}) as text) from {table} order by 1"),
        };
        found.extend(sql.lines(&text).await);
    }
    found
}

impl Trap {
    /// On Postgres whoever comes there waits for [`Trap::hold`]; on SQLite it has written into the log and counts
    /// for ever.
    pub async fn set(self, sql: &mut Sql) {
        let when = match self {
            Self::After(step) => format!("after insert on schema_step for each row when (new.version = {step})"),
            Self::Updating(table) => format!("after update on {table} for each row"),
        };
        let sqlite = format!(
            "create table filler (bytes blob); \
             create view endless as with recursive n(i) as (select 1 union all select i + 1 from n) select i from n; \
             create trigger trap {when} begin \
             insert into filler select zeroblob(1000000) from endless limit 16; \
             delete from filler where (select count(*) from endless) < 0; end"
        );
        let postgres = format!(
            "create function trap() returns trigger language plpgsql as \
             $$ begin perform pg_advisory_xact_lock(1); return new; end $$; \
             create trigger trap {when} execute function trap()"
        );
        sql.run_either(&sqlite, &postgres).await;
    }

    /// Until it is let go, or this connection ends.
    pub async fn hold(sql: &mut Sql) {
        sql.run_either("", "select pg_advisory_lock(1)").await;
    }

    pub async fn let_go(sql: &mut Sql) {
        sql.run_either("", "select pg_advisory_unlock(1)").await;
    }

    /// Somebody is stuck in it.
    pub async fn is_reached(sql: &mut Sql, data: &Path) {
        wait::until("the trap is reached", async || match sql {
            Sql::Sqlite(_) => {
                let log = fs::metadata(data.join("hub.sqlite3-wal"));
                log.is_ok_and(|log| log.len() > SPILLED_BYTES).then_some(())
            }
            Sql::Postgres(_) => {
                let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = 1 \
                               and database = (select oid from pg_database where datname = current_database())";
                (sql.number(waiting).await > 0).then_some(())
            }
        })
        .await;
    }

    pub async fn remove(sql: &mut Sql) {
        sql.run_either("drop trigger trap; drop view endless; drop table filler", "drop function trap() cascade").await;
    }
}
