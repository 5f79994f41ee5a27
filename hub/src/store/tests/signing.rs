//! Signing in: codes, links, attempts, logins and their lives.

use futures_util::future::join_all;
use protocol::http::LinkPurpose;
use protocol::model::Role;
use protocol::{ErrorCode, LoginId};

use super::bench::{Bench, DAY, HOUR, MINUTE, email, guest, name, refusal};
use super::on_both;
use crate::domain::access::Audience;
use crate::domain::limits::{CODE_TRIES_MAX, CODES_PER_NETWORK_HOUR_MAX};
use crate::domain::{Refusal, ids};
use crate::store::logins::{CodeAsked, FoundLogin, NewCode};
use crate::store::{Store, Window};

fn code(bench: &Bench, login: LoginId, address: &str, network: &str) -> NewCode {
    NewCode {
        site: bench.site(),
        login,
        email: email(address),
        locale: "en".to_owned(),
        network: network.to_owned(),
        kid: "k1".to_owned(),
    }
}

async fn asks(bench: &Bench, login: LoginId, address: &str, network: &str) -> CodeAsked {
    bench.store.ask_code(code(bench, login, address, network)).await.unwrap()
}

async fn is_queued(bench: &Bench, address: &str, network: &str) -> bool {
    matches!(asks(bench, bench.visitor_login().await, address, network).await, CodeAsked::Queued { .. })
}

async fn link(bench: &Bench, purpose: LinkPurpose, agent: Option<protocol::ParticipantId>) -> [u8; 32] {
    let token = ids::new_secret();
    let expires_at = bench.clock.now() + HOUR as i64;
    bench.store.new_one_time_link(bench.site(), purpose, agent, token, expires_at).await.unwrap();
    token
}

type LinkUsed = Option<(protocol::ParticipantId, LoginId)>;

async fn uses(bench: &Bench, store: &Store, link: uuid::Uuid) -> Result<LinkUsed, crate::store::StoreError> {
    let login = bench.new_login(Audience::Agent, ids::new_secret(), None);
    store.use_one_time_link(link, Some(email("ada@example.org")), Some(name("Ada")), "hash".to_owned(), login).await
}

on_both! {
    a_code_signs_the_browser_in_that_asked,
    a_hundred_right_answers_give_one_session,
    five_tries_and_no_more,
    a_code_lives_ten_minutes_and_until_a_newer_one,
    codes_are_limited_by_address_and_network,
    codes_asked_at_once_keep_the_limit,
    attempts_are_counted_within_their_window,
    a_link_works_once,
    an_invite_and_a_reset_set_the_password,
    an_address_that_is_taken_does_not_use_the_link_up,
    logins_end_by_themselves,
    signing_out_everywhere_keeps_this_login,
    signing_out_takes_customer_and_guest_tickets,
    a_realtime_token_works_once_and_soon,
}

async fn a_code_signs_the_browser_in_that_asked(bench: &Bench) {
    let (login, other) = (bench.visitor_login().await, bench.visitor_login().await);
    let CodeAsked::Queued { id } = asks(bench, login, "Amina@Example.org", "n1").await else { panic!() };
    // R-A8: another browser has no code.
    assert!(bench.store.try_code(other, "192.0.2.1/32").await.unwrap().unwrap().is_none());
    let tried = bench.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().unwrap();
    assert_eq!((tried.id, tried.kid.as_str(), tried.email.canonical()), (id, "k1", "amina@example.org"));
    assert_eq!(bench.store.use_code(id, other, ids::new_secret()).await.unwrap(), None);
    let token = ids::new_secret();
    let customer = bench.store.use_code(id, login, token).await.unwrap().unwrap();
    // R-A12: the login goes by its new token only.
    assert!(matches!(
        bench.store.login(Audience::Requester, &token).await.unwrap(),
        Some(FoundLogin::Visitor(visitor)) if visitor.customer == Some(customer)
    ));
    assert_eq!(bench.store.use_code(id, login, ids::new_secret()).await.unwrap(), None);
    assert!(bench.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().is_none());
    // The next time it is the same person.
    let (again, _) = bench.customer("amina@example.ORG").await;
    assert_eq!(again, customer);
}

