//! `hub check` on a database that was spoilt: each invariant says so in its own line, and no other does
//! (R-K19; invariants 3 and 4).

use std::os::unix::fs::FileExt;

use protocol::TicketId;
use protocol::frame::PostKind;
use protocol::model::Role;

use super::bench::{Bench, Opened, TestAgent, text};
use super::on_both;
use crate::domain::access::Audience;
use crate::store::Database;
use crate::store::audit::Audit;
use crate::store::keep::{Finding, Look, Wrong};
use crate::store::writer::{Act, Actor, MarkMove};

on_both! {
    a_database_that_was_worked_on_is_well,
    each_breach_is_told_in_its_own_line,
    what_cannot_be_read_is_told,
    many_breaches_are_counted_and_some_are_named,
}

/// Two tickets, with notes, marks, files, mails, an erased message and an edited one, and an audit.
pub(super) async fn work(bench: &Bench) -> (Opened, Opened, TestAgent) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    let (a, b) = (bench.guest_opens("Where is my parcel?").await, bench.guest_opens("It is broken").await);
    let n = bench.says(a, "Nobody rang, überhaupt.").await;
    bench.does(a.id, Actor::Visitor(a.login), Act::Edit { target: n, text: text("Nobody called.") }).await.unwrap();
    let erased = bench.says(a, "My secret is 4711").await;
    bench.does(a.id, Actor::Agent(lea.login), Act::Redact { target: erased }).await.unwrap();
    bench.notes(a.id, lea, "A note of mine").await;
    let n = bench.answers(b.id, lea, "We look into it").await;
    let file = super::files::uploads(bench, a, 50).await;
    let act = Act::Post {
        kind: PostKind::Reply,
        text: text("see"),
        attachments: vec![file.id],
        mentions: Vec::new(),
        drafts: Vec::new(),
    };
    bench.does(a.id, Actor::Visitor(a.login), act).await.unwrap();
    for (participant, audience) in [(lea.id, Audience::Agent), (b.requester, Audience::Requester)] {
        let mark =
            MarkMove { site: bench.site(), ticket: b.id, participant, audience, delivered_n: Some(n), read_n: Some(n) };
        bench.store.mark(mark).await.unwrap();
    }
    for _ in 0..2 {
        let audit = Audit {
            site: bench.site(),
            act: "agent.signed_in",
            actor: Some(lea.id),
            subject: None,
            network: "192.0.2.1/32".to_owned(),
            details: serde_json::json!({}),
        };
        bench.store.audit(audit).await.unwrap();
        bench.clock.advance(5);
    }
    bench.store.chain_audit().await.unwrap();
    (a, b, lea)
}

async fn check(bench: &Bench) -> Vec<Finding> {
    let look = Look::open(&bench.database).await.unwrap();
    let found = look.check(bench.clock.now()).await.unwrap();
    look.close().await;
    found
}

async fn wrong(bench: &Bench) -> Vec<(&'static str, Wrong)> {
    let found = check(bench).await.into_iter();
    found.filter(|finding| !finding.wrong.is_none()).map(|finding| (finding.invariant, finding.wrong)).collect()
}

async fn a_database_that_was_worked_on_is_well(bench: &Bench) {
    assert_eq!(wrong(bench).await, [], "a new one");
    work(bench).await;
    let found = check(bench).await;
    let looked_at: Vec<_> = found.iter().map(|finding| finding.invariant).collect();
    assert_eq!(
        looked_at,
        [
            "database",
            "references",
            "words",
            "counts",
            "numbers",
            "public numbers",
            "client ids",
            "read marks",
            "attachments",
            "logs",
            "outbox",
            "leases",
            "merges",
            "search",
            "audit"
        ]
    );
    assert!(found.iter().all(|finding| finding.wrong.is_none()), "{found:?}");
}

/// A way to spoil a database, how to undo it, and what is then said.
pub(super) struct Spoilt {
    invariant: &'static str,
    by: Vec<String>,
    undo: Vec<String>,
    said: String,
}

pub(super) fn spoilt(invariant: &'static str, by: &[&str], undo: &[&str], said: &str) -> Spoilt {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Spoilt { invariant, by: texts(by), undo: texts(undo), said: said.to_owned() }
}

