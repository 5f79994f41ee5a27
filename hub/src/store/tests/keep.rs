//! A database written out and read in again, on either side either database: the same rows, from any moment
//! on, and after a restore nothing open that may have been used since (R-K17, R-K19).

use std::collections::BTreeMap;

use super::bench::{Bench, DAY, HOUR, MINUTE, Opened, TestAgent};
use super::on_both;
use crate::domain::alert::AlertTimes;
use crate::domain::file::ObjectKey;
use crate::domain::{Clock, ids};
use crate::store::alerts::There;
use crate::store::db::{Db, begin_on, commit};
use crate::store::keep::{Anew, Filling, Look, Source, State, TableShape, tables_of};
use crate::store::sql::{Columns, Sql, all, one};
use crate::store::writer::{Act, Actor, OpeningRequester};
use crate::store::{Database, Store, StoreError, migrate};
use protocol::model::Role;

on_both! {
    every_table_is_kept_or_made_anew,
    rows_are_the_same_in_every_database,
    a_filling_goes_on_where_it_was_cut_off,
    an_older_schema_is_brought_up_to_date,
    what_was_open_is_void_after_a_restore,
    an_alert_due_in_the_past_has_one_identity_and_a_later_one_another,
    a_database_that_was_moved_away_serves_no_hub,
}

/// An empty place on each database, with what it stands in.
pub async fn empty_places() -> Vec<(Database, Option<tempfile::TempDir>)> {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Database::Sqlite { path: dir.path().join("other.db") };
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database_url).await.unwrap();
    vec![(sqlite, Some(dir)), (Database::Postgres { url, connections: 6 }, None)]
}

/// Some of everything, and more rows than one page holds.
async fn work(bench: &Bench) -> (Opened, TestAgent) {
    let lea = bench.agent("Lea", Role::Admin, &[bench.team("Parcels").await]).await;
    let ticket = bench.guest_opens("Où est mon colis ? 📦 \"quoted\" \\ back").await;
    for n in 0..300 {
        bench.says(ticket, &format!("line {n}")).await;
        bench.notes(ticket.id, lea, &format!("note {n}")).await;
    }
    bench.does(ticket.id, Actor::Agent(lea.login), Act::Redact { target: 5 }).await.unwrap();
    for word in ["zebra", "Äpfel", "äpfel 2", "a_b", "A-b"] {
        let tag = crate::domain::tag::Tag::parse("tag", word).unwrap();
        bench.does(ticket.id, Actor::Agent(lea.login), Act::Tag { add: vec![tag], remove: vec![] }).await.unwrap();
    }
    super::files::uploads(bench, ticket, 50).await;
    let other = bench.guest_opens("Another matter").await;
    bench.answers(other.id, lea, "We look").await;
    bench.does(other.id, Actor::Agent(lea.login), Act::Solve).await.unwrap();
    bench.customer("omar@example.org").await;
    (ticket, lea)
}

/// Every table's lines.
async fn lines(state: &State) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in state.tables() {
        let (mut rows, mut lines) = (state.rows(table), Vec::new());
        loop {
            let page = rows.next().await.unwrap();
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        assert!(rows.next().await.unwrap().is_empty(), "and none after the end");
        all.insert(table.name, lines);
    }
    all
}

async fn held<T>(database: &Database, look_at: impl AsyncFnOnce(&State) -> T) -> T {
    let look = Look::open(database).await.unwrap();
    let state = look.hold().await.unwrap();
    let found = look_at(&state).await;
    state.end().await.unwrap();
    look.close().await;
    found
}

/// A Postgres database that sorts texts as people do, and not by their bytes.
async fn of_another_order() -> Database {
    let url = tokio::task::spawn_blocking(|| {
        let url = testkit::postgres::fresh_database_url();
        let name = url.rsplit_once('/').unwrap().1.to_owned();
        let server = testkit::postgres::server();
        server.run_sql("postgres", &format!("drop database {name}"));
        let order = "locale_provider icu icu_locale 'en-US' template template0";
        server.run_sql("postgres", &format!("create database {name} {order}"));
        url
    });
    Database::Postgres { url: url.await.unwrap(), connections: 6 }
}

