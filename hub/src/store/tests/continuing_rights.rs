//! Who gets from a ticket to the one that continues it: whoever proves the address again, whoever takes it into an
//! account. A link alone leads nobody there.

use protocol::model::{AgentBody, Proof, PublicBody};
use protocol::{ErrorCode, LoginId, TicketId};

use super::bench::{Bench, MINUTE, Opened, TestAgent, email, guest, refusal, reply};
use super::continuing::{goes_on, limited, long_closed, says, sent};
use super::links::{asks, gets_code, grants, link_of, opened, proves, used, uses};
use super::merging::{lea, proven_guest, sees};
use super::on_both;
use crate::domain::continuation::FIRST_MESSAGE_N;
use crate::domain::limits::CODE_TRIES_MAX;
use crate::domain::{Refusal, SecureLink};
use crate::store::alerts::Lane;
use crate::store::logins::{LinkCodeAsked, LinkCodeTried, LinkCodeUse};
use crate::store::writer::{Act, Actor};

on_both! {
    a_code_for_the_old_link_shows_where_it_goes_on,
    a_forwarded_link_to_the_old_ticket_gains_nothing,
    a_code_is_its_own_links_on_the_way_too,
    nobody_is_led_to_what_was_not_proven,
    what_was_ended_is_not_given_back_by_anothers_code,
    a_code_leads_over_continuations_and_merges,
    an_account_is_not_led_to,
    kin_are_found_from_either_end,
    what_is_joined_goes_with_its_kin,
    kin_of_another_address_stay_where_they_are,
    who_proved_a_ticket_that_was_joined_goes_on_with_it,
}

const AMINA: &str = "amina@example.org";
const NETWORK: &str = "192.0.2.1/32";
const NOT_FOUND: Refusal = Refusal::new(ErrorCode::NotFound);

/// A guest's ticket that is long closed, as the browser holds it in which its address was proven, and its link.
async fn guests(bench: &Bench, agent: TestAgent, address: &str) -> (Opened, SecureLink) {
    let (ticket, link) = opened(bench, address).await;
    let login = bench.visitor_login().await;
    proves(bench, &link, login).await;
    (long_closed(bench, agent, Opened { login, ..ticket }).await, link)
}

/// The ticket as its guest, who is another one in each.
async fn as_guest(bench: &Bench, ticket: TicketId, login: LoginId) -> Opened {
    let found = bench.store.ticket_ref(bench.site(), ticket).await.unwrap().unwrap();
    Opened { id: ticket, requester: found.requester, login }
}

async fn rights(bench: &Bench, login: LoginId) -> Vec<(TicketId, bool)> {
    let mut held = grants(bench, login).await;
    held.sort_unstable();
    held
}

fn proven_in(tickets: &[TicketId]) -> Vec<(TicketId, bool)> {
    let mut held: Vec<_> = tickets.iter().map(|ticket| (*ticket, true)).collect();
    held.sort_unstable();
    held
}

/// R-A13: one ticket and what it has become.
async fn a_code_for_the_old_link_shows_where_it_goes_on(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, link) = guests(bench, agent, AMINA).await;
    let (other, _) = opened(bench, AMINA).await;
    let new = goes_on(&store, says(bench, old, "It happened again")).await;
    let phone = bench.visitor_login().await;
    let proven = proves(bench, &link, phone).await;
    assert_eq!((proven.opened, proven.is_new, proven.ended), (old.id, false, vec![]));
    assert_eq!(rights(bench, phone).await, proven_in(&[old.id, new]));
    assert!(!sees(bench, other.id, phone).await, "another matter of the same address");
    // There the phone is the same guest as whoever went on; the old ticket is only read.
    assert_eq!(bench.says(Opened { id: new, login: phone, ..old }, "from my phone").await, FIRST_MESSAGE_N + 1);
    let (log, guest) = (bench.agent_events(new, 0).await, as_guest(bench, new, phone).await.requester);
    assert_eq!([log[2].author.id, log[3].author.id], [guest, guest]);
    let late = bench.does(old.id, Actor::Visitor(phone), reply("late")).await;
    assert_eq!(late, Err(Refusal::continued(new)));
    store.close().await;
}

