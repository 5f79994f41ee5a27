//! The outbox: a mail is one worker's at a time, and a late worker changes nothing.

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::future::{join_all, select};
use sea_orm::DbBackend;

use super::bench::{Bench, DAY, MINUTE, email};
use super::on_both;
use crate::domain::alert::Hold;
use crate::store::alerts::{DueMail, Finish, Lane};
use crate::store::db::rollback;
use crate::store::logins::{CodeAsked, NewCode};
use crate::store::sql::{Sql, run};

const LEASE_MS: i64 = 60_000;

const SENT: Finish = Finish::Sent { answer: None };

fn again(at: i64, counts: bool) -> Finish {
    Finish::Again { at, counts, hold: None, why: "421 later".to_owned() }
}

fn dead(why: &str) -> Finish {
    Finish::Dead { why: why.to_owned(), hold: Hold::Undelivered }
}

async fn asks(bench: &Bench, address: &str) {
    let login = bench.visitor_login().await;
    let code = NewCode {
        site: bench.site(),
        login,
        email: email(address),
        locale: "fr".to_owned(),
        network: "192.0.2.1/32".to_owned(),
        kid: "k7".to_owned(),
    };
    assert!(matches!(bench.store.ask_code(code).await.unwrap(), CodeAsked::Queued { .. }));
}

async fn claims(bench: &Bench) -> Vec<DueMail> {
    bench.store.claim_mails(Lane::Codes, 10, LEASE_MS).await.unwrap()
}

on_both! {
    a_code_and_its_mail_are_written_together,
    a_late_worker_is_fenced_off,
    a_mail_is_tried_again_when_it_is_due,
    workers_on_two_nodes_share_without_doubling,
    what_a_worker_asked_for_and_left_is_due_at_once,
    a_locked_mail_does_not_hurt_what_is_finished_with_it,
    what_is_done_is_forgotten_after_its_time,
    the_mails_of_a_dead_process_are_due_when_the_next_one_starts,
}

async fn a_code_and_its_mail_are_written_together(bench: &Bench) {
    asks(bench, "Amina@Example.org").await;
    let mails = claims(bench).await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.to.as_str(), mail.locale.as_str(), mail.kind.as_str()), ("Amina@Example.org", "fr", "m3"));
    let code = mail.code.as_ref().unwrap();
    assert_eq!(
        (code.kid.as_str(), code.browser.as_str(), code.asked_at),
        ("k7", "Firefox on Linux", bench.clock.now())
    );
    assert_eq!((mail.identity.clone(), mail.attempts), (format!("m3.{}", code.id), 1));
    assert!(claims(bench).await.is_empty());
    bench.store.finish_mail(mail, &SENT).await.unwrap();
    bench.clock.advance(10 * MINUTE);
    assert!(claims(bench).await.is_empty());
    assert_eq!(
        bench.number("select count(*) as n from delivery where state = 'sent' and done_at is not null").await,
        1
    );
}

async fn a_late_worker_is_fenced_off(bench: &Bench) {
    asks(bench, "a@example.org").await;
    let late = claims(bench).await.remove(0);
    bench.clock.advance(LEASE_MS as u64);
    let next = claims(bench).await.remove(0);
    assert_eq!((next.id, next.attempts), (late.id, 2));
    assert_ne!(next.lease, late.lease);
    bench.store.finish_mail(&late, &dead("broken pipe")).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'queued'").await, 1);
    bench.store.finish_mail(&next, &SENT).await.unwrap();
    bench.store.finish_mail(&late, &again(1, true)).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'sent'").await, 1);
}

async fn a_mail_is_tried_again_when_it_is_due(bench: &Bench) {
    asks(bench, "a@example.org").await;
    let mail = claims(bench).await.remove(0);
    bench.store.finish_mail(&mail, &again(bench.clock.now() + 120_000, true)).await.unwrap();
    bench.clock.advance(MINUTE);
    assert!(claims(bench).await.is_empty());
    bench.clock.advance(MINUTE);
    let again = claims(bench).await.remove(0);
    assert_eq!((again.identity.clone(), again.attempts), (mail.identity, 2));
    bench.store.finish_mail(&again, &self::again(bench.clock.now(), false)).await.unwrap();
    let same = claims(bench).await.remove(0);
    assert_eq!(same.attempts, 2, "a try that was no fault of the mail is given back");
    bench.store.finish_mail(&same, &dead("550 no such user")).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'dead'").await, 1);
}

