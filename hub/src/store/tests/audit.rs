//! The chain of the audit: whole after everything a hub does, and not after anything that was done to its rows
//! (R-J3).

use protocol::model::Role;
use serde_json::json;

use super::bench::{Bench, DAY, TestAgent};
use super::keep::{copied, empty_places};
use super::on_both;
use crate::domain::alert::AlertTimes;
use crate::domain::audit::{BEGINNING, link};
use crate::store::audit::{Audit, Head, ROW, read};
use crate::store::keep::{Anew, AuditFound, Look};
use crate::store::sql::{Sql, all, run};
use crate::store::{Database, Store};

on_both! {
    rows_are_chained_some_at_a_time_and_all_of_them,
    each_way_to_change_the_audit_is_named,
    what_hides_in_the_database_alone_is_found_by_a_known_end,
    nodes_that_chain_at_once_make_one_chain,
    a_row_that_was_put_in_late_is_told,
    a_copy_of_the_database_has_the_same_chain,
}

async fn acts(bench: &Bench, agent: TestAgent, count: usize) {
    for n in 0..count {
        let act = Audit {
            site: bench.site(),
            act: "agent.changed",
            actor: Some(agent.id),
            subject: (n % 2 == 0).then(|| bench.id()),
            network: "192.0.2.1/32".to_owned(),
            details: json!({ "n": n }),
        };
        bench.store.audit(act).await.unwrap();
        bench.clock.advance(1);
    }
}

/// Chains whatever is there; answers the steps that it took.
async fn chain(store: &Store) -> Vec<u64> {
    let mut steps = Vec::new();
    while let Some(chained) = store.chain_audit().await.unwrap() {
        steps.push(chained.rows);
    }
    steps
}

async fn verify(database: &Database, known: Option<Head>) -> AuditFound {
    let look = Look::open(database).await.unwrap();
    let found = look.check_audit(known).await.unwrap();
    look.close().await;
    found
}

async fn rows_are_chained_some_at_a_time_and_all_of_them(bench: &Bench) {
    assert_eq!(verify(&bench.database, None).await, AuditFound::default());
    assert!(chain(&bench.store).await.is_empty());
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    acts(bench, lea, 1_001).await;
    let before = verify(&bench.database, None).await;
    assert_eq!((before.whole, before.waiting, before.wrong), (0, 1_001, None), "not chained yet is no fault");
    assert_eq!(chain(&bench.store).await, [500, 500, 1]);
    acts(bench, lea, 3).await;
    let found = verify(&bench.database, None).await;
    assert_eq!((found.whole, found.waiting, &found.wrong), (1_001, 3, &None));
    let known = found.head.unwrap();
    assert_eq!(known.n, 1_001);
    assert_eq!(chain(&bench.store).await, [3]);
    let found = verify(&bench.database, Some(known)).await;
    assert_eq!((found.whole, found.waiting, found.wrong, found.late), (1_004, 0, None, 0));
    // By hand, from the rows as they are.
    let rows =
        all(bench.store.db().reads(), Sql::new(format!("select {ROW} from audit order by at, id"))).await.unwrap();
    let by_hand = rows.iter().zip(1..).fold(BEGINNING, |hash, (row, n)| link(&hash, n, &read(row).unwrap()));
    assert_eq!(found.head.unwrap(), Head { n: 1_004, hash: by_hand });
}

async fn each_way_to_change_the_audit_is_named(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    acts(bench, lea, 1_100).await;
    chain(&bench.store).await;
    acts(bench, lea, 1).await;
    bench.sql("create table kept as select * from audit").await;
    bench.sql("create table kept_head as select * from audit_head").await;
    let put_back = async || {
        for text in [
            "delete from audit",
            "insert into audit select * from kept",
            "delete from audit_head",
            "insert into audit_head select * from kept_head",
        ] {
            bench.sql(text).await;
        }
    };
    let copy = "insert into audit (id, site_id, at, act, network, details, chain_n, hash) \
                select site_id, site_id, at, act, network, details, ";
    let middle = format!("{copy} 700, hash from audit where chain_n = 701");
    let behind = format!("{copy} 1101, hash from audit where chain_n = 1100");
    for (changes, whole, said) in [
        (vec!["update audit set details = '{}' where chain_n = 700"], 699, "the row 700 (id"),
        (vec!["update audit set at = at + 1 where chain_n = 1"], 0, "the row 1 (id"),
        (vec!["update audit set act = 'agent.invited' where chain_n in (900, 20)"], 19, "the row 20 (id"),
        (vec!["update audit set actor_id = null where chain_n = 1100"], 1_099, "the row 1100 (id"),
        (vec!["update audit set hash = null where chain_n = 300"], 299, "the row 300 (id"),
        (vec!["delete from audit where chain_n = 700"], 699, "the row 700, before others, was removed"),
        (vec!["delete from audit where chain_n <= 600"], 0, "the rows 1 to 600, before others, were removed"),
        (vec!["delete from audit where chain_n = 1100"], 1_099, "the row 1100, the newest of them, was removed"),
        (vec!["delete from audit where chain_n > 40"], 40, "the rows 41 to 1100, the newest of them, were removed"),
        (vec!["delete from audit"], 0, "the rows 1 to 1100, the newest of them, were removed"),
        // Put in where one was taken out, or with all others moved.
        (vec!["delete from audit where chain_n = 700", &middle], 699, "was edited, or put in"),
        (
            vec![
                "update audit set chain_n = -chain_n where chain_n >= 700",
                "update audit set chain_n = 1 - chain_n where chain_n < 0",
                &middle,
                "update audit_head set chain_n = 1101",
            ],
            699,
            "the row 700 (id",
        ),
        (
            vec![
                "delete from audit where chain_n = 700",
                "update audit set chain_n = -chain_n where chain_n > 700",
                "update audit set chain_n = -chain_n - 1 where chain_n < 0",
            ],
            699,
            "the row 700 (id",
        ),
        (vec![&behind], 1_100, "rows were put in behind the chain's end, up to 1101"),
        (vec!["delete from audit_head"], 0, "the chain's end (audit_head) was removed"),
        (vec!["update audit_head set chain_n = 1099"], 1_099, "rows were put in behind the chain's end, up to 1100"),
        (
            vec!["update audit_head set hash = (select hash from audit where chain_n = 1)"],
            1_100,
            "the chain's end (audit_head) was edited",
        ),
    ] {
        for change in &changes {
            bench.sql(change).await;
        }
        let found = verify(&bench.database, None).await;
        let wrong = found.wrong.unwrap_or_else(|| panic!("{changes:?} was not found"));
        assert!(wrong.contains(said) && found.whole == whole, "{changes:?}: {wrong}; {} are whole", found.whole);
        put_back().await;
        let found = verify(&bench.database, None).await;
        assert_eq!((found.wrong, found.whole, found.waiting), (None, 1_100, 1));
    }
}