/// R-A6: right answers that come at once give one session.
async fn a_hundred_right_answers_give_one_session(bench: &Bench) {
    let login = bench.visitor_login().await;
    let CodeAsked::Queued { id } = asks(bench, login, "amina@example.org", "n1").await else { panic!() };
    let uses = (0..100).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.use_code(id, login, ids::new_secret()).await.unwrap() })
    });
    let used: Vec<_> = join_all(uses).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(used.len(), 1);
    assert_eq!(bench.number("select count(*) as n from participant where kind = 'customer'").await, 1);
}

/// R-A7: a try counts before it is compared, also when many come at once.
async fn five_tries_and_no_more(bench: &Bench) {
    let login = bench.visitor_login().await;
    asks(bench, login, "amina@example.org", "n1").await;
    let tries = (0..40).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().is_some() })
    });
    let tried = join_all(tries).await.into_iter().filter(|tried| *tried.as_ref().unwrap()).count();
    assert_eq!(tried as i64, CODE_TRIES_MAX);
    assert_eq!(bench.number("select tries as n from access_code").await, CODE_TRIES_MAX);
}

async fn a_code_lives_ten_minutes_and_until_a_newer_one(bench: &Bench) {
    let login = bench.visitor_login().await;
    let CodeAsked::Queued { id: first } = asks(bench, login, "amina@example.org", "n1").await else { panic!() };
    let CodeAsked::Queued { id: second } = asks(bench, login, "amina@example.org", "n1").await else { panic!() };
    assert_eq!(bench.store.use_code(first, login, ids::new_secret()).await.unwrap(), None);
    assert_eq!(bench.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().unwrap().id, second);
    bench.clock.advance(10 * MINUTE - 1);
    assert!(bench.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().is_some());
    bench.clock.advance(1);
    assert!(bench.store.try_code(login, "192.0.2.1/32").await.unwrap().unwrap().is_none());
    assert_eq!(bench.store.use_code(second, login, ids::new_secret()).await.unwrap(), None);
}

/// R-A9, each limit alone; each ends by itself.
async fn codes_are_limited_by_address_and_network(bench: &Bench) {
    for round in 0..3 {
        assert!(is_queued(bench, "amina@example.org", &format!("n{round}")).await);
        bench.clock.advance(MINUTE);
    }
    let login = bench.visitor_login().await;
    assert_eq!(asks(bench, login, "AMINA@example.org", "n9").await, CodeAsked::TooOften { retry_after_s: 12 * 60 });
    assert!(is_queued(bench, "other@example.org", "n9").await);
    bench.clock.advance(12 * MINUTE);
    assert!(is_queued(bench, "amina@example.org", "n9").await);
    for _ in 0..4 {
        bench.clock.advance(15 * MINUTE);
        assert!(is_queued(bench, "amina@example.org", "n9").await);
    }
    bench.clock.advance(15 * MINUTE);
    assert!(!is_queued(bench, "amina@example.org", "n9").await, "eight a day");
    bench.clock.advance(DAY);
    for i in 0..CODES_PER_NETWORK_HOUR_MAX {
        assert!(is_queued(bench, &format!("p{i}@example.org"), "n5").await);
    }
    assert!(!is_queued(bench, "more@example.org", "n5").await);
    assert!(is_queued(bench, "more@example.org", "n6").await);
    bench.clock.advance(HOUR);
    assert!(is_queued(bench, "more@example.org", "n5").await);
}

async fn codes_asked_at_once_keep_the_limit(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let login = bench.visitor_login().await;
    let asks = (0..12).map(|turn| {
        let (store, code) = (stores[turn % 2].clone(), code(bench, login, "amina@example.org", "n1"));
        tokio::spawn(async move { store.ask_code(code).await.unwrap() })
    });
    let queued = join_all(asks).await.into_iter().filter(|asked| matches!(asked, Ok(CodeAsked::Queued { .. }))).count();
    assert_eq!(queued, 3);
    assert_eq!(bench.number("select count(*) as n from delivery").await, 3);
    assert_eq!(bench.number("select count(*) as n from access_code where ended_at is null").await, 1);
    stores[1].close().await;
}