async fn each_breach_is_told_in_its_own_line(bench: &Bench) {
    let (a, b, lea) = work(bench).await;
    let (a_sql, b_sql, lea_sql) = (sql_id(bench, a.id.0), sql_id(bench, b.id.0), sql_id(bench, lea.id.0));
    let (a, b, lea) = (a.id, b.id, lea.id);
    let last = bench.number(&format!("select last_seq as n from ticket where id = {a_sql}")).await;
    let public = bench.number(&format!("select last_pub_seq as n from ticket where id = {a_sql}")).await;
    let breaches = [
        spoilt(
            "audit",
            &["update audit set network = '' where chain_n = 2"],
            &["update audit set network = '192.0.2.1/32' where chain_n = 2"],
            "the row 2 (id",
        ),
        spoilt(
            "numbers",
            &[&format!("update ticket set last_seq = last_seq + 1 where id = {a_sql}")],
            &[&format!("update ticket set last_seq = last_seq - 1 where id = {a_sql}")],
            &format!("the ticket {a} has {last} events from 1 to {last}, and says {}", last + 1),
        ),
        // A hole, where the last number is what it was: an event of the numbers is another's.
        spoilt(
            "numbers",
            &[
                &format!("update ticket set last_seq = last_seq + 1 where id = {a_sql}"),
                &format!("update event set seq = {} where ticket_id = {a_sql} and seq = {last}", last + 1),
                &format!("update search_entry set seq = {} where ticket_id = {a_sql} and seq = {last}", last + 1),
                &format!("update attachment set seq = {} where seq = {last}", last + 1),
            ],
            &[
                &format!("update ticket set last_seq = last_seq - 1 where id = {a_sql}"),
                &format!("update event set seq = {last} where ticket_id = {a_sql} and seq = {}", last + 1),
                &format!("update search_entry set seq = {last} where ticket_id = {a_sql} and seq = {}", last + 1),
                &format!("update attachment set seq = {last} where seq = {}", last + 1),
            ],
            &format!("the ticket {a} has {last} events from 1 to {}, and says {}", last + 1, last + 1),
        ),
        spoilt(
            "public numbers",
            &[&format!("update event set pub_seq = null where ticket_id = {a_sql} and pub_seq = 2")],
            &[&format!("update event set pub_seq = 2 where ticket_id = {a_sql} and seq = 2")],
            &format!("the ticket {a} has {} events from 1 to {public}, and says {public}", public - 1),
        ),
        spoilt(
            "client ids",
            &[
                "drop index event_client_id",
                &format!(
                    "update event set author_id = {lea_sql}, client_id = {b_sql} where ticket_id = {a_sql} and seq <= 2"
                ),
            ],
            &[
                &format!("update event set client_id = null where ticket_id = {a_sql} and seq = 1"),
                "create unique index event_client_id on event (ticket_id, author_id, client_id)",
            ],
            &format!("the ticket {a} has 2 events with the client id {b}"),
        ),
        spoilt(
            "read marks",
            &[&format!("update read_mark set read_n = read_n + 40 where participant_id = {lea_sql}")],
            &[&format!("update read_mark set read_n = read_n - 40 where participant_id = {lea_sql}")],
            &format!("{lea} has got "),
        ),
        spoilt(
            "read marks",
            &[&format!("update read_mark set side = 'nobody' where participant_id = {lea_sql}")],
            &[&format!("update read_mark set side = 'agent' where participant_id = {lea_sql}")],
            &format!("of the -1 there are in the ticket {b}"),
        ),
        spoilt(
            "attachments",
            &["update attachment set state = 'dropped' where seq is not null"],
            &["update attachment set state = 'stored' where seq is not null"],
            &format!("of the ticket {a} is dropped"),
        ),
        spoilt(
            "attachments",
            &["update attachment set state = 'burnt'"],
            &["update attachment set state = 'stored'"],
            "is burnt",
        ),
        spoilt(
            "attachments",
            &["update attachment set seq = 99"],
            &[&format!(
                "update attachment set seq = (select max(seq) from event where ticket_id = {a_sql} and kind = 'message')"
            )],
            &format!("of the event 99 of the ticket {a} is stored"),
        ),
        spoilt(
            "outbox",
            &["update delivery set state = 'lost' where kind = 'm1'"],
            &["update delivery set state = 'queued' where kind = 'm1'"],
            "is m1 by mail, lost",
        ),
        spoilt(
            "outbox",
            &["update delivery set kind = 'm0' where kind = 'm1'"],
            &["update delivery set kind = 'm1' where kind = 'm0'"],
            "is m0 by mail, queued",
        ),
        spoilt(
            "leases",
            &["update delivery set lease = id"],
            &["update delivery set lease = null"],
            "the lease of the delivery ",
        ),
        spoilt(
            "leases",
            &["update attachment set lease = id"],
            &["update attachment set lease = null"],
            "the lease of the attachment ",
        ),
        spoilt(
            "merges",
            &[
                &format!("update ticket set merged_into = {b_sql} where id = {a_sql}"),
                &format!("update ticket set continued_in = {a_sql} where id = {b_sql}"),
            ],
            &["update ticket set merged_into = null, continued_in = null"],
            &format!("the ticket {} leads back to itself; the ticket {} leads back to itself", a.min(b), a.max(b)),
        ),
        spoilt(
            "search",
            &[&format!(
                "update search_entry set kind = 'file' where ticket_id = {b_sql} and kind = 'message' and seq = 2"
            )],
            &[&format!("update search_entry set kind = 'message' where ticket_id = {b_sql} and kind = 'file'")],
            &format!(
                "the message 2 of the ticket {b} is not found by its words; \
                 the file 2 of the ticket {b} is found, and is not there"
            ),
        ),
        spoilt(
            "search",
            &[&format!("update search_entry set seq = 7 where ticket_id = {b_sql} and kind = 'subject'")],
            &[&format!("update search_entry set seq = 0 where ticket_id = {b_sql} and kind = 'subject'")],
            &format!("the subject of the ticket {b} is not found by its words"),
        ),
    ];
    try_each(bench, breaches.into_iter().chain(of_one_database(bench, b).await)).await;
}

