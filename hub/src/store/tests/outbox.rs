//! The outbox: a mail is one worker's at a time, and a late worker changes nothing.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::bench::{Bench, MINUTE, email};
use super::on_both;
use crate::store::logins::{CodeAsked, NewCode};
use crate::store::people::DueMail;

const LEASE_MS: i64 = 60_000;

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
    bench.store.claim_mails(10, LEASE_MS).await.unwrap()
}

on_both! {
    a_code_and_its_mail_are_written_together,
    a_late_worker_is_fenced_off,
    a_mail_is_tried_again_when_it_is_due,
    workers_on_two_nodes_share_without_doubling,
}

async fn a_code_and_its_mail_are_written_together(bench: &Bench) {
    asks(bench, "Amina@Example.org").await;
    let mails = claims(bench).await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.to.as_str(), mail.locale.as_str(), mail.kind.as_str()), ("Amina@Example.org", "fr", "m3"));
    let (code, kid) = mail.code.as_ref().unwrap();
    assert_eq!(kid, "k7");
    assert_eq!((mail.identity.clone(), mail.attempts), (format!("m3.{code}"), 1));
    assert!(claims(bench).await.is_empty());
    bench.store.finish_mail(mail, None, None).await.unwrap();
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
    bench.store.finish_mail(&late, Some("broken pipe"), None).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'queued'").await, 1);
    bench.store.finish_mail(&next, None, None).await.unwrap();
    bench.store.finish_mail(&late, Some("broken pipe"), Some(1)).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'sent'").await, 1);
}

async fn a_mail_is_tried_again_when_it_is_due(bench: &Bench) {
    asks(bench, "a@example.org").await;
    let mail = claims(bench).await.remove(0);
    bench.store.finish_mail(&mail, Some("421 later"), Some(bench.clock.now() + 120_000)).await.unwrap();
    bench.clock.advance(MINUTE);
    assert!(claims(bench).await.is_empty());
    bench.clock.advance(MINUTE);
    let again = claims(bench).await.remove(0);
    assert_eq!((again.identity.clone(), again.attempts), (mail.identity, 2));
    bench.store.finish_mail(&again, Some("550 no such user"), None).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'dead'").await, 1);
}

async fn workers_on_two_nodes_share_without_doubling(bench: &Bench) {
    for i in 0..20 {
        asks(bench, &format!("a{i}@example.org")).await;
    }
    let stores = [bench.store.clone(), bench.second_store().await];
    let claims = (0..10).map(|turn| {
        let store = stores[turn % 2].clone();
        tokio::spawn(async move { store.claim_mails(3, LEASE_MS).await.unwrap() })
    });
    let claimed: Vec<_> = join_all(claims).await.into_iter().flat_map(Result::unwrap).map(|mail| mail.id).collect();
    let rest = stores[0].claim_mails(100, LEASE_MS).await.unwrap().into_iter().map(|mail| mail.id);
    let all: Vec<_> = claimed.into_iter().chain(rest).collect();
    assert_eq!(all.len(), 20);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 20);
    stores[1].close().await;
}
