//! Lists: who sees which rows, stable pages, counts.

use std::collections::BTreeSet;

use protocol::http::{View, Views};
use protocol::model::{AgentTicket, Role, Row};
use protocol::{ErrorCode, TeamId, TicketId};

use super::bench::{Bench, HOUR, MINUTE, Opened, TestAgent, guest, refusal, reply};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::{self, Agent, Who};
use crate::store::tickets::{ListQuery, Page, Position};
use crate::store::writer::{Act, Actor, OpeningRequester};

fn in_view(view: View) -> ListQuery {
    ListQuery { view: Some(view), ..ListQuery::default() }
}

fn ids<T>(page: &Page<T>, id: impl Fn(&T) -> TicketId) -> Vec<TicketId> {
    page.rows.iter().map(|row| id(&row.ticket)).collect()
}

async fn listed(bench: &Bench, agent: &Agent, query: &ListQuery) -> Vec<TicketId> {
    ids(&bench.store.inbox(agent, query).await.unwrap(), |ticket| ticket.id)
}

async fn assign(bench: &Bench, by: TestAgent, ticket: Opened, team: Option<TeamId>, agent: Option<TestAgent>) {
    let act = Act::Assign { team, agent: agent.map(|agent| agent.id) };
    bench.does(ticket.id, Actor::Agent(by.login), act).await.unwrap();
    bench.clock.advance(MINUTE);
}

async fn opened(bench: &Bench, count: usize) -> Vec<Opened> {
    let mut tickets = Vec::new();
    for i in 0..count {
        bench.clock.advance(MINUTE);
        tickets.push(bench.guest_opens(&format!("Ticket {i}")).await);
    }
    tickets
}

on_both! {
    pages_neither_skip_nor_double_what_stays,
    equal_times_do_not_confuse_pages,
    lists_show_what_access_allows_and_nothing_else,
    views_and_their_counts_agree,
    rows_have_their_readers_own_numbers,
    a_browsers_own_tickets,
    positions_and_refs_of_many,
    newest_positions_page_by_page,
    other_tickets_are_those_of_the_same_proven_person,
}

/// Pages while rows move: what did not move is seen exactly once.
async fn pages_neither_skip_nor_double_what_stays(bench: &Bench) {
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let agent = bench.agent_of(lead).await;
    let tickets = opened(bench, 25).await;
    let mut query = ListQuery { limit: 10, ..in_view(View::Open) };
    let mut seen: Vec<TicketId> = Vec::new();
    let mut jumpers = tickets.iter();
    loop {
        let rows = bench.store.inbox(&agent, &query).await.unwrap();
        seen.extend(ids(&rows, |ticket| ticket.id));
        query.cursor = rows.next;
        if query.cursor.is_none() {
            break;
        }
        // One from a later page jumps to the top, one is new.
        bench.clock.advance(MINUTE);
        bench.says(*jumpers.next().unwrap(), "me again").await;
        bench.guest_opens("New").await;
    }
    assert_eq!(jumpers.len(), 23, "three pages");
    let unique: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!(unique.len(), seen.len(), "no row twice");
    assert!(tickets[2..].iter().all(|ticket| unique.contains(&ticket.id)), "none that stayed is missing");
    assert_eq!(seen[..3], [tickets[24].id, tickets[23].id, tickets[22].id]);
}

/// Rows that changed in the same millisecond are told apart by their ids.
async fn equal_times_do_not_confuse_pages(bench: &Bench) {
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let agent = bench.agent_of(lead).await;
    for _ in 0..7 {
        bench.guest_opens("Hello").await;
    }
    let mut query = ListQuery { limit: 2, ..ListQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = bench.store.inbox(&agent, &query).await.unwrap();
        seen.extend(ids(&page, |ticket| ticket.id));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 7);
    for cursor in ["", "x", "AAAA", "%%%"] {
        let bad = ListQuery { cursor: Some(cursor.to_owned()), ..ListQuery::default() };
        assert_eq!(
            refusal(bench.store.inbox(&agent, &bad).await).unwrap_err(),
            Refusal::of("cursor", ErrorCode::BadValue)
        );
    }
}

