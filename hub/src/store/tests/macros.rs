//! Macros: whose they are, in which order, how many, and whom they may name.

use protocol::frame::PostKind;
use protocol::macros::{MacroActions, MacroAssignee, MacroContent, MacroText};
use protocol::model::{Priority, Role};
use protocol::{ErrorCode, MacroId, ParticipantId, TeamId};

use super::bench::{Bench, refusal};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Agent;
use crate::domain::limits::MACROS_MAX;
use crate::domain::macros::{Content, MacroName};
use crate::store::macros::MacroChange;
use crate::store::tickets::Shelf;

const NOT_FOUND: Refusal = Refusal::new(ErrorCode::NotFound);

fn solving() -> Content {
    doing(MacroActions { solve: true, ..MacroActions::default() })
}

fn doing(actions: MacroActions) -> Content {
    Content::parse(MacroContent { text: None, actions }).unwrap()
}

fn named(name: &str) -> MacroName {
    MacroName::parse(name).unwrap()
}

async fn adds(bench: &Bench, agent: &Agent, shelf: Shelf, name: &str, content: &Content) -> Result<MacroId, Refusal> {
    let added = bench.store.add_macro(agent, shelf, (&named(name), content), bench.key()).await;
    refusal(added).map(|added| added.id)
}

async fn names(bench: &Bench, agent: &Agent) -> Vec<(String, bool)> {
    let macros = bench.store.macros(agent).await.unwrap();
    macros.into_iter().map(|each| (each.name, each.shared)).collect()
}

on_both! {
    a_macro_is_kept_as_it_was_written,
    a_macro_is_its_owners_or_everybodys,
    a_shelf_of_macros_has_an_order_and_an_end,
    a_macro_names_nobody_who_is_not_there,
}

async fn a_macro_is_kept_as_it_was_written(bench: &Bench) {
    let team = bench.team("Payments").await;
    let lea = bench.agent("Lea", Role::Agent, &[team]).await;
    let agent = bench.agent_of(lea).await;
    let raw = MacroContent {
        text: Some(MacroText {
            kind: PostKind::Note, text: "Été {{ticket.number}} 🙏\n{{site.name|us}}".to_owned()
        }),
        actions: MacroActions {
            solve: false,
            team: Some(team),
            assignee: Some(MacroAssignee::Agent { id: lea.id }),
            add_tags: vec!["on hold".to_owned()],
            remove_tags: vec!["new".to_owned()],
            priority: Some(Priority::Urgent),
            snooze_min: Some(90),
        },
    };
    let content = Content::parse(raw.clone()).unwrap();
    let key = bench.key();
    let first = bench.store.add_macro(&agent, Shelf::Own, (&named("All of it"), &content), key).await.unwrap();
    assert_eq!((first.name.as_str(), first.shared, &first.content), ("All of it", false, &raw));
    // The same key is the same macro, and there is one.
    let again = bench.store.add_macro(&agent, Shelf::Own, (&named("All of it"), &content), key).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(bench.store.macros(&agent).await.unwrap(), std::slice::from_ref(&first));

    let change = MacroChange { content: Some(solving()), ..MacroChange::default() };
    bench.store.change_macro(&agent, Shelf::Own, first.id, &change).await.unwrap();
    let change = MacroChange { name: Some(named("Just solve")), ..MacroChange::default() };
    bench.store.change_macro(&agent, Shelf::Own, first.id, &change).await.unwrap();
    let [changed] = bench.store.macros(&agent).await.unwrap().try_into().unwrap();
    assert_eq!((changed.name.as_str(), &changed.content), ("Just solve", solving().as_wire()));
}

