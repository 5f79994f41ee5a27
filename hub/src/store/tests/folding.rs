//! Invariant 20: a snapshot and the events after it are the later snapshot, for both audiences.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use protocol::frame::PostKind;
use protocol::model::{AgentEvent, AgentTicket, Priority, PublicEvent, PublicTicket, Role};
use protocol::{ParticipantId, TeamId};

use super::bench::{Bench, MINUTE, NOON, Opened, TestAgent, email, guest, name, post, text};
use super::on_both;
use crate::domain::fold::{Event as _, Folded, apply};
use crate::domain::tag::Tag;
use crate::store::tickets::{AgentView, PublicView};
use crate::store::writer::{Act, Actor};

/// Something that somebody does; what is refused is part of the game.
#[derive(Clone, Debug)]
enum Step {
    Guest(Act),
    Agent(Act),
    Joins,
    Waits,
}

fn steps(world: &World) -> impl Strategy<Value = Vec<Step>> + use<> {
    let words = || "[a-z ]{0,20}x".prop_map(|words| text(&words));
    let target = || 1..24_i64;
    let (team, agent): (TeamId, ParticipantId) = (world.team, world.lea.id);
    let say = |kind: PostKind| {
        move |words| Act::Post { kind, text: words, attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() }
    };
    let edit = || (target(), words()).prop_map(|(target, text)| Act::Edit { target, text });
    let guest = prop_oneof![
        4 => words().prop_map(say(PostKind::Reply)),
        2 => edit(),
        1 => "[a-z]{1,8}".prop_map(|name| Act::ChangeAddress { email: email(&format!("{name}@example.org")) }),
    ];
    let agents = prop_oneof![
        3 => words().prop_map(say(PostKind::Reply)),
        3 => words().prop_map(say(PostKind::Note)),
        1 => words().prop_map(say(PostKind::Ask)),
        2 => edit(),
        2 => target().prop_map(|target| Act::Redact { target }),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(move |(t, a)| Act::Assign { team: t.then_some(team), agent: a.then_some(agent) }),
        1 => Just(Act::Solve),
        1 => Just(Act::Reopen { pending: false }),
        1 => prop_oneof![Just(Priority::Low), Just(Priority::Urgent)].prop_map(Act::SetPriority),
        1 => ("[a-cA-C]{1,2}", "[a-c]{1,2}").prop_map(|(add, remove)| Act::Tag { add: tags(&add), remove: tags(&remove) }),
        1 => (1..90_i64).prop_map(|minutes| Act::Snooze { until: NOON + minutes * 60_000 }),
        1 => Just(Act::Wake),
    ];
    let step = prop_oneof![
        5 => guest.prop_map(Step::Guest),
        6 => agents.prop_map(Step::Agent),
        1 => Just(Step::Joins),
        1 => Just(Step::Waits),
    ];
    proptest::collection::vec(step, 1..25)
}

fn tags(name: &str) -> Vec<Tag> {
    vec![Tag::parse("add", name).unwrap()]
}

struct World {
    team: TeamId,
    lea: TestAgent,
    customer: (ParticipantId, protocol::LoginId),
}

async fn world(bench: &Bench) -> World {
    let team = bench.team("Payments").await;
    let lea = bench.agent("Lea", Role::Lead, &[team]).await;
    let customer = bench.customer("guest@example.org").await;
    bench.store.rename_customer(bench.site(), customer.0, &name("Amina H.")).await.unwrap();
    World { team, lea, customer }
}

fn of_agents(view: AgentView) -> Folded<AgentTicket> {
    Folded { cursor: view.cursor, ticket: view.ticket, events: view.events }
}

fn of_requesters(view: PublicView) -> Folded<PublicTicket> {
    Folded { cursor: view.cursor, ticket: view.ticket, events: view.events }
}

/// What events do not tell (`domain::fold`).
fn leave_out(state: &mut Folded<AgentTicket>, joined: bool) {
    state.ticket.version = 0;
    if joined {
        state.ticket.requester.email = String::new();
        state.ticket.requester.locale = String::new();
    }
}

fn leave_out_public(state: &mut Folded<PublicTicket>) {
    state.ticket.version = 0;
    state.ticket.agent = None;
}

async fn take(bench: &Bench, world: &World, ticket: Opened, step: &Step) {
    bench.clock.advance(1_000);
    let (actor, act) = match step {
        Step::Guest(act) => (Actor::Visitor(ticket.login), act.clone()),
        Step::Agent(act) => (Actor::Agent(world.lea.login), act.clone()),
        Step::Joins => (Actor::Visitor(world.customer.1), Act::Join),
        Step::Waits => return bench.clock.advance(MINUTE),
    };
    // Refusals are part of the game; the numbers must not mind.
    let _ = bench.does(ticket.id, actor, act).await;
}