/// The rule of `domain::access`, row by row, in every list (R-D1).
async fn lists_show_what_access_allows_and_nothing_else(bench: &Bench) {
    let (pay, ship) = (bench.team("Payments").await, bench.team("Shipping").await);
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[pay]).await;
    let leo = bench.agent("Leo", Role::Agent, &[]).await;
    let tickets = opened(bench, 8).await;
    let teams = [None, Some(pay), Some(ship)];
    let people = [None, Some(lea), Some(leo)];
    let places = teams.iter().flat_map(|team| people.iter().map(move |person| (*team, *person)));
    for (ticket, (team, person)) in tickets.iter().zip(places.skip(1)) {
        assign(bench, lead, *ticket, team, person).await;
    }
    for who in [lead, lea, leo] {
        let agent = bench.agent_of(who).await;
        let mut allowed = BTreeSet::new();
        for ticket in &tickets {
            let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
            if access::read(&Who::Agent(agent.clone()), &found).is_some() {
                allowed.insert(ticket.id);
            }
        }
        assert!(!allowed.is_empty());
        let listed: BTreeSet<_> = listed(bench, &agent, &ListQuery::default()).await.into_iter().collect();
        assert_eq!(listed, allowed);
        let views = bench.store.views(&agent).await.unwrap();
        assert_eq!(views.open, allowed.len() as i64);
    }
}

async fn views_and_their_counts_agree(bench: &Bench) {
    let team = bench.team("Payments").await;
    let other = bench.team("Shipping").await;
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[team]).await;
    let t = opened(bench, 6).await;
    bench.clock.advance(MINUTE);
    assign(bench, lead, t[0], Some(team), Some(lea)).await;
    assign(bench, lead, t[1], Some(team), None).await;
    assign(bench, lead, t[2], Some(other), None).await;
    bench.answers(t[3].id, lead, "hi").await;
    bench.does(t[4].id, Actor::Agent(lead.login), Act::Solve).await.unwrap();
    assign(bench, lead, t[3], None, Some(lea)).await;

    let agent = bench.agent_of(lea).await;
    let rows = |view| {
        let agent = agent.clone();
        async move { listed(bench, &agent, &in_view(view)).await }
    };
    assert_eq!(rows(View::Mine).await, [t[3].id, t[0].id]);
    assert_eq!(rows(View::Unassigned).await, [t[1].id, t[5].id]);
    assert_eq!(rows(View::Open).await, [t[1].id, t[0].id, t[5].id]);
    assert_eq!(rows(View::Waiting).await, [t[3].id]);
    assert_eq!(rows(View::Solved).await, [t[4].id]);
    let by_team = ListQuery { team: Some(team), ..ListQuery::default() };
    assert_eq!(listed(bench, &agent, &by_team).await, [t[1].id, t[0].id]);
    let counts = |views: Views| {
        (
            [views.mine, views.unassigned, views.open, views.waiting, views.solved],
            views.teams.into_iter().map(|team| (team.team.name, team.open)).collect::<Vec<_>>(),
        )
    };
    let (own, teams) = counts(bench.store.views(&agent).await.unwrap());
    assert_eq!((own, teams), ([2, 2, 3, 1, 1], vec![("Payments".to_owned(), 2)]));
    let (all, teams) = counts(bench.store.views(&bench.agent_of(lead).await).await.unwrap());
    assert_eq!(all, [0, 3, 4, 1, 1]);
    assert_eq!(teams, [("Payments".to_owned(), 2), ("Shipping".to_owned(), 1)]);
}

async fn rows_have_their_readers_own_numbers(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.says(ticket, "Hello?").await;
    bench.answers(ticket.id, lea, "hi").await;
    bench.says(ticket, "ah").await;
    let row = |agent: TestAgent| async move {
        let agent = bench.agent_of(agent).await;
        let rows: Vec<Row<AgentTicket>> = bench.store.inbox(&agent, &ListQuery::default()).await.unwrap().rows;
        (rows[0].read_n, rows[0].unread)
    };
    assert_eq!(row(lea).await, (5, 1));
    assert_eq!(row(lou).await, (0, 3));
    let own = bench.store.own_tickets(bench.site(), &[ticket.requester], false, None, 0).await.unwrap();
    assert_eq!((own.rows[0].read_n, own.rows[0].unread), (7, 0));
}

async fn a_browsers_own_tickets(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let (customer, login) = bench.customer("amina@example.org").await;
    bench.clock.advance(MINUTE);
    let first = bench.opens(login, OpeningRequester::Customer, "first").await;
    bench.clock.advance(MINUTE);
    let second = bench.opens(login, guest("other@example.org"), "second").await;
    bench.clock.advance(MINUTE);
    let foreign = bench.guest_opens("foreign").await;
    bench.notes(first.id, agent, "a note moves no requester's row").await;
    let mine = [customer, second.requester];
    let list = |closed| {
        let site = bench.site();
        async move { bench.store.own_tickets(site, &mine, closed, None, 0).await.unwrap() }
    };
    assert_eq!(ids(&list(false).await, |ticket| ticket.id), [second.id, first.id]);
    assert_eq!(bench.store.own_ticket_counts(bench.site(), &mine).await.unwrap(), (2, 0));
    bench.does(second.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    assert_eq!(ids(&list(true).await, |ticket| ticket.id), [second.id]);
    assert_eq!(bench.store.own_ticket_counts(bench.site(), &mine).await.unwrap(), (1, 1));
    let same = |topic: &'static str, since| {
        let site = bench.site();
        async move { bench.store.same_matter(site, &mine, topic, since).await.unwrap() }
    };
    let found = same("payment", 0).await;
    assert_eq!(found.iter().map(|row| row.ticket.id).collect::<Vec<_>>(), [first.id]);
    assert_eq!(same("order", 0).await, []);
    assert_eq!(same("payment", bench.clock.now()).await, []);
    assert_eq!(bench.store.own_tickets(bench.site(), &[], false, None, 0).await.unwrap().rows.len(), 0);
    assert_eq!(
        bench
            .store
            .unconfirmed_email(
                &access::read(
                    &Who::Visitor(bench.visitor_of(foreign.login).await),
                    &bench.store.ticket_ref(bench.site(), foreign.id).await.unwrap().unwrap()
                )
                .unwrap()
            )
            .await
            .unwrap()
            .as_deref(),
        Some("guest@example.org")
    );
}

