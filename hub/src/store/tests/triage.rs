//! Priority, tags and putting aside: the agents' own, and no ticket is ever lost from all views.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use protocol::http::View;
use protocol::model::{AgentBody, Priority, Role, Side, Status};
use protocol::{ErrorCode, TicketId};

use super::bench::{Bench, HOUR, MINUTE, NOON, Opened, TestAgent, refusal, reply};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::{Agent, Audience};
use crate::domain::tag::Tag;
use crate::store::tickets::ListQuery;
use crate::store::writer::{Act, Actor, Append};

const CONFLICT: Refusal = Refusal::new(ErrorCode::Conflict);

fn tags(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| Tag::parse("add", name).unwrap()).collect()
}

fn tag(add: &[&str], remove: &[&str]) -> Act {
    Act::Tag { add: tags(add), remove: tags(remove) }
}

fn at(minutes: u64) -> i64 {
    NOON + i64::try_from(minutes * MINUTE).unwrap()
}

on_both! {
    a_requester_learns_nothing_of_priority_tags_and_putting_aside,
    a_site_spells_a_tag_in_one_way,
    a_repeat_gets_the_same_answer,
    what_is_put_aside_stands_in_its_own_view_until_its_time,
    one_of_two_nodes_brings_it_back,
    a_word_of_the_requester_a_hand_and_solving_end_it,
    a_ticket_is_in_one_view_whatever_happens_to_it,
    what_changed_since_is_not_taken_back,
    undoing_a_solve_brings_back_who_waited,
}

async fn a_requester_learns_nothing_of_priority_tags_and_putting_aside(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let (before, log) = (bench.public_view(ticket).await, bench.public_events(ticket.id, 0).await);
    let acts = [Act::SetPriority(Priority::Urgent), tag(&["hold"], &[]), Act::Snooze { until: at(60) }, Act::Wake];
    for act in acts {
        let visitors = bench.does(ticket.id, Actor::Visitor(ticket.login), act.clone()).await;
        assert_eq!(visitors, Err(Refusal::new(ErrorCode::Forbidden)), "{act:?}");
        bench.does(ticket.id, Actor::Agent(agent.login), act).await.unwrap();
    }
    let now = bench.agent_view(ticket.id, agent).await;
    assert_eq!(
        now.events[2..].iter().map(|event| event.body.clone()).collect::<Vec<_>>(),
        [
            AgentBody::Priority { from: Priority::Normal, to: Priority::Urgent },
            AgentBody::Tagged { from: vec![], to: vec!["hold".to_owned()] },
            AgentBody::Snoozed { until: at(60) },
            AgentBody::Woken,
        ]
    );
    assert_eq!((now.ticket.priority, now.ticket.tags.as_slice()), (Priority::Urgent, ["hold".to_owned()].as_slice()));
    // Not a number, not a version, not a byte.
    let after = bench.public_view(ticket).await;
    assert_eq!((after.ticket, after.events, after.cursor), (before.ticket, before.events, before.cursor));
    assert_eq!(bench.public_events(ticket.id, 0).await, log);
}

async fn a_site_spells_a_tag_in_one_way(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let [first, second] = [bench.guest_opens("one").await, bench.guest_opens("two").await];
    let does = async |ticket: Opened, act: Act| bench.does(ticket.id, Actor::Agent(agent.login), act).await;
    let tags_of = async |ticket: Opened| bench.agent_view(ticket.id, agent).await.ticket.tags;
    does(first, tag(&["Éclair", "card"], &[])).await.unwrap();
    does(second, tag(&["éCLAIR"], &[])).await.unwrap();
    assert_eq!(
        (tags_of(first).await, tags_of(second).await),
        (vec!["Éclair".into(), "card".into()], vec!["Éclair".into()])
    );
    assert_eq!(bench.store.tags(bench.site(), "").await.unwrap(), ["Éclair", "card"], "the most used first");
    assert_eq!(bench.store.tags(bench.site(), "CLA").await.unwrap(), ["Éclair"]);
    assert_eq!(bench.store.tags(bench.site(), "%").await.unwrap(), [""; 0]);

    assert_eq!(does(second, tag(&["ÉCLAIR"], &[])).await, Err(CONFLICT));
    assert_eq!(does(second, tag(&[], &["card"])).await, Err(CONFLICT));
    does(first, tag(&["hold"], &["CARD"])).await.unwrap();
    assert_eq!(tags_of(first).await, ["Éclair", "hold"]);
    let rows = "select count(*) as n from ticket_tag where folded in ('éclair', 'hold', 'card')";
    assert_eq!(bench.number(rows).await, 3, "two of the first, one of the second");

    let nine: Vec<String> = (0..9).map(|n| format!("t{n}")).collect();
    let nine: Vec<&str> = nine.iter().map(String::as_str).collect();
    assert_eq!(does(first, tag(&nine, &[])).await, Err(Refusal::of("add", ErrorCode::TooLong).with_limit(10)));
    does(first, tag(&nine[..8], &[])).await.unwrap();
    does(first, tag(&[], &["Éclair", "hold"])).await.unwrap();
    assert_eq!(tags_of(first).await, nine[..8]);
}

