//! Saved views: what each filter lets through, whose they are, and how many.

use protocol::http::{AssigneeFilter, ViewFilters};
use protocol::model::{Priority, Role, Status};
use protocol::{ErrorCode, SavedViewId, TicketId};

use super::bench::{Bench, HOUR, MINUTE, NOON, Opened, TestAgent, refusal, reply};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Agent;
use crate::domain::saved_view::{Filters, ViewName};
use crate::domain::tag::Tag;
use crate::store::tickets::{ListQuery, Shelf, ViewChange};
use crate::store::writer::{Act, Actor};

const NOT_FOUND: Refusal = Refusal::new(ErrorCode::NotFound);

async fn listed(bench: &Bench, agent: &Agent, filters: &ViewFilters) -> Vec<TicketId> {
    let query = ListQuery { filters: Some(filters.clone()), ..ListQuery::default() };
    let page = bench.store.inbox(agent, &query).await.unwrap();
    let mut tickets: Vec<TicketId> = page.rows.into_iter().map(|row| row.ticket.id).collect();
    tickets.sort_unstable();
    tickets
}

async fn saves(bench: &Bench, agent: &Agent, shelf: Shelf, name: &str, filters: ViewFilters) -> SavedViewId {
    let (name, filters) = (ViewName::parse(name).unwrap(), Filters::parse(filters).unwrap());
    bench.store.add_view(agent, shelf, (&name, &filters), bench.key()).await.unwrap().id
}

async fn names(bench: &Bench, agent: &Agent) -> Vec<String> {
    bench.store.saved_views(agent).await.unwrap().into_iter().map(|view| view.name).collect()
}

on_both! {
    each_filter_lets_through_what_it_says,
    a_view_is_its_owners_or_everybodys,
    a_shelf_has_an_order_and_an_end,
}

async fn each_filter_lets_through_what_it_says(bench: &Bench) {
    let team = bench.team("Payments").await;
    let lea = bench.agent("Lea", Role::Agent, &[team]).await;
    let out = bench.agent("Out", Role::Agent, &[]).await;
    let does = async |ticket: Opened, act: Act| bench.does(ticket.id, Actor::Agent(lea.login), act).await.unwrap();
    let tag = |names: &[&str]| Act::Tag {
        add: names.iter().map(|name| Tag::parse("add", name).unwrap()).collect(),
        remove: Vec::new(),
    };
    let old = bench.guest_opens("waits for long").await;
    bench.clock.advance(HOUR);
    let [mine, urgent, aside, solved] = [
        bench.guest_opens("mine").await,
        bench.guest_opens("urgent").await,
        bench.guest_opens("aside").await,
        bench.guest_opens("solved").await,
    ];
    does(mine, Act::Assign { team: Some(team), agent: Some(lea.id) }).await;
    does(mine, reply("which one?")).await;
    does(mine, tag(&["Hold", "card"])).await;
    does(urgent, Act::SetPriority(Priority::Urgent)).await;
    does(urgent, tag(&["hold"])).await;
    does(aside, Act::Snooze { until: NOON + 100 * i64::try_from(HOUR).unwrap() }).await;
    does(solved, Act::Solve).await;

    let agent = bench.agent_of(lea).await;
    let any = ViewFilters::default;
    let tags = |names: &[&str]| ViewFilters { tags: names.iter().map(|name| (*name).to_owned()).collect(), ..any() };
    let assignee = |who| ViewFilters { assignee: Some(who), ..any() };
    let table = [
        (any(), vec![old, mine, urgent, aside, solved]),
        (ViewFilters { statuses: vec![Status::Pending, Status::Solved], ..any() }, vec![mine, solved]),
        (assignee(AssigneeFilter::Me), vec![mine]),
        (assignee(AssigneeFilter::Agent { id: lea.id }), vec![mine]),
        (assignee(AssigneeFilter::Agent { id: out.id }), vec![]),
        (assignee(AssigneeFilter::Nobody), vec![old, urgent, aside, solved]),
        (ViewFilters { teams: vec![team], ..any() }, vec![mine]),
        (tags(&["HOLD"]), vec![mine, urgent]),
        (tags(&["hold", "Card"]), vec![mine]),
        (tags(&["nothing"]), vec![]),
        (ViewFilters { priorities: vec![Priority::High, Priority::Urgent], ..any() }, vec![urgent]),
        (ViewFilters { topics: vec!["payment".to_owned()], ..any() }, vec![old, mine, urgent, aside, solved]),
        (ViewFilters { topics: vec!["account".to_owned()], ..any() }, vec![]),
        (ViewFilters { waiting_min: Some(60), ..any() }, vec![old]),
        (ViewFilters { waiting_min: Some(61), ..any() }, vec![]),
        (ViewFilters { snoozed: Some(true), ..any() }, vec![aside]),
        (ViewFilters { snoozed: Some(false), statuses: vec![Status::Open], ..any() }, vec![old, urgent]),
    ];
    // What is listed is what is counted, for each agent by what they may see.
    let outsider = bench.agent_of(out).await;
    for (index, (filters, expected)) in table.into_iter().enumerate() {
        let mut expected: Vec<TicketId> = expected.iter().map(|ticket| ticket.id).collect();
        expected.sort_unstable();
        assert_eq!(listed(bench, &agent, &filters).await, expected, "{filters:?}");
        let reached: Vec<TicketId> = expected.iter().copied().filter(|ticket| *ticket != mine.id).collect();
        if filters.assignee != Some(AssigneeFilter::Me) {
            assert_eq!(listed(bench, &outsider, &filters).await, reached, "{filters:?}");
        }
        let id = saves(bench, &agent, Shelf::Own, &format!("{index}"), filters.clone()).await;
        let counted = bench.store.saved_views(&agent).await.unwrap();
        let view = counted.into_iter().find(|view| view.id == id).unwrap();
        assert_eq!(usize::try_from(view.count).unwrap(), expected.len(), "{filters:?}");
        assert_eq!(bench.store.view_filters(&agent, id).await.unwrap(), filters);
    }
    bench.clock.advance(MINUTE);
    assert_eq!(listed(bench, &agent, &ViewFilters { waiting_min: Some(61), ..any() }).await, [old.id]);
}

