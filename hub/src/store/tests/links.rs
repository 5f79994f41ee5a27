//! Secure links, their codes, and how a guest's access ends (R-A4 to R-A17).

use futures_util::future::join_all;
use protocol::model::Proof;
use protocol::{LoginId, TicketId};
use uuid::Uuid;

use super::bench::{Bench, DAY, HOUR, MINUTE, Opened, email, guest};
use super::on_both;
use crate::domain::limits::{
    CODE_FAILS_PER_HUB_HOUR_MAX, CODE_TRIES_MAX, CODES_PER_NETWORK_HOUR_MAX, LINK_CODE_FAILS_PER_DAY_MAX,
    LOST_PER_DOMAIN_HOUR_MAX, LOST_PER_NETWORK_HOUR_MAX,
};
use crate::domain::{Refusal, SecureLink, ids};
use crate::store::alerts::{Lane, Muted};
use crate::store::logins::{
    FoundLogin, LinkCodeAsked, LinkCodeTried, LinkCodeUse, LostAsked, NewLinkCode, NewLogin, Proven,
};
use crate::store::writer::{Act, Actor};
use crate::store::{Store, StoreError};

const NETWORK: &str = "192.0.2.1/32";

pub(super) async fn link_of(bench: &Bench, ticket: Opened) -> SecureLink {
    bench.store.secure_link(ticket.id, ticket.requester, "k1").await.unwrap()
}

/// A ticket that somebody opened under an address, and its link.
pub(super) async fn opened(bench: &Bench, address: &str) -> (Opened, SecureLink) {
    let ticket = bench.opens(bench.visitor_login().await, guest(address), "Where is it?").await;
    (ticket, link_of(bench, ticket).await)
}

fn new_code(bench: &Bench, link: &SecureLink, login: LoginId, network: &str) -> NewLinkCode {
    NewLinkCode { site: bench.site(), link: link.clone(), login, network: network.to_owned(), kid: "k1".to_owned() }
}

async fn asks_from(bench: &Bench, link: &SecureLink, login: LoginId, network: &str) -> LinkCodeAsked {
    bench.store.ask_link_code(new_code(bench, link, login, network)).await.unwrap()
}

pub(super) async fn asks(bench: &Bench, link: &SecureLink, login: LoginId) -> LinkCodeAsked {
    asks_from(bench, link, login, &format!("network {}", bench.id())).await
}