fn source(state: &State, id: &str) -> Source {
    let shape =
        |table: &crate::store::keep::Table| TableShape { name: table.name.to_owned(), columns: table.columns.clone() };
    Source { id: id.to_owned(), schema: state.about().schema, tables: state.tables().iter().map(shape).collect() }
}

async fn fill(
    database: &Database,
    source: &Source,
    lines: &BTreeMap<&'static str, Vec<String>>,
    clock: &Clock,
) -> Filling {
    let mut filling = Filling::open(database, source, clock.clone()).await.unwrap().expect("it is empty");
    for (table, lines) in lines {
        for page in lines[usize::try_from(filling.done(table)).unwrap()..].chunks(100) {
            filling.put(table, page).await.unwrap();
        }
    }
    filling
}

/// A copy of the bench's database, filled and not finished.
pub async fn copied(bench: &Bench, to: &Database) -> Filling {
    let (source, lines) = held(&bench.database, async |state| (source(state, "backup"), lines(state).await)).await;
    fill(to, &source, &lines, bench.store.clock()).await
}

async fn well(bench: &Bench, database: &Database) {
    let look = Look::open(database).await.unwrap();
    let found = look.check(bench.clock.now()).await.unwrap();
    look.close().await;
    assert!(found.iter().all(|finding| finding.wrong.is_none()), "{found:#?}");
}

async fn every_table_is_kept_or_made_anew(bench: &Bench) {
    let text = match bench.is_postgres() {
        true => "select tablename as name from pg_tables where schemaname = current_schema() order by 1",
        false => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' \
                  and name not like 'search_index_%' order by 1"
        }
    };
    let rows = all(bench.store.db().writes(), Sql::new(text)).await.unwrap();
    let there: Vec<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    let kept = held(&bench.database, async |state| state.tables().iter().map(|table| table.name).collect::<Vec<_>>());
    let mut known = kept.await;
    known.extend(["schema_step", "search_entry"]);
    if !bench.is_postgres() {
        known.push("search_index");
    }
    known.sort_unstable();
    assert_eq!(there, known, "a new table is kept by a backup, or said to be made anew");
}

async fn rows_are_the_same_in_every_database(bench: &Bench) {
    let (ticket, lea) = work(bench).await;
    let (source, went) = held(&bench.database, async |state| (source(state, "a"), lines(state).await)).await;
    let mut places = empty_places().await;
    places.push((of_another_order().await, None));
    assert!(went["event"].len() > 600 && went["tag"].len() == 5, "more than a page, and texts in a key");
    for (place, _dir) in places {
        let filling = fill(&place, &source, &went, bench.store.clock()).await;
        let state = filling.hold().await.unwrap();
        assert!(lines(&state).await == went, "before anything is made of them");
        assert_eq!(state.about().epoch, bench.store.epoch());
        state.end().await.unwrap();
        filling.finish(None).await.unwrap();
        assert!(held(&place, lines).await == went, "and after it");
        well(bench, &place).await;
        let store = Store::open(place.clone(), bench.store.clock().clone()).await.unwrap();
        assert_eq!(store.epoch(), bench.store.epoch());
        let found = store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
        let who = crate::domain::access::Who::Agent(bench.agent_of(lea).await);
        let readable = crate::domain::access::read(&who, &found).unwrap();
        let there = store.agent_snapshot(&readable, None).await.unwrap();
        let here = bench.agent_view(ticket.id, lea).await;
        assert_eq!(format!("{there:?}"), format!("{here:?}"));
        store.close().await;
        assert!(Filling::open(&place, &source, bench.store.clock().clone()).await.unwrap().is_none(), "not empty");
    }
    // And a database in which a hub began is not empty either.
    assert!(Filling::open(&bench.database, &source, bench.store.clock().clone()).await.unwrap().is_none());
}