async fn a_view_is_its_owners_or_everybodys(bench: &Bench) {
    let of = async |agent: TestAgent| bench.agent_of(agent).await;
    let (lea, lou) =
        (of(bench.agent("Lea", Role::Agent, &[]).await).await, of(bench.agent("Lou", Role::Lead, &[]).await).await);
    let own = saves(bench, &lea, Shelf::Own, "mine alone", ViewFilters::default()).await;
    let shared = saves(bench, &lou, Shelf::Shared, "for all", ViewFilters::default()).await;
    assert_eq!(names(bench, &lea).await, ["mine alone", "for all"]);
    assert_eq!(names(bench, &lou).await, ["for all"]);
    let hidden = refusal(bench.store.view_filters(&lou, own).await);
    assert_eq!(hidden, Err(Refusal::of("saved", ErrorCode::NotFound)));
    bench.store.view_filters(&lea, shared).await.unwrap();

    let renamed = ViewChange { name: Some(ViewName::parse("renamed").unwrap()), ..ViewChange::default() };
    for (agent, shelf, view) in [(&lou, Shelf::Own, own), (&lou, Shelf::Shared, own), (&lea, Shelf::Own, shared)] {
        assert_eq!(refusal(bench.store.change_view(agent, shelf, view, &renamed).await), Err(NOT_FOUND));
        assert_eq!(refusal(bench.store.remove_view(agent, shelf, view).await), Err(NOT_FOUND));
    }
    bench.store.change_view(&lea, Shelf::Own, own, &renamed).await.unwrap();
    bench.store.remove_view(&lou, Shelf::Shared, shared).await.unwrap();
    assert_eq!((names(bench, &lea).await, names(bench, &lou).await), (vec!["renamed".to_owned()], vec![]));
}

async fn a_shelf_has_an_order_and_an_end(bench: &Bench) {
    let lea = bench.agent_of(bench.agent("Lea", Role::Agent, &[]).await).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(saves(bench, &lea, Shelf::Own, &format!("{n}"), ViewFilters::default()).await);
    }
    let (name, filters) = (ViewName::parse("one more").unwrap(), Filters::parse(ViewFilters::default()).unwrap());
    let key = bench.key();
    let full = refusal(bench.store.add_view(&lea, Shelf::Own, (&name, &filters), key).await);
    assert_eq!(full, Err(Refusal::of("name", ErrorCode::Conflict).with_limit(20)));
    bench.store.remove_view(&lea, Shelf::Own, ids[19]).await.unwrap();
    let first = bench.store.add_view(&lea, Shelf::Own, (&name, &filters), key).await.unwrap();
    assert_eq!(bench.store.add_view(&lea, Shelf::Own, (&name, &filters), key).await.unwrap().id, first.id);
    assert_eq!(names(bench, &lea).await.len(), 20);
    for (place, expected) in [(0, 0), (7, 7), (99, 19)] {
        let change = ViewChange { place: Some(place), ..ViewChange::default() };
        bench.store.change_view(&lea, Shelf::Own, first.id, &change).await.unwrap();
        let order = names(bench, &lea).await;
        assert_eq!(order.iter().position(|name| name == "one more"), Some(expected));
        let rest: Vec<String> = order.into_iter().filter(|name| name != "one more").collect();
        assert_eq!(rest, (0..19).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