pub(super) async fn try_each(bench: &Bench, breaches: impl IntoIterator<Item = Spoilt>) {
    for breach in breaches {
        for text in &breach.by {
            bench.sql(text).await;
        }
        let found = wrong(bench).await;
        let [(invariant, wrong)] = found.as_slice() else { panic!("{}: {found:?}", breach.said) };
        assert_eq!(*invariant, breach.invariant, "{wrong:?}");
        let said = wrong.examples.join("; ");
        assert!(said.contains(&breach.said), "{}: {said}", breach.said);
        for text in &breach.undo {
            bench.sql(text).await;
        }
        assert_eq!(super::check::wrong(bench).await, [], "after {}", breach.said);
    }
}

/// A cell of another kind, and a page that is damaged: what can be said is said. Postgres has its own walls.
async fn what_cannot_be_read_is_told(bench: &Bench) {
    let Database::Sqlite { path } = &bench.database else { return };
    work(bench).await;
    bench.sql("update ticket set last_seq = 'many' || last_seq").await;
    let found = check(bench).await;
    let numbers = found.iter().find(|finding| finding.invariant == "numbers").expect("its line");
    assert!(numbers.wrong.examples[0].contains("cannot be looked at"), "{found:?}");
    assert_eq!(found.len(), 15);
    bench.sql("update ticket set last_seq = substr(last_seq, 5)").await;
    assert_eq!(wrong(bench).await, []);

    let page = bench.number("select rootpage as n from sqlite_master where name = 'event'").await.unsigned_abs();
    let bytes = bench.number("select page_size as n from pragma_page_size").await.unsigned_abs();
    bench.store.db().empty_log().await.unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut whole = [0; 16];
    file.read_exact_at(&mut whole, (page - 1) * bytes).unwrap();
    file.write_all_at(&[0xff; 16], (page - 1) * bytes).unwrap();
    let found = check(bench).await;
    let broken: Vec<_> = found.iter().filter(|finding| !finding.wrong.is_none()).map(|found| found.invariant).collect();
    assert!(broken.starts_with(&["database"]), "{found:?}");
    // Whatever reads events.
    assert!(
        ["references", "numbers", "read marks", "logs", "search"].iter().all(|line| broken.contains(line)),
        "{found:?}"
    );
    assert_eq!(found.len(), 15);
    file.write_all_at(&whole, (page - 1) * bytes).unwrap();
    assert_eq!(wrong(bench).await, []);
}

/// What each database spells in its own way.
async fn of_one_database(bench: &Bench, b: TicketId) -> Vec<Spoilt> {
    let b_sql = sql_id(bench, b.0);
    if bench.is_postgres() {
        return vec![spoilt(
            "database",
            &["update pg_index set indisvalid = false where indexrelid = 'ticket_number'::regclass"],
            &["update pg_index set indisvalid = true where indexrelid = 'ticket_number'::regclass"],
            "the index ticket_number is not valid: REINDEX it",
        )];
    }
    let entry =
        format!("select id, words from search_entry where ticket_id = {b_sql} and kind = 'message' and seq = 2");
    vec![
        spoilt(
            "search",
            &[&format!(
                "insert into search_index (search_index, rowid, words) select 'delete', id, words from ({entry})"
            )],
            &[&format!("insert into search_index (rowid, words) {entry}")],
            &format!("the message 2 of the ticket {b} is not found by its words"),
        ),
        spoilt(
            "database",
            &[
                "pragma foreign_keys = off",
                &format!(
                    "insert into draft (agent_id, ticket_id, kind, site_id, text, revision, at) \
                          values ({b_sql}, {b_sql}, 'reply', {b_sql}, '', {b_sql}, 0)"
                ),
            ],
            &["delete from draft", "pragma foreign_keys = on"],
            "1 rows of draft refer to rows of participant that are not there",
        ),
    ]
}

pub(super) fn sql_id(bench: &Bench, id: uuid::Uuid) -> String {
    match bench.is_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    }
}

async fn many_breaches_are_counted_and_some_are_named(bench: &Bench) {
    for _ in 0..7 {
        bench.guest_opens("Hello").await;
    }
    bench.sql("update ticket set last_seq = last_seq + 1").await;
    let found = wrong(bench).await;
    let [("numbers", wrong)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((wrong.count, wrong.examples.len()), (7, 5));
    bench.sql("update ticket set last_seq = last_seq - 1").await;
}