async fn a_filling_goes_on_where_it_was_cut_off(bench: &Bench) {
    work(bench).await;
    let (source, went) = held(&bench.database, async |state| (source(state, "a"), lines(state).await)).await;
    let clock = bench.store.clock();
    for (place, _dir) in empty_places().await {
        let open = async |source: &Source| Filling::open(&place, source, clock.clone()).await.unwrap().unwrap();
        let mut filling = open(&source).await;
        filling.put("event", &went["event"][..100]).await.unwrap();
        filling.put("event", &went["event"][100..150]).await.unwrap();
        // References may come later.
        filling.put("login", &went["login"]).await.unwrap();
        filling.leave().await;
        for refused in [Store::open(place.clone(), clock.clone()).await.map(drop), Store::look(&place).await.map(drop)]
        {
            let StoreError::Failed(said) = refused.unwrap_err() else { panic!("a sentence") };
            assert!(said.contains("is not there as a whole"), "{said}");
        }
        let filling = open(&source).await;
        assert_eq!((filling.done("event"), filling.done("ticket")), (150, 0));
        filling.leave().await;
        // Another source: what came of the first one goes.
        let other = Source { id: "b".to_owned(), ..source.clone() };
        let filling = open(&other).await;
        assert_eq!((filling.done("event"), filling.done("login")), (0, 0));
        filling.leave().await;
        let filling = fill(&place, &other, &went, clock).await;
        filling.finish(None).await.unwrap();
        assert!(held(&place, lines).await == went);
        well(bench, &place).await;
    }
    // Rows that refer to others that never come are not taken.
    for (place, _dir) in empty_places().await {
        let mut filling = Filling::open(&place, &source, clock.clone()).await.unwrap().unwrap();
        filling.put("hub_meta", &went["hub_meta"]).await.unwrap();
        filling.put("login", &went["login"]).await.unwrap();
        let refused = filling.finish(None).await.unwrap_err();
        assert!(matches!(refused, StoreError::Failed(_)), "{refused}");
        assert!(Store::open(place, clock.clone()).await.is_err());
    }
    let mut strange = source.clone();
    strange.tables[0].columns.pop();
    let (place, _dir) = empty_places().await.remove(0);
    let refused = Filling::open(&place, &strange, clock.clone()).await.err().unwrap();
    assert!(refused.to_string().contains("has other columns where it comes from"), "{refused}");
}

/// The tables of an older step of the schema.
async fn shapes_at(step: i64) -> Vec<TableShape> {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::connect_to_fill(&Database::Sqlite { path: dir.path().join("old.db") }).await.unwrap();
    let tx = begin_on(&db).await.unwrap();
    migrate::apply(&tx, step, 0).await.unwrap();
    let tables = tables_of(&tx).await.unwrap();
    commit(tx).await.unwrap();
    db.close().await.unwrap();
    tables.into_iter().map(|table| TableShape { name: table.name.to_owned(), columns: table.columns }).collect()
}

/// The lines with the columns that there were.
fn as_of(
    shapes: &[TableShape],
    now: &Source,
    went: &BTreeMap<&'static str, Vec<String>>,
) -> BTreeMap<&'static str, Vec<String>> {
    let mut old = BTreeMap::new();
    for (name, lines) in went {
        let Some(shape) = shapes.iter().find(|shape| shape.name == *name) else { continue };
        let columns = &now.tables.iter().find(|table| table.name == *name).unwrap().columns;
        let kept: Vec<usize> =
            shape.columns.iter().map(|column| columns.iter().position(|other| other == column).unwrap()).collect();
        let cut = lines.iter().map(|line| {
            let cells: Vec<serde_json::Value> = serde_json::from_str(line).unwrap();
            serde_json::to_string(&kept.iter().map(|index| &cells[*index]).collect::<Vec<_>>()).unwrap()
        });
        old.insert(*name, cut.collect());
    }
    old
}