/// R-A4, R-A8: whoever has the link alone makes the hub write a mail to its owner, and that is all.
async fn a_forwarded_link_to_the_old_ticket_gains_nothing(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, link) = guests(bench, agent, AMINA).await;
    let new = goes_on(&store, says(bench, old, "secret canary")).await;
    let stranger = bench.visitor_login().await;
    let asked = gets_code(bench, &link, stranger).await;
    let mails = bench.store.claim_mails(Lane::Codes, 10, 1_000).await.unwrap();
    assert!(!mails.is_empty() && mails.iter().all(|mail| mail.to == AMINA), "R-A4: to the ticket's address alone");
    // Guesses are counted and end; the owner's own code is the owner's browser's.
    for n in 0..=CODE_TRIES_MAX {
        let tried = bench.store.try_link_code(&link, stranger, NETWORK).await.unwrap();
        assert_eq!(matches!(tried, LinkCodeTried::Code { .. }), n < CODE_TRIES_MAX, "try {n}");
    }
    bench.clock.advance(MINUTE);
    let owners = gets_code(bench, &link, old.login).await;
    assert_eq!(uses(bench, owners, &link, stranger).await, None);
    let stolen = LinkCodeUse { login: old.login, ..used(asked, &link, stranger) };
    assert_eq!(bench.store.use_link_code(stolen).await.unwrap(), None, "nor the stranger's the owner's");
    assert_eq!(rights(bench, stranger).await, []);
    for ticket in [old.id, new] {
        assert!(!sees(bench, ticket, stranger).await);
        assert_eq!(bench.does(ticket, Actor::Visitor(stranger), reply("hello?")).await, Err(NOT_FOUND));
    }
    // The link itself leads to the old ticket and is not the new one's.
    let found = bench.store.found_link(link.id).await.unwrap().unwrap();
    assert_eq!((found.link.ticket, found.requester), (old.id, old.requester));
    // R-D3: and whoever may see the old one alone reads its other's name, nothing of what stands there.
    let log = bench.public_events(old.id, 0).await;
    assert!(matches!(log.last().unwrap().body, PublicBody::ContinuedIn(name) if name.ticket == new));
    assert!(!serde_json::to_string(&log).unwrap().contains("canary"));
    store.close().await;
}

/// R-A8: a code is its own link's; and a way leads on, never back.
async fn a_code_is_its_own_links_on_the_way_too(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, link) = guests(bench, agent, AMINA).await;
    let new = goes_on(&store, says(bench, old, "again")).await;
    let there = link_of(bench, as_guest(bench, new, old.login).await).await;
    let phone = bench.visitor_login().await;
    let (of_old, of_new) = (gets_code(bench, &link, phone).await, gets_code(bench, &there, phone).await);
    assert_eq!(uses(bench, of_old, &there, phone).await, None);
    assert_eq!(uses(bench, of_new, &link, phone).await, None);
    assert_eq!(rights(bench, phone).await, []);
    assert_eq!(uses(bench, of_new, &there, phone).await.unwrap().opened, new);
    assert_eq!(rights(bench, phone).await, proven_in(&[new]));
    assert!(!sees(bench, old.id, phone).await);
    store.close().await;
}

/// Decisions 10: whoever only typed an address goes on in a ticket that its owner has not proven either.
async fn nobody_is_led_to_what_was_not_proven(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (ticket, link) = opened(bench, "victim@example.org").await;
    let old = long_closed(bench, agent, ticket).await;
    let new = goes_on(&store, says(bench, old, "a stranger's words")).await;
    let owner = bench.visitor_login().await;
    assert!(proves(bench, &link, owner).await.is_new);
    assert_eq!(rights(bench, owner).await, proven_in(&[old.id]), "nobody's words are shown as the owner's");
    assert_eq!(rights(bench, old.login).await, [(new, false)], "the stranger keeps what was never the owner's");
    assert_eq!(bench.agent_view(new, agent).await.ticket.requester.proof, Proof::NotConfirmed);
    // Once the owner has proven that one, too, the stranger is out, and the old link leads there.
    let there = link_of(bench, as_guest(bench, new, owner).await).await;
    assert_eq!(proves(bench, &there, owner).await.ended, [old.login]);
    assert_eq!(rights(bench, old.login).await, []);
    bench.clock.advance(MINUTE);
    let phone = bench.visitor_login().await;
    proves(bench, &link, phone).await;
    assert_eq!(rights(bench, phone).await, proven_in(&[old.id, new]));
    store.close().await;
}