async fn attempts_are_counted_within_their_window(bench: &Bench) {
    let window = || Window { since: bench.clock.now() - 15 * MINUTE as i64, max: 3 };
    let attempt = |subject: &'static str| bench.store.attempt("password", subject, window());
    for _ in 0..3 {
        assert_eq!(attempt("a").await.unwrap(), Ok(()));
        bench.clock.advance(MINUTE);
    }
    assert_eq!(attempt("a").await.unwrap(), Err(12 * 60));
    assert_eq!(attempt("a").await.unwrap(), Err(12 * 60), "a refused attempt is not counted");
    assert_eq!(attempt("b").await.unwrap(), Ok(()));
    bench.clock.advance(12 * MINUTE);
    assert_eq!(attempt("a").await.unwrap(), Ok(()));
    assert_eq!(attempt("a").await.unwrap(), Err(60));
    bench.store.forget_attempts("password", "a").await.unwrap();
    assert_eq!(attempt("a").await.unwrap(), Ok(()));
    let at_once = (0..20).map(|_| {
        let (store, window) = (bench.store.clone(), window());
        tokio::spawn(async move { store.attempt("network", "n", window).await.unwrap().is_ok() })
    });
    let within = join_all(at_once).await.into_iter().filter(|within| *within.as_ref().unwrap()).count();
    assert_eq!(within, 3);
}

async fn a_link_works_once(bench: &Bench) {
    let token = link(bench, LinkPurpose::FirstAdmin, None).await;
    let found = bench.store.one_time_link(&token).await.unwrap().unwrap();
    assert_eq!((found.purpose, found.participant, found.email.as_str()), (LinkPurpose::FirstAdmin, None, ""));
    assert!(!bench.store.has_agents(bench.site()).await.unwrap());
    let stores = [bench.store.clone(), bench.second_store().await];
    let used = join_all((0..8).map(|turn| uses(bench, &stores[turn % 2], found.id))).await;
    let used: Vec<_> = used.into_iter().filter_map(Result::unwrap).collect();
    let [(admin, login)] = used.as_slice() else { panic!("{used:?}") };
    assert_eq!(bench.store.agent(bench.site(), *admin).await.unwrap().unwrap().role, Role::Admin);
    assert!(matches!(bench.found(*login).await, FoundLogin::Agent(agent) if agent.id == *admin));
    assert!(bench.store.has_agents(bench.site()).await.unwrap());
    assert!(bench.store.one_time_link(&token).await.unwrap().is_none());
    // Another first admin's link is worth nothing any more.
    let late = link(bench, LinkPurpose::FirstAdmin, None).await;
    let late = bench.store.one_time_link(&late).await.unwrap().unwrap();
    assert_eq!(uses(bench, &bench.store, late.id).await.unwrap(), None);
    stores[1].close().await;
}

async fn an_invite_and_a_reset_set_the_password(bench: &Bench) {
    let agent = bench
        .store
        .add_agent(bench.site(), &email("lea@example.org"), &name("L"), Role::Agent, &[], None)
        .await
        .unwrap();
    let older = link(bench, LinkPurpose::Invite, Some(agent)).await;
    let invite = link(bench, LinkPurpose::Invite, Some(agent)).await;
    assert!(bench.store.one_time_link(&older).await.unwrap().is_none());
    let found = bench.store.one_time_link(&invite).await.unwrap().unwrap();
    assert_eq!((found.email.as_str(), found.name.as_str()), ("lea@example.org", "L"));
    let (used, first) = uses(bench, &bench.store, found.id).await.unwrap().unwrap();
    assert_eq!(used, agent);
    let row = bench.store.agent(bench.site(), agent).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.email.as_str(), row.role), ("Ada", "lea@example.org", Role::Agent));
    let reset = link(bench, LinkPurpose::Reset, Some(agent)).await;
    let reset = bench.store.one_time_link(&reset).await.unwrap().unwrap();
    let (_, second) = uses(bench, &bench.store, reset.id).await.unwrap().unwrap();
    assert!(matches!(bench.found(first).await, FoundLogin::Revoked));
    assert!(matches!(bench.found(second).await, FoundLogin::Agent(_)));
    // Time, and being disabled, end a link.
    let reset = link(bench, LinkPurpose::Reset, Some(agent)).await;
    let id = bench.store.one_time_link(&reset).await.unwrap().unwrap().id;
    bench.clock.advance(HOUR);
    assert!(bench.store.one_time_link(&reset).await.unwrap().is_none());
    assert_eq!(uses(bench, &bench.store, id).await.unwrap(), None);
}

