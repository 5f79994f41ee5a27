//! Merging: what both tickets become, who may see what from then on, and who wins a race.

use protocol::model::{AgentBody, MergedFrom, Priority, PublicBody, Role, Status, TicketName};
use protocol::{ErrorCode, LoginId, ParticipantId, TicketId};

use super::bench::{Bench, HOUR, MINUTE, Opened, TestAgent, email, guest, refusal, reply};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access;
use crate::store::Store;
use crate::store::writer::{Act, Actor, Append, OpeningRequester};

on_both! {
    a_merged_ticket_leads_to_the_one_that_lives,
    a_merged_ticket_takes_nothing_any_more,
    what_was_put_aside_ends_with_a_merge,
    only_tickets_of_provably_one_person_are_merged,
    both_tickets_must_be_there_for_the_agent,
    guests_who_proved_the_address_may_see_where_it_leads,
    a_merge_gives_back_no_right_that_was_ended,
    what_was_to_be_told_is_told_once_of_the_living_ticket,
    what_was_mailed_already_is_not_told_again,
    a_reply_that_races_a_merge_is_written_once_or_sent_on,
    of_two_opposite_merges_one_wins,
    a_corrected_address_and_a_merge_do_not_meet,
    a_chain_of_merges_ends_at_one_living_ticket,
}

pub(super) async fn lea(bench: &Bench) -> TestAgent {
    bench.agent("Lea", Role::Lead, &[]).await
}

/// Two tickets of one customer.
async fn customers_two(bench: &Bench) -> (Opened, Opened) {
    let (_, login) = bench.customer("amina@example.org").await;
    two_of(bench, login).await
}

async fn two_of(bench: &Bench, login: LoginId) -> (Opened, Opened) {
    let first = bench.opens(login, OpeningRequester::Customer, "Charged twice").await;
    (first, bench.opens(login, OpeningRequester::Customer, "Charged twice, again").await)
}

/// A guest's ticket whose address was proven in the browser that opened it.
pub(super) async fn proven_guest(bench: &Bench, address: &str) -> Opened {
    let ticket = bench.opens(bench.visitor_login().await, guest(address), "Hello").await;
    prove(bench, ticket.requester, Some(ticket)).await;
    ticket
}

async fn prove(bench: &Bench, guest: ParticipantId, granted: Option<Opened>) {
    // As a code does it, without its mail.
    let guests = format!("update participant set proof = 'confirmed' where id = {}", literal(bench, guest.0));
    bench.sql(&guests).await;
    if let Some(ticket) = granted {
        let yes = if bench.is_postgres() { "true" } else { "1" };
        bench
            .sql(&format!("update login_grant set proven = {yes} where ticket_id = {}", literal(bench, ticket.id.0)))
            .await;
    }
}

pub(super) fn literal(bench: &Bench, id: uuid::Uuid) -> String {
    match bench.is_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    }
}

fn merging(bench: &Bench, agent: TestAgent, from: Opened, into: Opened) -> Append {
    bench.append(from.id, Actor::Agent(agent.login), Act::Merge { into: into.id })
}

async fn merge(bench: &Bench, agent: TestAgent, from: Opened, into: Opened) -> Result<i64, Refusal> {
    refusal(bench.store.append(merging(bench, agent, from, into)).await).map(|appended| appended.n)
}

pub(super) async fn sees(bench: &Bench, ticket: TicketId, login: LoginId) -> bool {
    let who = access::Who::Visitor(bench.visitor_of(login).await);
    let found = bench.store.ticket_ref(bench.site(), ticket).await.unwrap().unwrap();
    access::read(&who, &found).is_some()
}