async fn a_macro_is_its_owners_or_everybodys(bench: &Bench) {
    let lea = bench.agent_of(bench.agent("Lea", Role::Agent, &[]).await).await;
    let lou = bench.agent_of(bench.agent("Lou", Role::Admin, &[]).await).await;
    let own = adds(bench, &lea, Shelf::Own, "mine alone", &solving()).await.unwrap();
    let shared = adds(bench, &lou, Shelf::Shared, "for all", &solving()).await.unwrap();
    let told = |name: &str, shared| (name.to_owned(), shared);
    assert_eq!(names(bench, &lea).await, [told("mine alone", false), told("for all", true)]);
    assert_eq!(names(bench, &lou).await, [told("for all", true)]);

    let renamed = MacroChange { name: Some(named("renamed")), ..MacroChange::default() };
    for (agent, shelf, id) in [(&lou, Shelf::Own, own), (&lou, Shelf::Shared, own), (&lea, Shelf::Own, shared)] {
        assert_eq!(refusal(bench.store.change_macro(agent, shelf, id, &renamed).await), Err(NOT_FOUND));
        assert_eq!(refusal(bench.store.remove_macro(agent, shelf, id).await), Err(NOT_FOUND));
    }
    bench.store.change_macro(&lea, Shelf::Own, own, &renamed).await.unwrap();
    bench.store.remove_macro(&lou, Shelf::Shared, shared).await.unwrap();
    assert_eq!(names(bench, &lea).await, [told("renamed", false)]);
    assert_eq!(names(bench, &lou).await, []);
}

async fn a_shelf_of_macros_has_an_order_and_an_end(bench: &Bench) {
    let lea = bench.agent_of(bench.agent("Lea", Role::Agent, &[]).await).await;
    let mut ids = Vec::new();
    for n in 0..MACROS_MAX {
        ids.push(adds(bench, &lea, Shelf::Own, &format!("{n}"), &solving()).await.unwrap());
    }
    let full = adds(bench, &lea, Shelf::Own, "one more", &solving()).await;
    assert_eq!(full, Err(Refusal::of("name", ErrorCode::Conflict).with_limit(50)));
    // The site's shelf has an end of its own.
    adds(bench, &lea, Shelf::Shared, "for all", &solving()).await.unwrap();
    for (place, expected) in [(0, 0), (7, 7), (99, 49)] {
        let change = MacroChange { place: Some(place), ..MacroChange::default() };
        bench.store.change_macro(&lea, Shelf::Own, ids[3], &change).await.unwrap();
        let order: Vec<String> = names(bench, &lea).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(order.iter().position(|name| name == "3"), Some(expected));
        assert_eq!(order.last().map(String::as_str), Some("for all"));
        let rest: Vec<String> = order.into_iter().filter(|name| name != "3" && name != "for all").collect();
        assert_eq!(rest, (0..50).filter(|n| *n != 3).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}

async fn a_macro_names_nobody_who_is_not_there(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let gone = bench.agent("Gone", Role::Agent, &[]).await;
    bench.sql(&format!("update participant set disabled_at = 1 where name = '{}'", "Gone")).await;
    let (customer, _) = bench.customer("amina@example.org").await;
    let agent = bench.agent_of(lea).await;
    let given = |id| MacroActions { assignee: Some(MacroAssignee::Agent { id }), ..MacroActions::default() };
    let moved = |team| MacroActions { team: Some(team), ..MacroActions::default() };
    let at = |field: &'static str| Err(Refusal::of(field, ErrorCode::NotFound));
    let (nobody, nowhere) = (ParticipantId(bench.id()), TeamId(bench.id()));
    let own = adds(bench, &agent, Shelf::Own, "to Lea", &doing(given(lea.id))).await.unwrap();
    for (actions, expected) in [
        (given(gone.id), at("content.actions.assignee")),
        (given(customer), at("content.actions.assignee")),
        (given(nobody), at("content.actions.assignee")),
        (moved(nowhere), at("content.actions.team")),
    ] {
        let content = doing(actions);
        assert_eq!(adds(bench, &agent, Shelf::Own, "x", &content).await, expected.clone());
        let change = MacroChange { content: Some(content), ..MacroChange::default() };
        let changed = refusal(bench.store.change_macro(&agent, Shelf::Own, own, &change).await);
        assert_eq!(changed, expected.map(|_: MacroId| ()));
    }
    assert_eq!(bench.store.macros(&agent).await.unwrap()[0].content, *doing(given(lea.id)).as_wire());
}