/// Whoever may write everything may make everything anew, but not what was told elsewhere.
async fn what_hides_in_the_database_alone_is_found_by_a_known_end(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    acts(bench, lea, 5).await;
    chain(&bench.store).await;
    let known = verify(&bench.database, None).await.head.unwrap();
    acts(bench, lea, 5).await;
    chain(&bench.store).await;
    // The newest rows, with the end.
    let hash =
        |n: i64| format!("update audit_head set chain_n = {n}, hash = (select hash from audit where chain_n = {n})");
    bench.sql(&hash(3)).await;
    bench.sql("delete from audit where chain_n > 3").await;
    assert_eq!(verify(&bench.database, None).await.wrong, None);
    let wrong = verify(&bench.database, Some(known)).await.wrong;
    assert_eq!(wrong.as_deref(), Some("the rows 4 to 5, the newest of them, were removed"));
    // Every hash, after an edit.
    bench.sql("update audit set chain_n = null, hash = null, details = '{}'").await;
    bench.sql("delete from audit_head").await;
    acts(bench, lea, 5).await;
    chain(&bench.store).await;
    assert_eq!(verify(&bench.database, None).await.wrong, None);
    let wrong = verify(&bench.database, Some(known)).await.wrong;
    assert_eq!(wrong.as_deref(), Some("the chain was made anew: the row 5 had another hash once"));
}

async fn nodes_that_chain_at_once_make_one_chain(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(bench.second_store().await);
    }
    let mut chained = 0;
    for round in 0..10 {
        acts(bench, lea, 30).await;
        let at_once = nodes.iter().map(|node| node.chain_audit());
        let writes = acts(bench, lea, 20);
        let (steps, ()) = futures_util::future::join(futures_util::future::join_all(at_once), writes).await;
        chained += steps.into_iter().flat_map(|step| step.unwrap()).map(|step| step.rows).sum::<u64>();
        assert!(chained >= 30 * (round + 1), "somebody did it");
    }
    chained += chain(&bench.store).await.iter().sum::<u64>();
    assert_eq!(chained, 500, "each once");
    let found = verify(&bench.database, None).await;
    assert_eq!((found.whole, found.waiting, found.wrong), (500, 0, None));
    for node in nodes {
        node.close().await;
    }
}

async fn a_row_that_was_put_in_late_is_told(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    bench.clock.advance(3 * DAY);
    acts(bench, lea, 3).await;
    chain(&bench.store).await;
    let id = bench.id();
    let text = "insert into audit (id, site_id, at, act, network, details) select $1, id, $2, 'agent.invited', '', '{}' \
                from site";
    let two_days_ago = bench.clock.now() - 2 * DAY as i64;
    run(bench.store.db().writes(), Sql::with(text, [id.into(), two_days_ago.into()])).await.unwrap();
    acts(bench, lea, 1).await;
    assert_eq!(bench.store.chain_audit().await.unwrap().unwrap().late, [id]);
    let found = verify(&bench.database, None).await;
    assert_eq!((found.whole, found.wrong), (5, None), "a wrong clock does the same");
    assert_eq!((found.late, found.late_examples), (1, vec![id]));
}

async fn a_copy_of_the_database_has_the_same_chain(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    acts(bench, lea, 40).await;
    chain(&bench.store).await;
    acts(bench, lea, 2).await;
    let known = verify(&bench.database, None).await.head.unwrap();
    for restore in [true, false] {
        for (place, _dir) in empty_places().await {
            let anew = Anew { kids: Vec::new(), gone: Vec::new(), times: AlertTimes::default() };
            copied(bench, &place).await.finish(restore.then_some(&anew)).await.unwrap();
            let found = verify(&place, Some(known)).await;
            assert_eq!((found.whole, found.waiting, found.wrong, found.head), (40, 2, None, Some(known)));
            // And goes on there.
            let store = Store::open(place.clone(), bench.store.clock().clone()).await.unwrap();
            assert_eq!(chain(&store).await, [2]);
            store.close().await;
            let found = verify(&place, Some(known)).await;
            assert_eq!((found.whole, found.waiting, found.wrong), (42, 0, None));
        }
    }
}