async fn a_merged_ticket_leads_to_the_one_that_lives(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = customers_two(bench).await;
    bench.does(into.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    let since = bench.agent_view(from.id, agent).await.ticket.waiting_since;
    bench.clock.advance(MINUTE);
    let act = merging(bench, agent, from, into);
    assert_eq!(bench.store.append(act.clone()).await.unwrap().n, 3);
    assert!(bench.store.append(act).await.unwrap().repeated);

    let merged = bench.agent_view(from.id, agent).await;
    let name = TicketName { ticket: into.id, number: 10_002 };
    assert_eq!((merged.ticket.status, merged.ticket.merged_into), (Status::Closed, Some(name)));
    assert_eq!(merged.ticket.waiting_since, None);
    assert_eq!(merged.events[2].body, AgentBody::MergedInto(name));
    let living = bench.agent_view(into.id, agent).await;
    assert_eq!((living.ticket.status, living.ticket.merged_into), (Status::Open, None));
    assert_eq!(living.ticket.waiting_since, since);
    let brings = MergedFrom { ticket: from.id, number: 10_001, waiting_since: since };
    assert_eq!(living.events[3].body, AgentBody::MergedFrom(brings));
    assert_eq!(
        living.events[4].body,
        AgentBody::Status { from: Status::Solved, to: Status::Open, waiting_since: None }
    );

    let public = bench.public_view(into).await;
    let name = TicketName { ticket: from.id, number: 10_001 };
    assert_eq!(public.events[3].body, PublicBody::MergedFrom(name));
    let merged = bench.public_view(from).await;
    assert_eq!((merged.events.len(), merged.ticket.merged_into.map(|into| into.number)), (3, Some(10_002)));
    // "My tickets" has the merged one once, among the closed ones.
    let own = [from.requester];
    let open = bench.store.own_tickets(bench.site(), &own, false, None, 10).await.unwrap();
    let closed = bench.store.own_tickets(bench.site(), &own, true, None, 10).await.unwrap();
    assert_eq!(open.rows.iter().map(|row| row.ticket.id).collect::<Vec<_>>(), [into.id]);
    assert_eq!(closed.rows.iter().map(|row| row.ticket.id).collect::<Vec<_>>(), [from.id]);
}

async fn a_merged_ticket_takes_nothing_any_more(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = customers_two(bench).await;
    let before = bench.append(from.id, Actor::Visitor(from.login), reply("before"));
    bench.store.append(before.clone()).await.unwrap();
    merge(bench, agent, from, into).await.unwrap();
    let led = Err(Refusal::merged(into.id));
    assert_eq!(bench.does(from.id, Actor::Visitor(from.login), reply("late")).await.map(|a| a.n), led);
    let triage =
        [Act::SetPriority(Priority::Urgent), Act::Snooze { until: bench.store.now() + HOUR as i64 }, Act::Wake];
    let others = [reply("late"), Act::Solve, Act::Reopen { pending: false }, Act::Reopen { pending: true }];
    let assign = Act::Assign { team: None, agent: Some(agent.id) };
    for act in triage.into_iter().chain(others).chain([assign]) {
        assert_eq!(bench.does(from.id, Actor::Agent(agent.login), act).await.map(|a| a.n), led);
    }
    // What was written before is still answered with its number; what is private can still be erased.
    assert!(bench.store.append(before).await.unwrap().repeated);
    bench.does(from.id, Actor::Agent(agent.login), Act::Redact { target: 2 }).await.unwrap();
    // The same text, sent on under its client id, stands in the living ticket once.
    let late = bench.append(into.id, Actor::Visitor(into.login), reply("late"));
    for _ in 0..2 {
        assert_eq!(bench.store.append(late.clone()).await.unwrap().n, 4);
    }
}

async fn what_was_put_aside_ends_with_a_merge(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = customers_two(bench).await;
    let aside = Act::Snooze { until: bench.store.now() + HOUR as i64 };
    for ticket in [from, into] {
        bench.does(ticket.id, Actor::Agent(agent.login), aside.clone()).await.unwrap();
    }
    // The customer waits in both: what was put aside until an answer came has one.
    merge(bench, agent, from, into).await.unwrap();
    let logs = async || (bench.agent_view(from.id, agent).await, bench.agent_view(into.id, agent).await);
    let (merged, living) = logs().await;
    assert_eq!((merged.ticket.snoozed_until, living.ticket.snoozed_until), (None, None));
    bench.clock.advance(2 * HOUR);
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 0);
    let after = logs().await;
    assert_eq!((after.0.events, after.1.events), (merged.events, living.events));
}