async fn workers_on_two_nodes_share_without_doubling(bench: &Bench) {
    for i in 0..20 {
        asks(bench, &format!("a{i}@example.org")).await;
    }
    let stores = [bench.store.clone(), bench.second_store().await];
    let claims = (0..10).map(|turn| {
        let store = stores[turn % 2].clone();
        tokio::spawn(async move { store.claim_mails(Lane::Codes, 3, LEASE_MS).await.unwrap() })
    });
    let claimed: Vec<_> = join_all(claims).await.into_iter().flat_map(Result::unwrap).map(|mail| mail.id).collect();
    let rest = stores[0].claim_mails(Lane::Codes, 100, LEASE_MS).await.unwrap().into_iter().map(|mail| mail.id);
    let all: Vec<_> = claimed.into_iter().chain(rest).collect();
    assert_eq!(all.len(), 20);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 20);
    stores[1].close().await;
}

async fn what_a_worker_asked_for_and_left_is_due_at_once(bench: &Bench) {
    const MAILS: usize = 12;
    for i in 0..MAILS {
        asks(bench, &format!("a{i}@example.org")).await;
    }
    let leaves = || async {
        let claim = pin!(bench.store.claim_mails(Lane::Codes, 2, LEASE_MS));
        let _ = select(claim, pin!(tokio::task::yield_now())).await;
    };
    let mut found = BTreeSet::new();
    for _ in 0..100 {
        leaves().await;
        found.extend(bench.store.claim_mails(Lane::Codes, 1, LEASE_MS).await.unwrap().iter().map(|mail| mail.id));
    }
    assert_eq!(found.len(), MAILS);
    let mails = "select count(*) as n from delivery where attempts = 1";
    assert_eq!(bench.number(mails).await, i64::try_from(MAILS).unwrap(), "what was given back did not count");
}

/// On SQLite whoever writes has locked all.
async fn a_locked_mail_does_not_hurt_what_is_finished_with_it(bench: &Bench) {
    if bench.store.db().backend() != DbBackend::Postgres {
        return;
    }
    for i in 0..3 {
        asks(bench, &format!("a{i}@example.org")).await;
    }
    let mails = claims(bench).await;
    let other = bench.store.db().begin().await.unwrap();
    let ids = [mails[0].id.into(), mails[1].id.into()];
    run(&other, Sql::with("update delivery set due_at = due_at where id in ($1, $2)", ids)).await.unwrap();
    // The first one waits for the lock alone; the others queue meanwhile and are written together.
    let done = join_all(mails.iter().map(|mail| bench.store.finish_mail(mail, &SENT))).await;
    // Postgres may have ended it by now: it was idle for seconds.
    let _ = rollback(other).await;
    assert!(done[0].is_err(), "the row was locked");
    assert!(done[2].is_ok(), "{:?}", done[2]);
}

async fn what_is_done_is_forgotten_after_its_time(bench: &Bench) {
    for address in ["sent@example.org", "dead@example.org", "waits@example.org"] {
        asks(bench, address).await;
    }
    for mail in claims(bench).await {
        match mail.to.as_str() {
            "sent@example.org" => bench.store.finish_mail(&mail, &SENT).await.unwrap(),
            "dead@example.org" => bench.store.finish_mail(&mail, &dead("550")).await.unwrap(),
            _ => {}
        }
    }
    let left = async |what: &str| bench.number(&format!("select count(*) as n from {what}")).await;
    assert_eq!((bench.store.prune().await.unwrap(), left("delivery").await), (0, 3));
    bench.clock.advance(7 * DAY + 1);
    assert!(bench.store.prune().await.unwrap() > 0);
    assert_eq!((left("delivery").await, left("access_code").await, left("attempt").await), (2, 3, 0));
    bench.clock.advance(24 * DAY);
    while bench.store.prune().await.unwrap() > 0 {}
    assert_eq!((left("delivery").await, left("access_code").await), (1, 1), "what still waits stays");
}

/// I7: a restart delays nothing by a lease. On Postgres other nodes keep theirs.
async fn the_mails_of_a_dead_process_are_due_when_the_next_one_starts(bench: &Bench) {
    asks(bench, "a@example.org").await;
    asks(bench, "b@example.org").await;
    let dead = claims(bench).await;
    bench.store.finish_mail(&dead[0], &SENT).await.unwrap();
    let next = bench.second_store().await;
    let freed = next.free_claims().await.unwrap();
    let claimed = next.claim_mails(Lane::Codes, 10, LEASE_MS).await.unwrap();
    if bench.is_postgres() {
        assert_eq!((freed, claimed.len()), (0, 0));
    } else {
        assert_eq!((freed, claimed[0].id, claimed[0].attempts), (1, dead[1].id, 2));
        assert_eq!((claimed.len(), &claimed[0].identity), (1, &dead[1].identity));
        // Whoever comes back from the dead changes nothing.
        bench.store.finish_mail(&dead[1], &self::dead("late")).await.unwrap();
        assert!(next.is_still_due(&claimed[0]).await.unwrap());
    }
    next.close().await;
}