pub(super) async fn gets_code(bench: &Bench, link: &SecureLink, login: LoginId) -> Uuid {
    match asks(bench, link, login).await {
        LinkCodeAsked::Queued { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

async fn tries(store: &Store, link: &SecureLink, login: LoginId) -> LinkCodeTried {
    loop {
        match store.try_link_code(link, login, NETWORK).await {
            // More at once than there are connections: it was not tried.
            Err(StoreError::Unavailable(_)) => {}
            tried => return tried.unwrap(),
        }
    }
}

async fn is_tried(bench: &Bench, link: &SecureLink, login: LoginId) -> bool {
    matches!(tries(&bench.store, link, login).await, LinkCodeTried::Code { .. })
}

pub(super) fn used(code: Uuid, link: &SecureLink, login: LoginId) -> LinkCodeUse {
    LinkCodeUse { code, counted: Vec::new(), link: link.clone(), login, token: ids::new_secret(), trust: false }
}

pub(super) async fn uses(bench: &Bench, code: Uuid, link: &SecureLink, login: LoginId) -> Option<Proven> {
    bench.store.use_link_code(used(code, link, login)).await.unwrap()
}

/// Asks for a code and enters it.
pub(super) async fn proves(bench: &Bench, link: &SecureLink, login: LoginId) -> Proven {
    let code = gets_code(bench, link, login).await;
    uses(bench, code, link, login).await.expect("the code is right")
}

pub(super) async fn grants(bench: &Bench, login: LoginId) -> Vec<(TicketId, bool)> {
    bench.visitor_of(login).await.grants.iter().map(|grant| (grant.ticket, grant.proven)).collect()
}

/// To somebody: what is queued for the work alone is a mail to nobody (R-A11).
async fn mails(bench: &Bench, kind: &str) -> i64 {
    bench
        .number(&format!("select count(*) as n from delivery where kind = '{kind}' and recipient_id is not null"))
        .await
}

on_both! {
    a_code_goes_to_the_tickets_address_and_opens_that_ticket_in_that_browser,
    a_hundred_right_answers_at_once_give_one_session,
    two_hundred_wrong_tries_at_once_count_five,
    a_code_is_its_browsers_its_links_and_the_newest,
    codes_for_a_ticket_are_limited_each_way_alone,
    codes_asked_at_once_on_two_nodes_keep_the_limit,
    wrong_codes_are_limited_by_ticket_and_an_agent_can_reset_it,
    wrong_codes_are_limited_in_the_whole_hub,
    a_browser_that_proved_itself_has_a_reserve_of_its_own,
    proving_ends_what_was_not_proven_and_keeps_what_is_another_matter,
    ending_access_everywhere_voids_link_code_and_sessions,
    a_corrected_address_voids_what_was_given_for_the_old_one,
    an_account_is_not_opened_by_a_code,
    trust_lengthens_a_login_and_is_ended_by_its_mail,
    this_was_not_me_ends_the_unproven_and_mutes,
    lost_links_are_one_mail_for_a_known_address,
    lost_links_have_budgets_of_their_own,
    addresses_that_only_look_alike_are_two,
    a_retired_key_takes_its_links_and_codes_along,
    the_database_knows_its_newest_key,
    agents_see_who_can_get_in,
}

/// R-A4, R-A12, R-A13.
async fn a_code_goes_to_the_tickets_address_and_opens_that_ticket_in_that_browser(bench: &Bench) {
    let (ticket, link) = opened(bench, "Amina@Example.org").await;
    let (other, _) = opened(bench, "amina@example.org").await;
    let login = bench.visitor_login().await;
    let code = gets_code(bench, &link, login).await;
    let mail = bench.store.claim_mails(Lane::Codes, 10, 1_000).await.unwrap().remove(0);
    assert_eq!((mail.to.as_str(), mail.kind.as_str()), ("Amina@Example.org", "m3"), "byte for byte");
    let LinkCodeTried::Code { id, kid, counted } = tries(&bench.store, &link, login).await else { panic!() };
    assert_eq!((id, kid.as_str()), (code, "k1"));
    let token = ids::new_secret();
    let right = LinkCodeUse { counted, token, ..used(code, &link, login) };
    let proven = bench.store.use_link_code(right).await.unwrap().unwrap();
    assert!(proven.is_new);
    assert_eq!(grants(bench, login).await, [(ticket.id, true)], "not {:?}, which has the same address", other.id);
    let found = bench.store.login(crate::domain::access::Audience::Requester, &token).await.unwrap();
    assert!(matches!(found, Some(FoundLogin::Visitor(visitor)) if visitor.login == login));
    assert_eq!(bench.number("select count(*) as n from attempt where kind = 'link.fail'").await, 0, "it was right");
    assert_eq!(bench.store.found_link(link.id).await.unwrap().unwrap().proof, Proof::Confirmed);
    // It says so once.
    bench.clock.advance(MINUTE);
    assert!(!proves(bench, &link, login).await.is_new);
}

/// R-A6.
async fn a_hundred_right_answers_at_once_give_one_session(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let login = bench.visitor_login().await;
    let code = gets_code(bench, &link, login).await;
    let stores = [bench.store.clone(), bench.second_store().await];
    let answers = (0..100).map(|turn| {
        let (store, right) = (stores[turn % 2].clone(), used(code, &link, login));
        tokio::spawn(async move { store.use_link_code(right).await.unwrap() })
    });
    let proven = join_all(answers).await.into_iter().filter(|proven| matches!(proven, Ok(Some(_)))).count();
    assert_eq!(proven, 1);
    assert_eq!(bench.number("select count(*) as n from login_grant where revoked_at is null").await, 1);
    stores[1].close().await;
}

/// R-A7: two nodes, and the right one comes too late.
async fn two_hundred_wrong_tries_at_once_count_five(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let login = bench.visitor_login().await;
    gets_code(bench, &link, login).await;
    let stores = [bench.store.clone(), bench.second_store().await];
    let mut counted = 0;
    // Forty at once: more than two nodes have connections.
    for _ in 0..5 {
        let some = (0..40).map(|turn| {
            let (store, link) = (stores[turn % 2].clone(), link.clone());
            tokio::spawn(async move { matches!(tries(&store, &link, login).await, LinkCodeTried::Code { .. }) })
        });
        counted += join_all(some).await.into_iter().filter(|tried| *tried.as_ref().unwrap()).count();
    }
    assert_eq!(counted as i64, CODE_TRIES_MAX);
    assert!(!is_tried(bench, &link, login).await, "the right one, after them");
    assert_eq!(bench.number("select tries as n from access_code").await, CODE_TRIES_MAX);
    stores[1].close().await;
}

/// R-A8, R-A6.
async fn a_code_is_its_browsers_its_links_and_the_newest(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let (_, others) = opened(bench, "amina@example.org").await;
    let (login, other) = (bench.visitor_login().await, bench.visitor_login().await);
    let first = gets_code(bench, &link, login).await;
    assert!(!is_tried(bench, &link, other).await, "another browser");
    assert!(!is_tried(bench, &others, login).await, "another ticket of the same person");
    assert_eq!(uses(bench, first, &link, other).await, None);
    assert_eq!(uses(bench, first, &others, login).await, None);
    // Another browser's code leaves this one's alone; a newer one of its own ends it.
    bench.clock.advance(MINUTE);
    gets_code(bench, &link, other).await;
    bench.clock.advance(MINUTE);
    let second = gets_code(bench, &link, login).await;
    assert_eq!(uses(bench, first, &link, login).await, None);
    bench.clock.advance(10 * MINUTE - 1);
    assert!(is_tried(bench, &link, login).await);
    bench.clock.advance(1);
    assert!(!is_tried(bench, &link, login).await, "ten minutes");
    assert_eq!(uses(bench, second, &link, login).await, None);
}

/// R-A9, decisions.md 14: one a minute, three in a quarter of an hour, eight a day; thirty an hour for
/// a network. Each ends by itself.
async fn codes_for_a_ticket_are_limited_each_way_alone(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let (_, other) = opened(bench, "amina@example.org").await;
    let fresh = async || bench.visitor_login().await;
    let queued =
        |next_after_s| move |asked| matches!(asked, LinkCodeAsked::Queued { next_after_s: s, .. } if s == next_after_s);
    assert!(queued(60)(asks(bench, &link, fresh().await).await));
    assert_eq!(asks(bench, &link, fresh().await).await, LinkCodeAsked::TooOften { retry_after_s: 60 });
    assert!(queued(60)(asks(bench, &other, fresh().await).await), "another ticket of the same address");
    bench.clock.advance(MINUTE);
    assert!(queued(60)(asks(bench, &link, fresh().await).await));
    bench.clock.advance(MINUTE);
    assert!(queued(13 * 60)(asks(bench, &link, fresh().await).await), "it says when the quarter has room again");
    bench.clock.advance(MINUTE);
    assert_eq!(asks(bench, &link, fresh().await).await, LinkCodeAsked::TooOften { retry_after_s: 12 * 60 });
    for _ in 0..5 {
        bench.clock.advance(15 * MINUTE);
        gets_code(bench, &link, fresh().await).await;
    }
    bench.clock.advance(15 * MINUTE);
    assert!(matches!(asks(bench, &link, fresh().await).await, LinkCodeAsked::TooOften { .. }), "eight a day");
    // A code to sign in with has a budget of its own (decisions.md 13).
    bench.customer("amina@example.org").await;
    bench.clock.advance(DAY);
    gets_code(bench, &link, fresh().await).await;
    for n in 0..CODES_PER_NETWORK_HOUR_MAX {
        let (_, link) = opened(bench, &format!("p{n}@example.org")).await;
        assert!(matches!(asks_from(bench, &link, fresh().await, NETWORK).await, LinkCodeAsked::Queued { .. }));
    }
    let (_, link) = opened(bench, "more@example.org").await;
    let refused = asks_from(bench, &link, fresh().await, NETWORK).await;
    assert_eq!(refused, LinkCodeAsked::TooOften { retry_after_s: 60 * 60 });
    gets_code(bench, &link, fresh().await).await;
}

async fn codes_asked_at_once_on_two_nodes_keep_the_limit(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let stores = [bench.store.clone(), bench.second_store().await];
    let mut logins = Vec::new();
    for _ in 0..12 {
        logins.push(bench.visitor_login().await);
    }
    let all = logins.into_iter().enumerate().map(|(turn, login)| {
        let (store, code) = (stores[turn % 2].clone(), new_code(bench, &link, login, NETWORK));
        tokio::spawn(async move { store.ask_link_code(code).await.unwrap() })
    });
    let asked: Vec<_> = join_all(all).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(asked.iter().filter(|asked| matches!(asked, LinkCodeAsked::Queued { .. })).count(), 1);
    assert_eq!(mails(bench, "m3").await, 1);
    stores[1].close().await;
}

/// Wrong codes until it is told that there were too many; how many there were.
async fn fails_until_stopped(bench: &Bench, link: &SecureLink, logins: &[LoginId]) -> i64 {
    let mut failed = 0;
    for login in logins {
        gets_code(bench, link, *login).await;
        for _ in 0..CODE_TRIES_MAX {
            match tries(&bench.store, link, *login).await {
                LinkCodeTried::Code { .. } => failed += 1,
                LinkCodeTried::TooOften { retry_after_s } => {
                    assert!(retry_after_s > 0 && retry_after_s <= DAY / 1_000);
                    return failed;
                }
                LinkCodeTried::None => panic!("its tries are used up"),
            }
        }
        bench.clock.advance(15 * MINUTE);
    }
    failed
}

/// R-A9: twenty failures a day; it ends by itself, and an agent can reset it.
async fn wrong_codes_are_limited_by_ticket_and_an_agent_can_reset_it(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let (_, other) = opened(bench, "amina@example.org").await;
    let mut logins = Vec::new();
    for _ in 0..5 {
        logins.push(bench.visitor_login().await);
    }
    assert_eq!(fails_until_stopped(bench, &link, &logins).await, LINK_CODE_FAILS_PER_DAY_MAX);
    assert_eq!(bench.number("select max(tries) as n from access_code").await, 5, "what was refused was not counted");
    gets_code(bench, &other, logins[4]).await;
    assert!(is_tried(bench, &other, logins[4]).await, "another ticket is another count");
    bench.store.reset_code_limits(ticket.id).await.unwrap();
    gets_code(bench, &link, logins[4]).await;
    assert!(is_tried(bench, &link, logins[4]).await);
    bench.clock.advance(DAY);
    assert_eq!(fails_until_stopped(bench, &link, &logins).await, LINK_CODE_FAILS_PER_DAY_MAX);
    bench.clock.advance(DAY);
    gets_code(bench, &link, logins[0]).await;
    assert!(is_tried(bench, &link, logins[0]).await);
}

/// R-A9: the hub's own limit, which a browser that proved itself does not meet.
async fn wrong_codes_are_limited_in_the_whole_hub(bench: &Bench) {
    let (_, link) = opened(bench, "amina@example.org").await;
    let known = bench.visitor_login().await;
    proves(bench, &link, known).await;
    bench.clock.advance(MINUTE);
    let stranger = bench.visitor_login().await;
    gets_code(bench, &link, known).await;
    gets_code(bench, &link, stranger).await;
    let now = bench.clock.now();
    let rows: Vec<String> = (0..CODE_FAILS_PER_HUB_HOUR_MAX)
        .map(|_| {
            let (id, site) = (bench.id(), bench.site());
            let quoted = |id: Uuid| if bench.is_postgres() { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
            format!("({}, {}, 'code.fail', '', {now})", quoted(id), quoted(site.0))
        })
        .collect();
    bench.sql(&format!("insert into attempt (id, site_id, kind, subject, at) values {}", rows.join(", "))).await;
    let stopped = tries(&bench.store, &link, stranger).await;
    assert!(matches!(stopped, LinkCodeTried::TooOften { retry_after_s: 3_600 }), "{stopped:?}");
    assert!(is_tried(bench, &link, known).await);
    bench.clock.advance(HOUR);
    gets_code(bench, &link, stranger).await;
    assert!(is_tried(bench, &link, stranger).await, "it ends by itself");
}

/// Decisions.md 14: nobody else can use up what a known browser may ask for, also when its login has
/// expired meanwhile; whoever was shut out is not known.
async fn a_browser_that_proved_itself_has_a_reserve_of_its_own(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let known = bench.visitor_login().await;
    proves(bench, &link, known).await;
    bench.clock.advance(DAY + HOUR);
    assert!(matches!(bench.found(known).await, FoundLogin::Expired));
    let new: NewLogin = bench.new_login(crate::domain::access::Audience::Requester, ids::new_secret(), None);
    let again = bench.store.new_login_after(new.clone(), known).await.unwrap();
    assert_eq!(grants(bench, again).await, [], "it is known, and may do nothing");
    let once_more = bench.store.new_login_after(NewLogin { token: ids::new_secret(), ..new }, again).await.unwrap();
    for _ in 0..3 {
        gets_code(bench, &link, bench.visitor_login().await).await;
        bench.clock.advance(MINUTE);
    }
    let stranger = bench.visitor_login().await;
    assert!(matches!(asks(bench, &link, stranger).await, LinkCodeAsked::TooOften { .. }));
    gets_code(bench, &link, once_more).await;
    assert!(
        matches!(asks(bench, &link, once_more).await, LinkCodeAsked::TooOften { retry_after_s: 60 }),
        "its own limit"
    );
    bench.store.end_access(ticket.id).await.unwrap();
    let link = bench.store.found_link(link.id).await.unwrap().unwrap().link;
    assert!(
        matches!(asks(bench, &link, once_more).await, LinkCodeAsked::TooOften { retry_after_s } if retry_after_s > 60)
    );
}

/// Decisions.md 9 and 10.
async fn proving_ends_what_was_not_proven_and_keeps_what_is_another_matter(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let (customer, login) = bench.customer("amina@work.example").await;
    let own = bench.opens(login, guest("third@example.org"), "another matter").await;
    let elsewhere = bench.visitor_login().await;
    proves(bench, &link, elsewhere).await;
    bench.clock.advance(MINUTE);
    let proven = proves(bench, &link, login).await;
    assert!(!proven.is_new && proven.ended.is_empty());
    let visitor = bench.visitor_of(login).await;
    assert_eq!(visitor.customer, Some(customer));
    let mut held = grants(bench, login).await;
    held.sort_unstable();
    let mut expected = [(own.id, false), (ticket.id, true)];
    expected.sort_unstable();
    assert_eq!(held, expected);
    assert_eq!(grants(bench, elsewhere).await, [(ticket.id, true)], "who proved it keeps it");
    assert_eq!(grants(bench, ticket.login).await, [], "who had only opened it does not");
    // Nothing is written by a session that has ended (R-D5).
    let post = bench.does(ticket.id, Actor::Visitor(ticket.login), super::bench::reply("still me?")).await;
    assert_eq!(post.unwrap_err(), Refusal::new(protocol::ErrorCode::NotFound));
    // Agents are told in the log, and only by who may.
    let lea = bench.agent("Lea", protocol::model::Role::Admin, &[]).await;
    bench.does(ticket.id, Actor::Visitor(login), Act::TellConfirmed).await.unwrap();
    let view = bench.agent_view(ticket.id, lea).await;
    assert_eq!(view.ticket.requester.proof, Proof::Confirmed);
    let told = bench.agent_events(ticket.id, 0).await.pop().unwrap().body;
    let email = "amina@example.org".to_owned();
    assert_eq!(told, protocol::model::AgentBody::Address { email, proof: Proof::Confirmed });
    let unproven = bench.does(own.id, Actor::Visitor(login), Act::TellConfirmed).await;
    assert_eq!(unproven.unwrap_err(), Refusal::new(protocol::ErrorCode::Conflict));
}

/// R-A14.
async fn ending_access_everywhere_voids_link_code_and_sessions(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let (one, two, asking) = (bench.visitor_login().await, bench.visitor_login().await, bench.visitor_login().await);
    proves(bench, &link, one).await;
    bench.clock.advance(MINUTE);
    proves(bench, &link, two).await;
    bench.clock.advance(MINUTE);
    let code = gets_code(bench, &link, asking).await;
    let here = bench.store.end_access_here(ticket.id, one).await.unwrap();
    assert_eq!(
        (here.logins.as_slice(), here.participants.as_slice()),
        ([one].as_slice(), [ticket.requester].as_slice())
    );
    assert_eq!((grants(bench, one).await.len(), grants(bench, two).await.len()), (0, 1));
    let everywhere = bench.store.end_access(ticket.id).await.unwrap();
    assert_eq!(everywhere.logins, [two]);
    assert_eq!(grants(bench, two).await, []);
    assert_eq!(uses(bench, code, &link, asking).await, None);
    assert!(!is_tried(bench, &link, asking).await);
    let now = bench.store.found_link(link.id).await.unwrap().unwrap().link;
    assert_eq!(
        (now.generation, now.kid),
        (link.generation + 1, link.kid.clone()),
        "the next mail carries another link"
    );
    assert_eq!(link_of(bench, ticket).await.generation, now.generation);
    bench.clock.advance(15 * MINUTE);
    assert_eq!(asks(bench, &link, asking).await, LinkCodeAsked::Void, "an older one asks for nothing");
    assert_eq!(bench.store.end_access(ticket.id).await.unwrap().logins, []);
}

/// R-A14: and whoever corrected it stays.
async fn a_corrected_address_voids_what_was_given_for_the_old_one(bench: &Bench) {
    let (ticket, link) = opened(bench, "typo@example.org").await;
    let asking = bench.visitor_login().await;
    let code = gets_code(bench, &link, asking).await;
    let change = Act::ChangeAddress { email: email("right@example.org") };
    bench.does(ticket.id, Actor::Visitor(ticket.login), change).await.unwrap();
    assert_eq!(grants(bench, ticket.login).await, [(ticket.id, false)]);
    assert_eq!(uses(bench, code, &link, asking).await, None);
    assert_eq!(asks(bench, &link, asking).await, LinkCodeAsked::Void);
    let now = link_of(bench, ticket).await;
    assert_eq!((now.id, now.generation), (link.id, link.generation + 1));
    // The new address has limits of its own, and its code works.
    assert!(proves(bench, &now, asking).await.is_new);
    assert_eq!(grants(bench, ticket.login).await, [], "proving ends the unproven creator too");
}

/// Decisions.md 16.
async fn an_account_is_not_opened_by_a_code(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let login = bench.visitor_login().await;
    let code = gets_code(bench, &link, login).await;
    let (_, customer) = bench.customer("amina@example.org").await;
    bench.does(ticket.id, Actor::Visitor(customer), Act::Join).await.unwrap();
    assert!(bench.store.found_link(link.id).await.unwrap().unwrap().of_account);
    assert_eq!(uses(bench, code, &link, login).await, None);
    assert_eq!(asks(bench, &link, login).await, LinkCodeAsked::Void);
}

/// Decisions.md 15, M7.
async fn trust_lengthens_a_login_and_is_ended_by_its_mail(bench: &Bench) {
    let (ticket, link) = opened(bench, "amina@example.org").await;
    let (other, others) = opened(bench, "amina@example.org").await;
    let login = bench.visitor_login().await;
    proves(bench, &others, login).await;
    let code = gets_code(bench, &link, login).await;
    let trusted = LinkCodeUse { trust: true, ..used(code, &link, login) };
    assert!(bench.store.use_link_code(trusted).await.unwrap().is_some());
    let mail =
        "select count(*) as n from delivery where kind = 'm7' and login_id is not null and recipient_id is not null";
    assert_eq!(bench.number(mail).await, 1);
    bench.clock.advance(29 * DAY);
    assert_eq!(grants(bench, login).await.len(), 2, "idle or not");
    assert!(bench.store.ticket_access(ticket.id).await.unwrap().sessions[0].trusted);
    assert_eq!(bench.store.tickets_ever_granted(login).await.unwrap().len(), 2);
    for _ in 0..2 {
        // A repeat is as good.
        bench.store.end_trust(login, ticket.id).await.unwrap();
    }
    assert!(matches!(bench.found(login).await, FoundLogin::Expired), "it had been idle for longer than a login may");
    let logins =
        format!("select count(*) as n from login where trusted = {}", if bench.is_postgres() { "true" } else { "1" });
    assert_eq!(bench.number(&logins).await, 0);
    let held = "select count(*) as n from login_grant where revoked_at is null";
    assert_eq!(bench.number(held).await, 1, "the other ticket {:?} is another matter", other.id);
    bench.clock.advance(2 * DAY);
    assert!(matches!(bench.found(login).await, FoundLogin::Expired));
}

/// Decisions.md 10. A stranger who typed a victim's address is out, and the victim is left alone.
async fn this_was_not_me_ends_the_unproven_and_mutes(bench: &Bench) {
    let (ticket, link) = opened(bench, "victim@example.org").await;
    let (_, other) = opened(bench, "victim@example.org").await;
    for expected in [vec![ticket.login], vec![]] {
        let ended = bench.store.disown(ticket.id, ticket.requester).await.unwrap();
        assert_eq!(ended.logins, expected);
    }
    assert_eq!(grants(bench, ticket.login).await, []);
    assert!(bench.store.found_link(link.id).await.unwrap().unwrap().muted);
    assert!(!bench.store.found_link(other.id).await.unwrap().unwrap().muted, "that ticket alone");
    // Unsubscribing is the same switch, and goes back.
    for muted in [Muted::No, Muted::No, Muted::Yes, Muted::Yes] {
        bench.store.set_mute(ticket.id, ticket.requester, muted).await.unwrap();
        assert_eq!(bench.store.found_link(link.id).await.unwrap().unwrap().muted, muted == Muted::Yes);
    }
}

/// R-A11.
async fn lost_links_are_one_mail_for_a_known_address(bench: &Bench) {
    let ask =
        async |address: &str| bench.store.ask_lost_links(&email(address), &format!("n {}", bench.id())).await.unwrap();
    opened(bench, "amina@example.org").await;
    bench.clock.advance(MINUTE);
    let (newest, _) = opened(bench, "Amina@example.org").await;
    assert_eq!(ask("nobody@example.org").await, LostAsked::Nothing);
    assert_eq!(ask("AMINA@example.org").await, LostAsked::Queued);
    let to_newest = "select count(*) as n from delivery d join participant p on p.id = d.recipient_id \
                     where d.kind = 'm6' and p.email = 'Amina@example.org'";
    assert_eq!(bench.number(to_newest).await, 1, "the newest guest, {:?}", newest.requester);
    assert_eq!(ask("amina@example.org").await, LostAsked::Nothing, "one mail in ten minutes");
    bench.clock.advance(10 * MINUTE);
    // An account has precedence, if it has tickets.
    let (customer, login) = bench.customer("amina@example.org").await;
    let own = bench.opens(login, crate::store::writer::OpeningRequester::Customer, "mine").await;
    assert_eq!(own.requester, customer);
    assert_eq!(ask("amina@example.org").await, LostAsked::Queued);
    let to_customers = "select count(*) as n from delivery d join participant p on p.id = d.recipient_id \
                        where d.kind = 'm6' and p.kind = 'customer'";
    assert_eq!((mails(bench, "m6").await, bench.number(to_customers).await), (2, 1));
    // An account without a ticket has no link to lose.
    bench.customer("empty@example.org").await;
    assert_eq!(ask("empty@example.org").await, LostAsked::Nothing);
    let rows = "select count(*) as n from delivery where kind = 'm6'";
    assert_eq!((mails(bench, "m6").await, bench.number(rows).await), (2, 5), "every question writes as much");
}

/// Decisions.md 13: of their own, for known and unknown addresses alike.
async fn lost_links_have_budgets_of_their_own(bench: &Bench) {
    let ask = async |address: &str, network: &str| bench.store.ask_lost_links(&email(address), network).await.unwrap();
    for n in 0..3 {
        assert_eq!(ask("nobody@one.example", &format!("a{n}")).await, LostAsked::Nothing);
    }
    assert_eq!(ask("nobody@one.example", "a9").await, LostAsked::Held("lost.address"));
    for n in 0..LOST_PER_NETWORK_HOUR_MAX {
        assert_eq!(ask(&format!("p{n}@two.example"), "b").await, LostAsked::Nothing);
    }
    assert_eq!(ask("p@two.example", "b").await, LostAsked::TooOften { retry_after_s: 3_600 });
    assert_eq!(ask("p@two.example", "c").await, LostAsked::Nothing);
    for n in 0..LOST_PER_DOMAIN_HOUR_MAX {
        assert_eq!(ask(&format!("p{n}@three.example"), &format!("d{}", n / 5)).await, LostAsked::Nothing);
    }
    assert_eq!(ask("p@three.example", "e").await, LostAsked::Held("lost.domain"));
    bench.clock.advance(HOUR);
    assert_eq!(ask("p@three.example", "e").await, LostAsked::Nothing, "it ends by itself");
    // Codes are another budget.
    let (_, link) = opened(bench, "nobody@one.example").await;
    gets_code(bench, &link, bench.visitor_login().await).await;
}

/// R-A17: the twins list, by number.
async fn addresses_that_only_look_alike_are_two(bench: &Bench) {
    let ask = async |address: &str| {
        bench.clock.advance(HOUR);
        bench.store.ask_lost_links(&email(address), "n").await.unwrap()
    };
    opened(bench, "mike@example.org").await;
    opened(bench, "kim@xn--mnchen-3ya.example").await;
    // The same: ASCII case, white space, the domain's other spelling; and the Kelvin sign, which NFC makes
    // a K before anything is compared or mailed.
    let same = [
        "MIKE@EXAMPLE.ORG",
        " mike@example.org\n",
        "kim@MÜNCHEN.example",
        "kim@mu\u{308}nchen.example",
        "mi\u{212a}e@example.org",
    ];
    for address in same {
        assert_eq!(ask(address).await, LostAsked::Queued, "{address:?}");
    }
    // Not the same, though a Unicode case folding or an eye may take them for it.
    for twin in
        ["mike+x@example.org", "m.ike@example.org", "mike@exampłe.org", "mike@examp1e.org", "kim@munchen.example"]
    {
        assert_eq!(ask(twin).await, LostAsked::Nothing, "{twin:?}");
    }
    // A dotless i, full-width letters, Cyrillic: no address that mail can be sent to (CVE-2019-19844).
    for twin in ["m\u{131}ke@example.org", "ｍike@example.org", "mik\u{435}@example.org"] {
        assert!(crate::domain::email::Email::parse(twin).is_err(), "{twin:?}");
    }
    assert_eq!(mails(bench, "m6").await, 5);
}

/// R-J6, decisions.md 4.
async fn a_retired_key_takes_its_links_and_codes_along(bench: &Bench) {
    let (ticket, old) = opened(bench, "amina@example.org").await;
    let (login, later) = (bench.visitor_login().await, bench.visitor_login().await);
    let code = gets_code(bench, &old, login).await;
    // After a rotation the link stays what it was.
    assert_eq!(bench.store.secure_link(ticket.id, ticket.requester, "k2").await.unwrap(), old);
    let other = bench.opens(later, guest("other@example.org"), "later").await;
    let new = bench.store.secure_link(other.id, other.requester, "k2").await.unwrap();
    assert_eq!(bench.store.links_by_key().await.unwrap(), [("k1".to_owned(), 1), ("k2".to_owned(), 1)]);
    assert_eq!(bench.store.end_links_of_key("k1").await.unwrap(), 1);
    assert!(bench.store.found_link(old.id).await.unwrap().is_none());
    assert_eq!(uses(bench, code, &old, login).await, None);
    assert!(bench.store.found_link(new.id).await.unwrap().is_some());
    let renewed = bench.store.secure_link(ticket.id, ticket.requester, "k2").await.unwrap();
    assert!(renewed.id != old.id && renewed.kid == "k2", "another link, not the old one under another key");
}

async fn the_database_knows_its_newest_key(bench: &Bench) {
    let store = &bench.store;
    assert_eq!(store.newest_key().await.unwrap(), None);
    let stores = [store.clone(), bench.second_store().await];
    let firsts = stores
        .iter()
        .enumerate()
        .map(|(n, store)| async move { store.set_newest_key(&format!("k{n}"), "print", None).await.unwrap() });
    let set: Vec<_> = join_all(firsts).await;
    assert_eq!(set.iter().filter(|set| **set).count(), 1, "of two hubs that begin at once one is first");
    let first = store.newest_key().await.unwrap().unwrap();
    assert!(!store.set_newest_key("k9", "print", Some(&("k8".to_owned(), "print".to_owned()))).await.unwrap());
    assert!(store.set_newest_key("k9", "print", Some(&first)).await.unwrap());
    assert_eq!(store.newest_key().await.unwrap(), Some(("k9".to_owned(), "print".to_owned())));
    stores[1].close().await;
}

async fn agents_see_who_can_get_in(bench: &Bench) {
    let (ticket, _) = opened(bench, "amina@example.org").await;
    let link = link_of(bench, ticket).await;
    let before = bench.store.ticket_access(ticket.id).await.unwrap();
    assert_eq!(before.link.unwrap().last_seen_at, None);
    assert_eq!(
        before.sessions.iter().map(|session| (session.id, session.proven)).collect::<Vec<_>>(),
        [(ticket.login, false)]
    );
    bench.clock.advance(MINUTE);
    assert!(bench.store.link_seen(link.id).await.unwrap());
    assert!(!bench.store.link_seen(link.id).await.unwrap(), "written once a minute");
    let login = bench.visitor_login().await;
    proves(bench, &link, login).await;
    let after = bench.store.ticket_access(ticket.id).await.unwrap();
    assert_eq!(after.link.unwrap().last_seen_at, Some(bench.clock.now()));
    let [session] = after.sessions.as_slice() else { panic!("{:?}", after.sessions) };
    assert_eq!(
        (session.id, session.proven, session.trusted, session.opened_at),
        (login, true, false, bench.clock.now())
    );
    assert_eq!(session.browser, "Firefox on Linux");
    bench.clock.advance(DAY);
    assert!(bench.store.ticket_access(ticket.id).await.unwrap().sessions.is_empty(), "expired");
}