async fn only_tickets_of_provably_one_person_are_merged(bench: &Bench) {
    let agent = lea(bench).await;
    let (ours, _) = customers_two(bench).await;
    let (_, other) = bench.customer("other@example.org").await;
    let theirs = bench.opens(other, OpeningRequester::Customer, "Mine").await;
    let unproven = bench.opens(bench.visitor_login().await, guest("amina@example.org"), "Hello").await;
    let twin = bench.opens(unproven.login, guest("amina@example.org"), "Hello again").await;
    let different = Err(Refusal::new(ErrorCode::DifferentRequesters));
    for (from, into) in [(ours, theirs), (theirs, ours), (unproven, ours), (ours, unproven), (unproven, twin)] {
        assert_eq!(merge(bench, agent, from, into).await, different);
    }
    assert_eq!(merge(bench, agent, ours, ours).await, Err(Refusal::of("into", ErrorCode::BadValue)));
    prove(bench, unproven.requester, None).await;
    assert_eq!(merge(bench, agent, unproven, twin).await, different);
    prove(bench, twin.requester, None).await;
    assert_eq!(merge(bench, agent, unproven, twin).await, Ok(3));
    // Nothing but that one merge was written.
    assert_eq!(bench.number("select count(*) as n from event where kind like 'merged%'").await, 2);
}

async fn both_tickets_must_be_there_for_the_agent(bench: &Bench) {
    let (own, foreign) = (bench.team("Own").await, bench.team("Foreign").await);
    let lead = lea(bench).await;
    let lou = bench.agent("Lou", Role::Agent, &[own]).await;
    let (seen, hidden) = customers_two(bench).await;
    let give = Act::Assign { team: Some(foreign), agent: None };
    bench.does(hidden.id, Actor::Agent(lead.login), give).await.unwrap();
    let missing = Err(Refusal::of("into", ErrorCode::NotFound));
    assert_eq!(merge(bench, lou, seen, hidden).await, missing);
    assert_eq!(merge(bench, lou, hidden, seen).await, Err(Refusal::new(ErrorCode::NotFound)));
    let nowhere = Act::Merge { into: TicketId(bench.id()) };
    assert_eq!(bench.does(seen.id, Actor::Agent(lou.login), nowhere).await.map(|a| a.n), missing);
    let by_requester = Act::Merge { into: hidden.id };
    let refused = bench.does(seen.id, Actor::Visitor(seen.login), by_requester).await.map(|a| a.n);
    assert_eq!(refused, Err(Refusal::new(ErrorCode::Forbidden)));
}

async fn guests_who_proved_the_address_may_see_where_it_leads(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = (proven_guest(bench, "a@example.org").await, proven_guest(bench, "a@example.org").await);
    let bystander = bench.visitor_login().await;
    assert!(!sees(bench, into.id, from.login).await);
    merge(bench, agent, from, into).await.unwrap();
    assert!(sees(bench, into.id, from.login).await && sees(bench, from.id, from.login).await);
    assert!(!sees(bench, from.id, into.login).await, "a right to the living one gives none to the merged one");
    assert!(!sees(bench, into.id, bystander).await);
    let written = bench.does(into.id, Actor::Visitor(from.login), reply("here I am")).await.unwrap();
    assert_eq!(written.n, 4);
}