async fn an_older_schema_is_brought_up_to_date(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.says(ticket, "findable").await;
    bench.does(ticket.id, Actor::Agent(lea.login), Act::Solve).await.unwrap();
    bench.clock.advance(40 * DAY);
    assert_eq!(bench.store.close_rested(bench.clock.now(), 10).await.unwrap(), 1);
    let (now, went) = held(&bench.database, async |state| (source(state, "a"), lines(state).await)).await;
    for step in [5, 6, 12] {
        let shapes = shapes_at(step).await;
        let old = Source { id: "old".to_owned(), schema: step, tables: shapes.clone() };
        for (place, _dir) in empty_places().await {
            fill(&place, &old, &as_of(&shapes, &now, &went), bench.store.clock()).await.finish(None).await.unwrap();
            well(bench, &place).await;
            let there = held(&place, async |state| {
                assert_eq!(state.about().schema, migrate::known());
                lines(state).await
            });
            assert_eq!(there.await["ticket"], went["ticket"], "with what the later steps make of it, from step {step}");
        }
    }
}

async fn number(store: &Store, text: &str) -> i64 {
    one(store.db().writes(), Sql::new(text)).await.unwrap().unwrap().get("n").unwrap()
}

async fn restored(bench: &Bench, place: &Database, kids: &[&str], gone: Vec<ObjectKey>) -> Store {
    let kids = kids.iter().map(|kid| (*kid).to_owned()).collect();
    let anew = Anew { kids, gone, times: AlertTimes::default() };
    copied(bench, place).await.finish(Some(&anew)).await.unwrap();
    Store::open(place.clone(), bench.store.clock().clone()).await.unwrap()
}

async fn what_was_open_is_void_after_a_restore(bench: &Bench) {
    let (ticket, lea) = work(bench).await;
    bench.store.set_newest_key("k2", "print", None).await.unwrap();
    bench.store.secure_link(ticket.id, ticket.requester, "k1").await.unwrap();
    bench.store.secure_link(ticket.id, lea.id, "k2").await.unwrap();
    let asked = crate::store::logins::NewCode {
        site: bench.site(),
        login: ticket.login,
        email: super::bench::email("zoe@example.org"),
        locale: "en".to_owned(),
        network: "192.0.2.1/32".to_owned(),
        kid: "k2".to_owned(),
    };
    bench.store.ask_code(asked).await.unwrap();
    let (purpose, expires_at) = (protocol::http::LinkPurpose::Reset, bench.clock.now() + HOUR as i64);
    bench.store.new_one_time_link(bench.site(), purpose, Some(lea.id), ids::new_secret(), expires_at).await.unwrap();
    let stored = bench.store.stored_files(None).await.unwrap();
    let claimed = bench.store.claim_mails(crate::store::alerts::Lane::Alerts, 1, HOUR as i64).await.unwrap();
    assert_eq!((stored.len(), claimed.len()), (1, 1));
    for (place, _dir) in empty_places().await {
        let gone = vec![stored[0].file.object_key.clone()];
        let store = restored(bench, &place, &["k2"], gone).await;
        assert_ne!(store.epoch(), bench.store.epoch(), "a new epoch (invariant 21)");
        for (what, expected) in [
            ("access_code where ended_at is null", 0),
            ("one_time_link where used_at is null", 0),
            ("delivery where kind = 'm3' and state = 'queued'", 0),
            ("delivery where kind = 'm1' and state = 'queued'", 2),
            ("delivery where lease is not null or lease_until is not null", 0),
            ("secure_link", 1),
            ("secure_link where kid = 'k2'", 1),
            // It was never sent.
            ("attachment where state = 'dropped'", 1),
            ("login where revoked_at is not null", 0),
        ] {
            assert_eq!(number(&store, &format!("select count(*) as n from {what}")).await, expected, "{what}");
        }
        assert_eq!(store.newest_key().await.unwrap(), Some(("k2".to_owned(), "print".to_owned())));
        let identities = "select count(*) as n from delivery where identity like 'm1.%'";
        assert_eq!(number(&store, identities).await, bench.number(identities).await, "each its own");
        store.close().await;
        well(bench, &place).await;
    }
    for (place, _dir) in empty_places().await {
        let store = restored(bench, &place, &[], Vec::new()).await;
        assert_eq!(store.newest_key().await.unwrap(), None, "the first start makes a key");
        assert_eq!(number(&store, "select count(*) as n from secure_link").await, 0);
        store.close().await;
    }
}

