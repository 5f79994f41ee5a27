//! The search over a hundred thousand messages: all hits, each once, for whoever may see them.

use std::collections::HashSet;

use protocol::TicketId;
use protocol::model::Role;

use super::bench::{Bench, NOON, TestAgent};
use super::on_both;
use super::search::{migrates_again, page};
use crate::domain::limits::SEARCH_LOOKED_AT_MAX;
use crate::store::db::Db;
use crate::store::fault::Fault;
use crate::store::sql::{Sql, all};

const TICKETS: i64 = 100;
const MESSAGES: i64 = 1_000;

on_both! {
    a_hundred_thousand_messages_are_searched_whole,
}

/// As a hub had them that knew no search yet: every word is common, every 50th message has a needle.
async fn writes_many(bench: &Bench) {
    let mut numbers = Vec::new();
    for _ in 0..TICKETS {
        let ticket = bench.guest_opens("Hello").await;
        numbers.push(bench.store.agent_rows(&[ticket.id]).await.unwrap()[0].number);
    }
    for (index, number) in (0..).zip(numbers) {
        let at = NOON + index;
        bench
            .sql(&format!(
                "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MESSAGES}) \
                 insert into event (site_id, ticket_id, seq, pub_seq, kind, side, author_id, author_name, client_id, \
                 body, target_seq, target_pub_seq, at) select t.site_id, t.id, n.i + 2, n.i + 2, 'message', 'requester', \
                 t.requester_id, 'Amina', null, '{{\"kind\":\"message\",\"asks\":false,\"attachments\":[],\"text\":\"common ' \
                 || case when n.i % 50 = 7 then 'Nädel ' else '' end || 'straw' || n.i || '\"}}', null, null, \
                 {at} + n.i * 1000 from n join ticket t on t.number = {number}"
            ))
            .await;
    }
    bench
        .sql(&format!(
            "update ticket set last_seq = last_seq + {MESSAGES}, last_pub_seq = last_pub_seq + {MESSAGES}, \
             from_requester = from_requester + {MESSAGES}, version = version + {MESSAGES}, \
             pub_version = pub_version + {MESSAGES}"
        ))
        .await;
}

/// Every page from the newest on: (time, ticket, number) of the hits, and how many pages there were.
async fn all_pages(bench: &Bench, agent: TestAgent, typed: &str) -> (Vec<(i64, TicketId, i64)>, usize) {
    let (mut hits, mut pages, mut next) = (Vec::new(), 0, None);
    loop {
        let read = page(bench, agent, typed, next.as_deref(), 100).await;
        assert!(read.hits.len() <= 100);
        hits.extend(read.hits.into_iter().map(|hit| (hit.at, hit.row.ticket.id, hit.n.unwrap())));
        pages += 1;
        next = read.next;
        if next.is_none() {
            return (hits, pages);
        }
    }
}

async fn a_hundred_thousand_messages_are_searched_whole(bench: &Bench) {
    let lou = bench.agent("Lou", Role::Lead, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    writes_many(bench).await;
    migrates_again(bench).await;
    let (hits, pages) = all_pages(bench, lou, "nadel").await;
    assert_eq!((hits.len() as i64, pages), (TICKETS * MESSAGES / 50, 20));
    assert_eq!(hits.iter().collect::<HashSet<_>>().len(), hits.len(), "each once");
    assert!(hits.iter().all(|(_, _, n)| (n - 2) % 50 == 7));
    assert!(hits.windows(2).all(|two| two[0].0 >= two[1].0), "newest first");
    assert_eq!(all_pages(bench, lou, "common straw777").await.0.len() as i64, TICKETS);
    assert_eq!(all_pages(bench, lou, "\"straw777 common\"").await.0, []);
    // One ticket is in reach of somebody to whom all the others' hits are not shown, page after page.
    bench
        .sql(
            "update ticket set assignee_id = (select id from participant where name = 'Lou') \
             where number > (select min(number) from ticket)",
        )
        .await;
    let (hits, pages) = all_pages(bench, lea, "common").await;
    assert_eq!(hits.len() as i64, MESSAGES);
    assert_eq!(hits.iter().map(|(_, _, n)| *n).collect::<HashSet<_>>().len() as i64, MESSAGES);
    assert!(pages as i64 >= TICKETS * MESSAGES / SEARCH_LOOKED_AT_MAX, "{pages}");
    // No log tells of it.
    bench.sql("update ticket set assignee_id = null").await;
}

/// Postgres has its own limit for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_sqlite_is_stopped_after_its_time() {
    let bench = Bench::sqlite().await;
    let db = Db::connect(&bench.database, None, &crate::store::db::StatementCount::default()).await.unwrap();
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as n from n";
    let stopped = all(db.reads(), Sql::new(endless)).await;
    assert!(matches!(stopped, Err(Fault::Busy(_))), "{stopped:?}");
    assert_eq!(all(db.reads(), Sql::new("select 1 as n")).await.unwrap().len(), 1);
    db.close().await;
    bench.finish().await;
}