/// Plays the steps; takes the snapshots of both audiences after each, and folds each forward to the end.
async fn play(bench: &Bench, world: &World, steps: &[Step]) -> Result<(), TestCaseError> {
    // A proven grant outlives the joining of the customer, so that the requesters' side stays readable.
    let ticket = bench.opens(bench.visitor_login().await, guest("guest@example.org"), "Hello").await;
    let prove = format!(
        "update login_grant set proven = {} where revoked_at is null",
        if bench.is_postgres() { "true" } else { "1" }
    );
    bench.sql(&prove).await;
    let mut taken = Vec::new();
    for step in steps {
        let agents = of_agents(bench.agent_view(ticket.id, world.lea).await);
        let requesters = of_requesters(bench.public_view(ticket).await);
        taken.push((agents, requesters));
        take(bench, world, ticket, step).await;
    }
    let mut agents = of_agents(bench.agent_view(ticket.id, world.lea).await);
    let mut requesters = of_requesters(bench.public_view(ticket).await);
    let joined = !agents.ticket.requester.guest;
    leave_out(&mut agents, joined);
    leave_out_public(&mut requesters);
    let log: Vec<AgentEvent> = bench.agent_events(ticket.id, 0).await;
    let public: Vec<PublicEvent> = bench.public_events(ticket.id, 0).await;
    for (mut early, mut early_public) in taken {
        // Every event from the start: those known already are dropped.
        for event in &log {
            apply(&mut early, event);
        }
        for event in &public {
            apply(&mut early_public, event);
        }
        leave_out(&mut early, joined);
        leave_out_public(&mut early_public);
        proptest::prop_assert_eq!(&early, &agents);
        proptest::prop_assert_eq!(&early_public, &requesters);
    }
    proptest::prop_assert!(requesters.events.windows(2).all(|pair| pair[0].n() < pair[1].n()));
    Ok(())
}

on_both! {
    snapshot_and_events_are_the_later_snapshot,
    older_pages_are_folded_too,
    a_feed_is_read_in_parts,
}

async fn snapshot_and_events_are_the_later_snapshot(bench: &Bench) {
    let world = world(bench).await;
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 40, failure_persistence: None, max_shrink_iters: 200, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let played = tokio::task::block_in_place(|| {
        runner.run(&steps(&world), |steps| tokio::runtime::Handle::current().block_on(play(bench, &world, &steps)))
    });
    if let Err(failed) = played {
        panic!("{failed}");
    }
    // The game was worth it.
    for kind in [
        "message", "note", "status", "edited", "redacted", "assigned", "joined", "address", "priority", "tagged",
        "snoozed", "woken",
    ] {
        assert!(bench.number(&format!("select count(*) as n from event where kind = '{kind}'")).await > 0, "{kind}");
    }
}

/// Older pages: edits and redactions are applied however late they came, nothing is doubled or lost.
async fn older_pages_are_folded_too(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("0").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let posts =
        (1..=130).map(|i| bench.does(ticket.id, Actor::Visitor(ticket.login), post(PostKind::Reply, &format!("{i}"))));
    bench.in_one_batch(plug, posts.collect::<Vec<_>>()).await;
    bench.notes(ticket.id, agent, "note").await;
    let edit = Act::Edit { target: 5, text: text("edited") };
    bench.does(ticket.id, Actor::Visitor(ticket.login), edit).await.unwrap();
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Redact { target: 6 }).await.unwrap();

    let last = bench.public_view(ticket).await;
    assert_eq!((last.cursor, last.events.len(), last.has_older), (134, 100, true));
    assert_eq!((last.events[0].n, last.events[99].n), (33, 132));
    let first = bench.public_page(ticket, Some(33)).await;
    assert_eq!((first.cursor, first.events.len(), first.has_older), (134, 32, false));
    assert_eq!(first.events.iter().map(|event| event.n).collect::<Vec<_>>(), (1..33).collect::<Vec<_>>());
    let words = |n: usize| match &first.events[n - 1].body {
        protocol::model::PublicBody::Message(message) => message.text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((words(4).as_str(), words(5).as_str(), words(6).as_str()), ("2", "edited", ""));
    let agents = bench.agent_page(ticket.id, agent, Some(7)).await;
    assert_eq!((agents.cursor, agents.events.len()), (135, 6));
    assert_eq!(bench.public_page(ticket, Some(1)).await.events, []);
}

async fn a_feed_is_read_in_parts(bench: &Bench) {
    let ticket = bench.guest_opens("0").await;
    for i in 1..=7 {
        bench.says(ticket, &format!("{i}")).await;
    }
    let part = |after: i64, limit: u64| {
        bench.store.feed_after(ticket.id, crate::domain::access::Audience::Requester, after, limit)
    };
    let (first, second, none) = (part(0, 5).await.unwrap(), part(5, 5).await.unwrap(), part(9, 5).await.unwrap());
    assert_eq!((first.events.len(), second.events.len(), none.events.len()), (5, 4, 0));
    assert_eq!((first.last_n, second.last_n, none.last_n), (9, 9, 9));
    assert_eq!(part(99, 5).await.unwrap().events, []);
}