async fn identities(store: &Store) -> Vec<String> {
    let text = "select identity from delivery where kind = 'm2' order by identity";
    let rows = all(store.db().writes(), Sql::new(text)).await.unwrap();
    rows.iter().map(|row| row.get("identity").unwrap()).collect()
}

/// What was due when the backup was made, or came due since, was perhaps sent since: sent again, it is the same
/// mail. What is written after the restore has numbers that were given once before, and is another mail.
async fn an_alert_due_in_the_past_has_one_identity_and_a_later_one_another(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    // A guest whose address nobody has confirmed gets one alert.
    let (_, login) = bench.customer("omar@example.org").await;
    let ticket = bench.opens(login, OpeningRequester::Customer, "Hello").await;
    bench.answers(ticket.id, lea, "We look into it").await;
    let (mut places, mut copies) = (empty_places().await, Vec::new());
    for (place, _dir) in &places {
        copies.push(copied(bench, place).await);
    }
    bench.clock.advance(5 * MINUTE);
    // The hub goes on after its backup.
    while !bench.store.settle_alerts(10, |_| There::default()).await.unwrap().is_empty() {}
    let sent = identities(&bench.store).await;
    assert_eq!(sent.len(), 1);
    bench.clock.advance(HOUR);
    bench.answers(ticket.id, lea, "It was found").await;
    bench.clock.advance(5 * MINUTE);
    while !bench.store.settle_alerts(10, |_| There::default()).await.unwrap().is_empty() {}
    let all_sent = identities(&bench.store).await;
    assert_eq!(all_sent.len(), 2);
    for (filling, (place, _dir)) in copies.into_iter().zip(places.drain(..)) {
        let anew = Anew { kids: Vec::new(), gone: Vec::new(), times: AlertTimes::default() };
        filling.finish(Some(&anew)).await.unwrap();
        let store = Store::open(place, bench.store.clock().clone()).await.unwrap();
        assert_eq!(identities(&store).await, sent, "the same mail, if it was sent already");
        let again = store.settle_alerts(10, |_| There::default()).await.unwrap();
        assert!(again.is_empty(), "and once: {again:?}");
        // The same number as in the life that is lost.
        store
            .append(bench.append(ticket.id, Actor::Agent(lea.login), super::bench::reply("Not found yet")))
            .await
            .unwrap();
        bench.clock.advance(HOUR);
        while !store.settle_alerts(10, |_| There::default()).await.unwrap().is_empty() {}
        let here = identities(&store).await;
        assert_eq!(here.len(), 2);
        let new: Vec<_> = here.iter().filter(|identity| !sent.contains(identity)).collect();
        assert!(new.len() == 1 && !all_sent.contains(new[0]), "{here:?} beside {all_sent:?}");
        store.close().await;
    }
}

async fn a_database_that_was_moved_away_serves_no_hub(bench: &Bench) {
    let place = "postgres://hub:•••@db/hub";
    Store::mark_as_moved(&bench.database, place, bench.store.clock()).await.unwrap();
    let refused = Store::open(bench.database.clone(), bench.store.clock().clone()).await.err().unwrap();
    assert!(refused.to_string().contains(&format!("was moved to {place}")), "{refused}");
    assert!(Store::look(&bench.database).await.is_err());
    bench.sql("drop table moved_away").await;
    bench.second_store().await.close().await;
}
