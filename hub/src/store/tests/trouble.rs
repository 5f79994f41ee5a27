//! A database in trouble: full, locked, gone, too new.

use protocol::model::Role;

use super::bench::{Bench, reply};
use super::on_both;
use crate::store::writer::{Actor, Appended};
use crate::store::{Store, StoreError};

/// SQLite alone can be told how large it may grow; the connection alone knows of it. SQLite rolls back by
/// itself then, and a connection that does not know it would acknowledge what it never writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_what_is_acknowledged_after_it_is_there() {
    let bench = Bench::sqlite().await;
    let ticket = bench.guest_opens("Hello").await;
    let long = "word ".repeat(1_500);
    for round in 0..5 {
        let pages = bench.number("select page_count as n from pragma_page_count()").await;
        bench.sql(&format!("pragma max_page_count = {}", pages + 2)).await;
        let (send, full) = loop {
            let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply(&long));
            if let Err(error) = bench.store.append(send.clone()).await {
                break (send, error);
            }
        };
        assert!(matches!(full, StoreError::DiskFull), "{full:?}");
        let read = bench.public_view(ticket).await.cursor;
        assert!(read >= 2, "reading goes on");
        // There is room again. A connection that was replaced has no limit; one whose rollback went well has.
        bench.sql("pragma max_page_count = 1073741823").await;
        assert_eq!(
            bench.store.append(send.clone()).await.unwrap(),
            Appended { n: read + 1, repeated: false, in_other: None }
        );
        // Whoever comes with another connection finds it.
        let other = bench.second_store().await;
        assert_eq!(
            other.append(send).await.unwrap(),
            Appended { n: read + 1, repeated: true, in_other: None },
            "round {round}"
        );
        other.close().await;
    }
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_sqlite_is_unavailable_reads_on_and_heals() {
    let bench = Bench::sqlite().await;
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.second_store().await;
    let held = other.db().begin().await.unwrap();
    let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("once"));
    let locked = bench.store.append(send.clone()).await;
    assert!(matches!(locked, Err(StoreError::Unavailable(_))), "{locked:?}");
    assert_eq!(bench.public_view(ticket).await.cursor, 2);
    held.rollback().await.unwrap();
    assert_eq!(bench.store.append(send).await.unwrap(), Appended { n: 3, repeated: false, in_other: None });
    other.close().await;
    bench.finish().await;
}

on_both! {
    a_newer_schema_is_refused_in_clear_words,
    a_second_start_finds_everything_again,
    hubs_that_start_at_once_make_one_site,
    closing_finishes_what_is_queued,
    the_command_line_bumps_the_access_version,
}

async fn a_newer_schema_is_refused_in_clear_words(bench: &Bench) {
    bench.sql("insert into schema_step (version, name, applied_at) values (99, 'later', 1)").await;
    let Err(StoreError::Failed(text)) = Store::open(bench.database.clone(), bench.store.clock().clone()).await else {
        panic!("it was opened");
    };
    assert!(
        text.starts_with("the database was written by a newer version of the hub: its schema is at step 99"),
        "{text}"
    );
}

async fn a_second_start_finds_everything_again(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Admin, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let again = bench.second_store().await;
    assert_eq!((again.epoch(), again.site().id), (bench.store.epoch(), bench.site()));
    assert_eq!(again.site().topics.len(), 4);
    for topic in &again.site().topics {
        let texts =
            topic.fields.iter().flat_map(|field| [&field.label, &field.hint]).chain([&topic.label, &topic.hint]);
        for text in texts {
            assert_eq!(text.keys().collect::<Vec<_>>(), ["en", "fr"]);
        }
    }
    assert_eq!(again.feed_after(ticket.id, crate::domain::access::Audience::Agent, 0, 10).await.unwrap().last_n, 2);
    let next = again.append(bench.append(ticket.id, Actor::Agent(agent.login), reply("hi"))).await.unwrap();
    assert_eq!(next.n, 3);
    again.close().await;
}

async fn hubs_that_start_at_once_make_one_site(bench: &Bench) {
    let opens = (0..4).map(|_| Store::open(bench.database.clone(), bench.store.clock().clone()));
    let stores = futures_util::future::join_all(opens).await;
    for store in stores {
        let store = store.unwrap();
        assert_eq!((store.epoch(), store.site().id), (bench.store.epoch(), bench.site()));
        store.close().await;
    }
    assert_eq!(bench.number("select count(*) as n from site").await, 1);
    assert_eq!(bench.number("select count(*) as n from hub_meta").await, 1);
}

async fn closing_finishes_what_is_queued(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let store = bench.second_store().await;
    let sends =
        (0..20).map(|i| store.append(bench.append(ticket.id, Actor::Visitor(ticket.login), reply(&format!("{i}")))));
    let (sent, ()) = futures_util::future::join(futures_util::future::join_all(sends), store.close()).await;
    assert_eq!(sent.into_iter().map(|sent| sent.unwrap().n).collect::<Vec<_>>(), (3..23).collect::<Vec<_>>());
    let late = store.append(bench.append(ticket.id, Actor::Visitor(ticket.login), reply("late"))).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
}

async fn the_command_line_bumps_the_access_version(bench: &Bench) {
    assert_eq!(bench.store.access_version().await.unwrap(), 0);
    bench.store.bump_access_version().await.unwrap();
    assert_eq!(bench.store.access_version().await.unwrap(), 1);
}