async fn a_repeat_gets_the_same_answer(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let snooze = bench.append(ticket.id, Actor::Agent(agent.login), Act::Snooze { until: at(5) });
    let first = bench.store.append(snooze.clone()).await.unwrap();
    bench.clock.advance(6 * MINUTE);
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 1);
    // Its time has passed, and it is the same answer.
    let again = bench.store.append(snooze).await.unwrap();
    assert_eq!((again.n, again.repeated), (first.n, true));
    let past = bench.does(ticket.id, Actor::Agent(agent.login), Act::Snooze { until: at(5) }).await;
    assert_eq!(past, Err(Refusal::of("until", ErrorCode::BadValue)));
    assert_eq!(bench.agent_view(ticket.id, agent).await.ticket.snoozed_until, None);
}

async fn listed(bench: &Bench, agent: &Agent, view: View) -> Vec<TicketId> {
    let query = ListQuery { view: Some(view), ..ListQuery::default() };
    let page = bench.store.inbox(agent, &query).await.unwrap();
    page.rows.into_iter().map(|row| row.ticket.id).collect()
}

async fn what_is_put_aside_stands_in_its_own_view_until_its_time(bench: &Bench) {
    let team = bench.team("Payments").await;
    let lea = bench.agent("Lea", Role::Agent, &[team]).await;
    let agent = bench.agent_of(lea).await;
    let [mine, free, pending] =
        [bench.guest_opens("mine").await, bench.guest_opens("free").await, bench.guest_opens("pending").await];
    let does = async |ticket: Opened, act: Act| bench.does(ticket.id, Actor::Agent(lea.login), act).await.unwrap();
    does(mine, Act::Assign { team: Some(team), agent: Some(lea.id) }).await;
    does(pending, reply("which one?")).await;
    let counts = async || {
        let views = bench.store.views(&agent).await.unwrap();
        let numbers = [views.mine, views.unassigned, views.open, views.waiting, views.snoozed, views.solved];
        (numbers, views.teams[0].open)
    };
    assert_eq!(counts().await, ([1, 1, 2, 1, 0, 0], 1));
    for (minutes, ticket) in [(10, mine), (20, free), (30, pending)] {
        does(ticket, Act::Snooze { until: at(minutes) }).await;
    }
    assert_eq!(counts().await, ([0, 0, 0, 0, 3, 0], 0));
    for view in [View::Mine, View::Unassigned, View::Open, View::Waiting, View::Solved] {
        assert_eq!(listed(bench, &agent, view).await, [], "{view:?}");
    }
    assert_eq!(listed(bench, &agent, View::Snoozed).await.len(), 3);
    assert_eq!(bench.store.next_wake().await.unwrap(), Some(at(10)));

    bench.clock.advance(10 * MINUTE - 1);
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 0, "a millisecond early");
    bench.clock.advance(1);
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 1);
    assert_eq!(counts().await, ([1, 0, 1, 0, 2, 0], 1));
    let event = bench.agent_events(mine.id, 0).await.pop().unwrap();
    assert_eq!((event.body, event.author.side, event.at), (AgentBody::Woken, Side::System, at(10)));
    // A few at a time, the one that is due longest first.
    bench.clock.advance(HOUR);
    assert_eq!(bench.store.wake_due(1).await.unwrap(), 1);
    assert_eq!(counts().await, ([1, 1, 2, 0, 1, 0], 1));
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 1);
    assert_eq!(counts().await, ([1, 1, 2, 1, 0, 0], 1));
    assert_eq!(bench.store.next_wake().await.unwrap(), None);
}

async fn one_of_two_nodes_brings_it_back(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let mut tickets = Vec::new();
    for n in 0..12 {
        let ticket = bench.guest_opens(&format!("{n}")).await;
        bench.does(ticket.id, Actor::Agent(agent.login), Act::Snooze { until: at(5) }).await.unwrap();
        tickets.push(ticket);
    }
    bench.clock.advance(5 * MINUTE);
    let other = bench.second_store().await;
    let (here, there) = tokio::join!(bench.store.wake_due(100), other.wake_due(100));
    assert_eq!(here.unwrap() + there.unwrap(), 12, "each once, whoever was first");
    other.close().await;
    for ticket in tickets {
        let woken = bench.agent_events(ticket.id, 0).await;
        assert_eq!(woken.iter().filter(|event| event.body == AgentBody::Woken).count(), 1);
    }
}