/// R-A14: what was ended by intent in the ticket that lives on stays ended, and is not given back by a merge.
async fn a_merge_gives_back_no_right_that_was_ended(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = (proven_guest(bench, "a@example.org").await, proven_guest(bench, "a@example.org").await);
    // Four browsers that proved the address of the one to be merged, with rights of their own to the other one.
    let (left, disowned, distrusted, weak) =
        (from.login, bench.visitor_login().await, bench.visitor_login().await, bench.visitor_login().await);
    for (browser, ticket, proven) in [
        (left, into, true),
        (disowned, from, true),
        (disowned, into, false),
        (distrusted, from, true),
        (distrusted, into, true),
        (weak, from, true),
    ] {
        grant(bench, browser, ticket, proven).await;
    }
    bench.store.end_access_here(into.id, left).await.unwrap();
    bench.store.disown(into.id, into.requester).await.unwrap();
    bench.store.end_trust(distrusted, into.id).await.unwrap();
    grant(bench, weak, into, false).await;

    let plug = bench.plug(from).await;
    let say = |browser| bench.append(into.id, Actor::Visitor(browser), reply("here I am"));
    let acts = [merging(bench, agent, from, into), say(left), say(disowned), say(distrusted), say(weak)];
    let done = bench.in_one_batch(plug, acts.map(|act| bench.store.append(act)).into()).await;
    let became: Vec<_> = done.into_iter().map(|one| refusal(one).map(drop).map_err(|refusal| refusal.code)).collect();
    let not_found = Err(ErrorCode::NotFound);
    assert_eq!(became, [Ok(()), not_found, not_found, not_found, Ok(())]);
    for (browser, is_led_on) in [(left, false), (disowned, false), (distrusted, false), (weak, true)] {
        assert!(sees(bench, from.id, browser).await);
        assert_eq!(sees(bench, into.id, browser).await, is_led_on);
    }

    // Ended for all browsers by an agent: one that never had a right there is no exception to a merge.
    let other = proven_guest(bench, "a@example.org").await;
    bench.store.end_access(into.id).await.unwrap();
    merge(bench, agent, other, into).await.unwrap();
    assert!(!sees(bench, into.id, weak).await && !sees(bench, into.id, into.login).await);
    assert!(sees(bench, into.id, other.login).await);
}

async fn grant(bench: &Bench, login: LoginId, ticket: Opened, proven: bool) {
    let text = "insert into login_grant (login_id, ticket_id, participant_id, proven, created_at)";
    let values = [login.0, ticket.id.0, ticket.requester.0].map(|id| literal(bench, id)).join(", ");
    let proven = match (bench.is_postgres(), proven) {
        (true, yes) => yes.to_string(),
        (false, yes) => u8::from(yes).to_string(),
    };
    bench.sql(&format!("{text} values ({values}, {proven}, 0)")).await;
}

async fn unread(bench: &Bench, ticket: TicketId, whose: &str) -> i64 {
    let ticket = literal(bench, ticket.0);
    bench
        .number(&format!(
            "select count(*) as n from attention where ticket_id = {ticket} and wanted_seq > read_seq and {whose}"
        ))
        .await
}

async fn what_was_to_be_told_is_told_once_of_the_living_ticket(bench: &Bench) {
    let (agent, lou) = (lea(bench).await, bench.agent("Lou", Role::Lead, &[]).await);
    let (from, into) = customers_two(bench).await;
    for ticket in [from, into] {
        let give = Act::Assign { team: None, agent: Some(lou.id) };
        bench.does(ticket.id, Actor::Agent(agent.login), give).await.unwrap();
    }
    bench.answers(from.id, agent, "Which card?").await;
    let due = bench.number("select max(mail_due) as n from attention where wanted_kind = 'reply'").await;
    bench.says(from, "The blue one").await;
    bench.answers(from.id, agent, "Thanks").await;
    bench.clock.advance(MINUTE / 2);
    merge(bench, agent, from, into).await.unwrap();
    assert_eq!(unread(bench, from.id, "1 = 1").await, 0);
    let requester = format!("recipient_id = {}", literal(bench, from.requester.0));
    assert_eq!(unread(bench, into.id, &requester).await, 1);
    let moved = bench.number(&format!("select max(mail_due) as n from attention where {requester}")).await;
    assert!(moved <= due + 5 * MINUTE as i64, "{moved} is not put off by the merge ({due})");
}

async fn what_was_mailed_already_is_not_told_again(bench: &Bench) {
    let agent = lea(bench).await;
    let (from, into) = customers_two(bench).await;
    bench.answers(from.id, agent, "Which card?").await;
    bench.sql("update attention set mailed_seq = wanted_seq, mail_due = null").await;
    merge(bench, agent, from, into).await.unwrap();
    let requester = format!("recipient_id = {}", literal(bench, from.requester.0));
    assert_eq!(unread(bench, from.id, "1 = 1").await, 0);
    assert_eq!(unread(bench, into.id, &requester).await, 0);
}