async fn an_address_that_is_taken_does_not_use_the_link_up(bench: &Bench) {
    bench.store.add_agent(bench.site(), &email("ada@example.org"), &name("A"), Role::Agent, &[], None).await.unwrap();
    let token = link(bench, LinkPurpose::FirstAdmin, None).await;
    let found = bench.store.one_time_link(&token).await.unwrap().unwrap();
    assert_eq!(
        refusal(uses(bench, &bench.store, found.id).await).unwrap_err(),
        Refusal::of("email", ErrorCode::Conflict)
    );
    assert!(bench.store.one_time_link(&token).await.unwrap().is_some());
}

/// R-B2: idle and absolute lives, by the server's clock.
async fn logins_end_by_themselves(bench: &Bench) {
    let token = ids::new_secret();
    let login = bench.store.new_login(bench.new_login(Audience::Requester, token, None)).await.unwrap();
    for _ in 0..13 {
        bench.clock.advance(DAY - MINUTE);
        assert!(matches!(bench.store.login(Audience::Requester, &token).await.unwrap(), Some(FoundLogin::Visitor(_))));
        // Being seen is written with the next batch.
        bench.guest_opens("anything").await;
    }
    assert!(bench.store.login(Audience::Agent, &token).await.unwrap().is_none());
    assert!(bench.store.login(Audience::Requester, &ids::new_secret()).await.unwrap().is_none());
    bench.clock.advance(DAY);
    assert!(matches!(bench.store.login(Audience::Requester, &token).await.unwrap(), Some(FoundLogin::Expired)));
    let fresh = ids::new_secret();
    bench.store.renew_login(login, fresh).await.unwrap();
    assert!(matches!(bench.store.login(Audience::Requester, &fresh).await.unwrap(), Some(FoundLogin::Visitor(_))));
    assert!(bench.store.login(Audience::Requester, &token).await.unwrap().is_none());
    bench.store.revoke_login(login).await.unwrap();
    assert!(matches!(bench.store.login(Audience::Requester, &fresh).await.unwrap(), Some(FoundLogin::Revoked)));
}

async fn signing_out_everywhere_keeps_this_login(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let second = bench.login(Audience::Agent, Some(agent.id)).await;
    let third = bench.login(Audience::Agent, Some(agent.id)).await;
    let mut ended = bench.store.revoke_logins_of(agent.id, Some(second)).await.unwrap();
    ended.sort_unstable();
    let mut others = [agent.login, third];
    others.sort_unstable();
    assert_eq!(ended, others);
    let found = bench.store.logins(&[agent.login, second, LoginId(bench.id())]).await.unwrap();
    assert_eq!(found.len(), 2);
    for (login, found) in found {
        assert_eq!(matches!(found, FoundLogin::Agent(_)), login == second);
    }
}

async fn signing_out_takes_customer_and_guest_tickets(bench: &Bench) {
    let (customer, login) = bench.customer("amina@example.org").await;
    let ticket = bench.opens(login, guest("other@example.org"), "Hello").await;
    let visitor = bench.visitor_of(login).await;
    assert_eq!((visitor.customer, visitor.grants.len()), (Some(customer), 1));
    assert!(!visitor.grants[0].proven);
    bench.store.sign_out(login).await.unwrap();
    let visitor = bench.visitor_of(login).await;
    assert_eq!((visitor.customer, visitor.grants.len()), (None, 0));
    assert_eq!(bench.store.granted_tickets(ticket.login).await.unwrap(), []);
}

async fn a_realtime_token_works_once_and_soon(bench: &Bench) {
    let login = bench.visitor_login().await;
    let (token, late) = (ids::new_secret(), ids::new_secret());
    let expires_at = bench.clock.now() + 30_000;
    bench.store.new_realtime_token(login, token, expires_at).await.unwrap();
    bench.store.new_realtime_token(login, late, expires_at).await.unwrap();
    let uses = (0..10).map(|_| bench.store.use_realtime_token(&token));
    let used: Vec<_> = join_all(uses).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(used, [login]);
    bench.clock.advance(30_000);
    assert_eq!(bench.store.use_realtime_token(&late).await.unwrap(), None);
    assert_eq!(bench.store.use_realtime_token(&ids::new_secret()).await.unwrap(), None);
}