/// R-A14.
async fn what_was_ended_is_not_given_back_by_anothers_code(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, link) = guests(bench, agent, AMINA).await;
    let new = goes_on(&store, says(bench, old, "again")).await;
    bench.store.end_access(new).await.unwrap();
    assert_eq!(rights(bench, old.login).await, proven_in(&[old.id]));
    let (laptop, desk) = (bench.visitor_login().await, bench.visitor_login().await);
    proves(bench, &link, laptop).await;
    assert_eq!(rights(bench, laptop).await, proven_in(&[old.id, new]), "who proves the address now may see both");
    assert_eq!(rights(bench, old.login).await, proven_in(&[old.id]), "and nobody else");
    bench.store.end_access_here(new, laptop).await.unwrap();
    bench.clock.advance(MINUTE);
    proves(bench, &link, desk).await;
    assert_eq!(rights(bench, laptop).await, proven_in(&[old.id]));
    // The old ticket's link and rights end with it; the new one's are its own.
    bench.store.end_access(old.id).await.unwrap();
    assert_eq!(rights(bench, desk).await, proven_in(&[new]));
    bench.clock.advance(MINUTE);
    assert_eq!(asks(bench, &link, bench.visitor_login().await).await, LinkCodeAsked::Void);
    store.close().await;
}

async fn a_code_leads_over_continuations_and_merges(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let merge = async |from: TicketId, into: TicketId| {
        bench.does(from, Actor::Agent(agent.login), Act::Merge { into }).await.unwrap();
    };
    let (old, link) = guests(bench, agent, AMINA).await;
    let new = goes_on(&store, says(bench, old, "again")).await;
    let living = proven_guest(bench, AMINA).await.id;
    merge(new, living).await;
    let phone = bench.visitor_login().await;
    // What goes on is opened where it was: it leads on by itself.
    assert_eq!(proves(bench, &link, phone).await.opened, old.id);
    assert_eq!(rights(bench, phone).await, proven_in(&[old.id, new, living]));

    // A merged ticket is opened where it leads, and that may have gone on.
    let (merged, its_link) = guests(bench, agent, AMINA).await;
    let into = proven_guest(bench, AMINA).await;
    merge(merged.id, into.id).await;
    let into = long_closed(bench, agent, into).await;
    let last = goes_on(&store, says(bench, into, "and again")).await;
    let tablet = bench.visitor_login().await;
    assert_eq!(proves(bench, &its_link, tablet).await.opened, into.id);
    assert_eq!(rights(bench, tablet).await, proven_in(&[merged.id, into.id, last]));
    // Those who had proven the merged one's address came along by themselves.
    assert_eq!(rights(bench, merged.login).await, proven_in(&[merged.id, into.id, last]));
    store.close().await;
}

/// Decisions 16: an account is not opened by a guest's code, also not on the way.
async fn an_account_is_not_led_to(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, link) = guests(bench, agent, AMINA).await;
    let new = goes_on(&store, says(bench, old, "again")).await;
    let (_, customer) = bench.customer(AMINA).await;
    bench.does(new, Actor::Visitor(customer), Act::Join).await.unwrap();
    let phone = bench.visitor_login().await;
    proves(bench, &link, phone).await;
    assert_eq!(rights(bench, phone).await, proven_in(&[old.id]));
    assert!(sees(bench, new, old.login).await, "who had proven it before the account was there keeps it");
    store.close().await;
}

async fn kin_are_found_from_either_end(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (old, _) = guests(bench, agent, AMINA).await;
    let new = Opened { id: goes_on(&store, says(bench, old, "again")).await, ..old };
    let merged = proven_guest(bench, AMINA).await.id;
    bench.does(merged, Actor::Agent(agent.login), Act::Merge { into: new.id }).await.unwrap();
    let new = long_closed(bench, agent, new).await;
    let third = goes_on(&store, says(bench, new, "and again")).await;
    let alone = proven_guest(bench, AMINA).await.id;
    let mut kin = vec![old.id, new.id, merged, third];
    kin.sort_unstable();
    for ticket in &kin {
        assert_eq!(bench.store.guests_kin(*ticket).await.unwrap(), kin);
    }
    assert_eq!(bench.store.guests_kin(alone).await.unwrap(), [alone], "of the same address, and another matter");
    // What is an account's is not a guest's any more, and yet on the way from one to the other.
    let (_, customer) = bench.customer(AMINA).await;
    bench.does(new.id, Actor::Visitor(customer), Act::Join).await.unwrap();
    kin.retain(|ticket| *ticket != new.id);
    assert_eq!(bench.store.guests_kin(old.id).await.unwrap(), kin);
    assert_eq!(bench.store.guests_kin(new.id).await.unwrap(), kin);
    store.close().await;
}