async fn a_reply_that_races_a_merge_is_written_once_or_sent_on(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let agent = lea(bench).await;
    let (_, login) = bench.customer("amina@example.org").await;
    for round in 0..8 {
        let (from, into) = two_of(bench, login).await;
        let words = format!("racing {round}");
        let send = bench.append(from.id, Actor::Visitor(from.login), reply(&words));
        let merging = merging(bench, agent, from, into);
        let page = |store: Store, send: Append| async move {
            match refusal(store.append(send.clone()).await) {
                Ok(_) => {}
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::merged(into.id));
                    store.append(Append { ticket: into.id, ..send }).await.unwrap();
                }
            }
        };
        let merger = stores[1].clone();
        let merge = tokio::spawn(async move { merger.append(merging).await.unwrap() });
        let sends = [0, 1].map(|node: usize| tokio::spawn(page(stores[node].clone(), send.clone())));
        for task in sends {
            task.await.unwrap();
        }
        merge.await.unwrap();
        let text = format!("select count(*) as n from event where kind = 'message' and body like '%{words}\"%'");
        assert_eq!(bench.number(&text).await, 1, "round {round}");
    }
    stores[1].close().await;
}

async fn of_two_opposite_merges_one_wins(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let agent = lea(bench).await;
    let (_, login) = bench.customer("amina@example.org").await;
    for _ in 0..8 {
        let (a, b) = two_of(bench, login).await;
        let acts = [(0, merging(bench, agent, a, b)), (1, merging(bench, agent, b, a))];
        let tasks = acts.map(|(node, act): (usize, Append)| {
            let store = stores[node].clone();
            tokio::spawn(async move { refusal(store.append(act).await).map(|_| ()) })
        });
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.unwrap().map_err(|refusal| refusal.code));
        }
        done.sort_by_key(|one| one.is_err());
        assert_eq!(done, [Ok(()), Err(ErrorCode::Merged)]);
    }
    assert_eq!(bench.number("select count(*) as n from ticket where merged_into is not null").await, 8);
    stores[1].close().await;
}

async fn a_corrected_address_and_a_merge_do_not_meet(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let agent = lea(bench).await;
    let into = proven_guest(bench, "a@example.org").await;
    for _ in 0..6 {
        let from = bench.opens(bench.visitor_login().await, guest("b@example.org"), "Hello").await;
        let correct = Act::ChangeAddress { email: email("a@example.org") };
        let correct = bench.append(from.id, Actor::Visitor(from.login), correct);
        let merging = merging(bench, agent, from, into);
        let (one, two) = (stores[0].clone(), stores[1].clone());
        let corrected = tokio::spawn(async move { one.append(correct).await.is_ok() });
        let merged = tokio::spawn(async move { refusal(two.append(merging).await).map(|_| ()) });
        assert!(corrected.await.unwrap());
        // Whichever came first: an address that was typed proves nothing.
        assert_eq!(merged.await.unwrap(), Err(Refusal::new(ErrorCode::DifferentRequesters)));
        assert!(!sees(bench, into.id, from.login).await);
    }
    stores[1].close().await;
}

async fn a_chain_of_merges_ends_at_one_living_ticket(bench: &Bench) {
    let agent = lea(bench).await;
    let (_, login) = bench.customer("amina@example.org").await;
    let mut tickets = Vec::new();
    for n in 0..12 {
        tickets.push(bench.opens(login, OpeningRequester::Customer, &format!("Number {n}")).await);
    }
    for pair in tickets.windows(2).take(10) {
        merge(bench, agent, pair[0], pair[1]).await.unwrap();
    }
    let deep = Err(Refusal::of("into", ErrorCode::BadValue));
    assert_eq!(merge(bench, agent, tickets[10], tickets[11]).await, deep);
    assert_eq!(merge(bench, agent, tickets[11], tickets[10]).await, Ok(3));
    assert_eq!(merge(bench, agent, tickets[11], tickets[10]).await, Err(Refusal::merged(tickets[10].id)));
    assert_eq!(bench.number("select count(*) as n from ticket where merged_into is null").await, 1);
}