async fn a_word_of_the_requester_a_hand_and_solving_end_it(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let does = async |ticket: Opened, act: Act| bench.does(ticket.id, Actor::Agent(agent.login), act).await;
    let until = async |ticket: Opened| bench.agent_view(ticket.id, agent).await.ticket.snoozed_until;
    let [written, woken, solved] =
        [bench.guest_opens("written").await, bench.guest_opens("woken").await, bench.guest_opens("solved").await];
    for ticket in [written, woken, solved] {
        does(ticket, Act::Snooze { until: at(5) }).await.unwrap();
        assert_eq!(does(ticket, Act::Snooze { until: at(5) }).await, Err(CONFLICT));
        does(ticket, Act::Snooze { until: at(6) }).await.unwrap();
        does(ticket, reply("On Monday")).await.unwrap();
        assert_eq!(until(ticket).await, Some(at(6)), "an agent's own words leave it aside");
    }
    bench.says(written, "Any news?").await;
    does(woken, Act::Wake).await.unwrap();
    does(solved, Act::Solve).await.unwrap();
    for ticket in [written, woken, solved] {
        assert_eq!(until(ticket).await, None);
        assert_eq!(does(ticket, Act::Wake).await, Err(CONFLICT));
    }
    assert_eq!(does(solved, Act::Snooze { until: at(9) }).await, Err(CONFLICT));
    bench.clock.advance(HOUR);
    assert_eq!(bench.store.wake_due(10).await.unwrap(), 0, "what came back does not come back again");
}

async fn what_changed_since_is_not_taken_back(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let does = async |act: Act, if_last_n: Option<i64>| {
        let append = bench.append(ticket.id, Actor::Agent(agent.login), act);
        refusal(bench.store.append(Append { if_last_n, ..append }).await).map(|done| done.n)
    };
    bench.answers(ticket.id, agent, "which one?").await;
    let solved = does(Act::Solve, None).await.unwrap();
    assert_eq!(does(Act::Reopen { pending: true }, Some(solved - 1)).await, Err(CONFLICT));
    let back = does(Act::Reopen { pending: true }, Some(solved)).await.unwrap();
    assert_eq!(bench.agent_view(ticket.id, agent).await.ticket.status, Status::Pending);
    let raised = does(Act::SetPriority(Priority::High), Some(back)).await.unwrap();
    bench.says(ticket, "one more thing").await;
    assert_eq!(does(Act::SetPriority(Priority::Normal), Some(raised)).await, Err(CONFLICT));
    assert_eq!(bench.agent_view(ticket.id, agent).await.ticket.priority, Priority::High);
}

async fn undoing_a_solve_brings_back_who_waited(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let lea = Actor::Agent(agent.login);
    let ticket = bench.guest_opens("Hello").await;
    let waits = async || bench.agent_view(ticket.id, agent).await.ticket.waiting_since;
    let since = waits().await;
    assert_eq!(since, Some(bench.clock.now()));
    let back = Act::Reopen { pending: false };
    bench.clock.advance(HOUR);
    // As a macro is taken back: what was done beside it first.
    for act in [Act::Solve, Act::SetPriority(Priority::High), Act::SetPriority(Priority::Normal)] {
        bench.does(ticket.id, lea, act).await.unwrap();
        assert_eq!(waits().await, None);
    }
    bench.does(ticket.id, lea, back.clone()).await.unwrap();
    assert_eq!(waits().await, since);
    let last = bench.agent_events(ticket.id, 0).await.pop().unwrap();
    assert_eq!(
        last.body,
        AgentBody::Status { from: Status::Solved, to: Status::Open, waiting_since: since },
        "so that pages know it too"
    );

    // Both in one batch.
    let plug = bench.plug(ticket).await;
    let acts = [Act::Solve, back.clone()].map(|act| bench.store.append(bench.append(ticket.id, lea, act)));
    for done in bench.in_one_batch(plug, acts.into()).await {
        done.unwrap();
    }
    assert_eq!(waits().await, since);

    // Who was answered waits no more, whenever that was.
    bench.does(ticket.id, lea, Act::Solve).await.unwrap();
    bench.answers(ticket.id, agent, "here it is").await;
    bench.does(ticket.id, lea, back.clone()).await.unwrap();
    assert_eq!(waits().await, None);

    // Time closed it: nobody has waited all that long.
    bench.says(ticket, "one more thing").await;
    bench.does(ticket.id, lea, Act::Solve).await.unwrap();
    bench.clock.advance(10 * HOUR);
    assert_eq!(bench.store.close_rested(bench.clock.now(), 10).await.unwrap(), 1);
    bench.does(ticket.id, lea, back).await.unwrap();
    assert_eq!(waits().await, None);
}