async fn positions_and_refs_of_many(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let tickets = opened(bench, 3).await;
    bench.notes(tickets[1].id, agent, "note").await;
    let asked: Vec<_> = tickets.iter().map(|ticket| ticket.id).chain([TicketId(bench.id())]).collect();
    let mut positions = bench.store.positions(&asked).await.unwrap();
    positions.sort_by_key(|position| position.ticket);
    let at = |ticket: Opened, last_seq, version| Position {
        ticket: ticket.id,
        last_seq,
        last_pub_seq: 2,
        version,
        pub_version: 2,
    };
    assert_eq!(positions, [at(tickets[0], 2, 2), at(tickets[1], 3, 3), at(tickets[2], 2, 2)]);
    assert_eq!(bench.store.positions(&[]).await.unwrap(), []);
    assert_eq!(bench.store.ticket_refs(bench.site(), &asked).await.unwrap().len(), 3);
    assert_eq!(bench.store.ticket_refs(protocol::SiteId(bench.id()), &asked).await.unwrap(), []);
    let many: Vec<_> = (0..20_000).map(|_| TicketId(bench.id())).chain(asked).collect();
    assert_eq!(bench.store.positions(&many).await.unwrap().len(), 3);
}

/// Every page begins where the one before ended, also among equal times.
async fn newest_positions_page_by_page(bench: &Bench) {
    let mut tickets = opened(bench, 3).await;
    // At the same time as the third.
    tickets.push(bench.guest_opens("Ticket 3").await);
    bench.clock.advance(MINUTE);
    bench.says(tickets[0], "in front of them").await;
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = bench.store.newest_positions(bench.site(), before, 2).await.unwrap();
        let Some((last_at, last)) = page.last() else { break };
        before = Some((*last_at, last.ticket));
        found.extend(page);
    }
    let mut times: Vec<i64> = found.iter().map(|(last_at, _)| *last_at).collect();
    let newest = times[0];
    times.iter_mut().for_each(|time| *time = (newest - *time) / i64::try_from(MINUTE).unwrap());
    assert_eq!(times, [0, 1, 1, 2]);
    assert_eq!(found[0].1.ticket, tickets[0].id);
    let same_time = BTreeSet::from([found[1].1.ticket, found[2].1.ticket]);
    assert_eq!(same_time, BTreeSet::from([tickets[2].id, tickets[3].id]));
    assert_eq!(found[3].1.ticket, tickets[1].id);
    let positions = bench.store.positions(&[tickets[0].id]).await.unwrap();
    assert_eq!(positions, [found[0].1]);
}

async fn other_tickets_are_those_of_the_same_proven_person(bench: &Bench) {
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let (_, login) = bench.customer("amina@example.org").await;
    let first = bench.opens(login, OpeningRequester::Customer, "first").await;
    bench.clock.advance(HOUR);
    let second = bench.opens(login, OpeningRequester::Customer, "second").await;
    bench.clock.advance(HOUR);
    // Anybody can type an address.
    let typed = bench.opens(bench.visitor_login().await, guest("amina@example.org"), "typed").await;
    let agent = bench.agent_of(lead).await;
    let who = Who::Agent(agent.clone());
    let others = |ticket: Opened| {
        let (agent, who) = (agent.clone(), who.clone());
        async move {
            let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
            let others = bench.store.other_tickets(&agent, &access::read(&who, &found).unwrap()).await.unwrap();
            others.into_iter().map(|other| other.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(others(first).await, [second.id]);
    assert_eq!(others(typed).await, []);
    bench.does(typed.id, Actor::Visitor(login), Act::Join).await.unwrap();
    assert_eq!(others(first).await, [typed.id, second.id]);
    bench.does(first.id, Actor::Visitor(login), reply("x")).await.unwrap();
}