/// Joins a ticket and its kin, as a page's one click does; what became of the kin.
async fn joins(bench: &Bench, customer: LoginId, ticket: TicketId) -> Vec<Result<i64, Refusal>> {
    bench.does(ticket, Actor::Visitor(customer), Act::Join).await.unwrap();
    let mut joined = Vec::new();
    for kin in bench.store.guests_kin(ticket).await.unwrap() {
        joined.push(bench.does(kin, Actor::Visitor(customer), Act::Join).await.map(|done| done.n));
    }
    joined
}

/// Decisions 11.
async fn what_is_joined_goes_with_its_kin(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    for from_the_new_one in [false, true] {
        let address = format!("amina{from_the_new_one}@example.org");
        // Proven in one browser; another one has only typed the address, in the ticket that goes on.
        let ticket = bench.opens(bench.visitor_login().await, guest(&address), "Where is it?").await;
        let ticket = long_closed(bench, agent, ticket).await;
        let new = goes_on(&store, says(bench, ticket, "again")).await;
        let (account, customer) = bench.customer(&address).await;
        assert!(!sees(bench, ticket.id, customer).await && !sees(bench, new, customer).await, "nothing by itself");
        let begin = if from_the_new_one { new } else { ticket.id };
        let joined = joins(bench, customer, begin).await;
        // After what the old one ended with, or after the new one's first message.
        assert_eq!(joined, [Ok(if from_the_new_one { 6 } else { FIRST_MESSAGE_N + 1 })]);
        for each in [ticket.id, new] {
            assert!(sees(bench, each, customer).await);
            assert!(!sees(bench, each, ticket.login).await, "whoever only typed the address sees neither");
            assert_eq!(bench.agent_view(each, agent).await.ticket.requester.id, account);
        }
        // The way between them is still there.
        let late = bench.append(ticket.id, Actor::Visitor(customer), reply("from my account"));
        assert_eq!(refusal(store.append(late).await), Err(Refusal::continued(new)));
        assert_eq!(bench.does(new, Actor::Visitor(customer), reply("from my account")).await.unwrap().n, 5);
    }
    store.close().await;
}

/// R-D4.
async fn kin_of_another_address_stay_where_they_are(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = bench.opens(bench.visitor_login().await, guest("typo@example.org"), "Where is it?").await;
    let ticket = long_closed(bench, agent, ticket).await;
    let new = goes_on(&store, says(bench, ticket, "it is me, canary")).await;
    let correct = Act::ChangeAddress { email: email(AMINA) };
    bench.does(new, Actor::Visitor(ticket.login), correct).await.unwrap();
    let (_, of_typo) = bench.customer("typo@example.org").await;
    assert_eq!(joins(bench, of_typo, ticket.id).await, [Err(NOT_FOUND)]);
    assert!(sees(bench, ticket.id, of_typo).await && !sees(bench, new, of_typo).await);
    let written = bench.append(ticket.id, Actor::Visitor(of_typo), reply("?"));
    assert_eq!(sent(&store, written).await, Err(Refusal::continued(new)), "its name and nothing more");
    // The one whose address it is now takes that one, and not the other.
    let (_, amina) = bench.customer(AMINA).await;
    assert_eq!(joins(bench, amina, new).await, []);
    assert!(sees(bench, new, amina).await && !sees(bench, ticket.id, amina).await);
    store.close().await;
}

/// R-A13: a proven right outlives that the ticket became an account's, and goes along as it was.
async fn who_proved_a_ticket_that_was_joined_goes_on_with_it(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (ticket, link) = opened(bench, AMINA).await;
    let (phone, elsewhere) = (bench.visitor_login().await, bench.visitor_login().await);
    proves(bench, &link, phone).await;
    let (account, customer) = bench.customer(AMINA).await;
    bench.does(ticket.id, Actor::Visitor(customer), Act::Join).await.unwrap();
    let old = long_closed(bench, agent, Opened { login: phone, ..ticket }).await;
    let send = says(bench, old, "from my phone");
    let new = goes_on(&store, send.clone()).await;
    assert!(store.append(send).await.unwrap().repeated);
    let view = bench.agent_view(new, agent).await;
    assert_eq!((view.ticket.requester.id, view.ticket.requester.guest), (account, false));
    assert!(matches!(&view.events[2].body, AgentBody::Message(message) if message.text == "from my phone"));
    assert_eq!(view.events[2].author.id, ticket.requester, "the guest that the phone has been");
    assert!(sees(bench, new, customer).await && sees(bench, new, phone).await);
    for stranger in [ticket.login, elsewhere] {
        assert!(!sees(bench, new, stranger).await);
    }
    assert_eq!(bench.does(new, Actor::Visitor(customer), reply("from my account")).await.unwrap().n, 4);
    store.close().await;
}