#[derive(Clone, Debug)]
enum Step {
    Guest,
    Agent(Act),
    Waits(u64),
    Looks,
}

fn steps(lea: TestAgent) -> impl Strategy<Value = Vec<Step>> {
    let snooze = (1..120_u64).prop_map(|minutes| Act::Snooze { until: at(minutes) });
    let acts = prop_oneof![
        4 => snooze,
        1 => Just(Act::Wake),
        2 => Just(reply("x")),
        1 => Just(Act::Solve),
        1 => Just(Act::Reopen { pending: false }),
        1 => any::<bool>().prop_map(move |me| Act::Assign { team: None, agent: me.then_some(lea.id) }),
    ];
    let step = prop_oneof![
        2 => Just(Step::Guest),
        6 => acts.prop_map(Step::Agent),
        2 => (1..30_u64).prop_map(Step::Waits),
        3 => Just(Step::Looks),
    ];
    proptest::collection::vec(step, 1..20)
}

/// Exactly one of these holds a ticket, whatever its state.
const EVERYWHERE: [View; 4] = [View::Open, View::Waiting, View::Snoozed, View::Solved];

async fn play(bench: &Bench, lea: TestAgent, agent: &Agent, steps: &[Step]) -> Result<(), TestCaseError> {
    let begin = bench.clock.now();
    let ticket = bench.guest_opens("Hello").await;
    for step in steps {
        match step {
            Step::Guest => drop(bench.says(ticket, "x").await),
            Step::Agent(Act::Snooze { until }) => {
                let act = Act::Snooze { until: begin + (until - NOON) };
                let _ = bench.does(ticket.id, Actor::Agent(lea.login), act).await;
            }
            Step::Agent(act) => drop(bench.does(ticket.id, Actor::Agent(lea.login), act.clone()).await),
            Step::Waits(minutes) => bench.clock.advance(minutes * MINUTE),
            Step::Looks => drop(refusal(bench.store.wake_due(10).await)),
        }
        let row = bench.agent_view(ticket.id, lea).await.ticket;
        let mut holding = Vec::new();
        for view in EVERYWHERE {
            if listed(bench, agent, view).await.contains(&ticket.id) {
                holding.push(view);
            }
        }
        let expected = match (row.status, row.snoozed_until) {
            (Status::Solved | Status::Closed, _) => View::Solved,
            (_, Some(_)) => View::Snoozed,
            (Status::Open, None) => View::Open,
            (Status::Pending, None) => View::Waiting,
        };
        proptest::prop_assert_eq!(holding, vec![expected]);
    }
    // Time brings back whatever is still put aside, and nothing twice.
    bench.clock.advance(3 * HOUR);
    for _ in 0..2 {
        bench.store.wake_due(10).await.unwrap();
    }
    proptest::prop_assert_eq!(bench.agent_view(ticket.id, lea).await.ticket.snoozed_until, None);
    let mut aside = None;
    for event in bench.agent_events(ticket.id, 0).await {
        match event.body {
            AgentBody::Snoozed { until } => aside = Some(until),
            AgentBody::Woken => {
                let by_time = event.author.side == Side::System;
                proptest::prop_assert!(
                    aside.is_some_and(|until| !by_time || until <= event.at),
                    "woken once, and in time"
                );
                aside = None;
            }
            AgentBody::Message(_) if event.author.side == Side::Requester => aside = None,
            AgentBody::Status { to: Status::Solved | Status::Closed, .. } => aside = None,
            _ => {}
        }
    }
    proptest::prop_assert_eq!(aside, None);
    Ok(())
}

async fn a_ticket_is_in_one_view_whatever_happens_to_it(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Lead, &[]).await;
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 30, failure_persistence: None, max_shrink_iters: 200, ..Config::default() },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let played = tokio::task::block_in_place(|| {
        runner.run(&steps(lea), |steps| {
            tokio::runtime::Handle::current().block_on(async {
                // A sign-in of its own: hours pass in each game.
                let lea = TestAgent { login: bench.login(Audience::Agent, Some(lea.id)).await, ..lea };
                let agent = bench.agent_of(lea).await;
                play(bench, lea, &agent, &steps).await
            })
        })
    });
    if let Err(failed) = played {
        panic!("{failed}");
    }
    // The game was worth it.
    for (kind, side) in [("snoozed", "agent"), ("woken", "agent"), ("woken", "system")] {
        let found = format!("select count(*) as n from event where kind = '{kind}' and side = '{side}'");
        assert!(bench.number(&found).await > 0, "{kind} by {side}");
    }
}
