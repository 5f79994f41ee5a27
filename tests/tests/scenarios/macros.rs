//! Macros: whose they are, live to those who may use them, and several acts on one ticket.

use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::http::{ManyDone, Outcome, SavedView, TicketAction};
use protocol::macros::{Macro, Macros};
use protocol::model::{AgentBody, Priority, Role, Status};
use protocol::{ClientId, Problem};
use reqwest::Method;
use serde_json::{Value, json};
use tests::people::Person;
use tests::socket::new_client_id;

async fn adds(agent: &Person, shelf: &str, name: &str, content: Value) -> Result<Macro, Problem> {
    let body = json!({ "name": name, "content": content });
    agent.browser.post_once(new_client_id(), &format!("/v1/agent/{shelf}"), body).await
}

async fn listed(agent: &Person) -> Vec<String> {
    let all: Macros = agent.browser.get("/v1/agent/macros").await.unwrap();
    all.macros.into_iter().map(|each| each.name).collect()
}

/// Waits until its page was told `times` times that macros or saved views changed.
async fn hears(agent: &mut Person, times: usize) {
    agent.socket().wait("that a shelf changed", |page| (page.shelf >= times).then_some(())).await;
}

on_both! {
    async fn a_change_of_a_saved_view_is_told_to_those_who_may_use_it(hub) {
        let mut nora = hub.admin().await;
        let mut lena = hub.agent(&nora, "Lena").await;
        nora.connects().await;
        lena.connects().await;
        let view = |name: &str| json!({ "name": name, "filters": {} });
        let made: SavedView =
            nora.browser.post_once(new_client_id(), "/v1/agent/shared-views", view("For all")).await.unwrap();
        hears(&mut lena, 1).await;
        let path = format!("/v1/agent/shared-views/{}", made.id);
        nora.browser.patch::<Value>(&path, json!({ "name": "For everybody" })).await.unwrap();
        hears(&mut lena, 2).await;
        nora.browser.ask(Method::DELETE, &path, None, &[]).await.parsed::<Value>().unwrap();
        hears(&mut lena, 3).await;
        hears(&mut nora, 3).await;
        let own = lena.browser.post_once(new_client_id(), "/v1/agent/saved-views", view("Mine")).await;
        assert_eq!(own.map(|view: SavedView| view.shared), Ok(false));
        hears(&mut lena, 4).await;
        nora.socket().settle().await;
        assert_eq!(nora.socket().page.shelf, 3, "another's own view is told to nobody else");
    }

    async fn a_change_is_told_to_those_who_may_use_the_macro(hub) {
        let mut nora = hub.admin().await;
        let mut lena = hub.agent(&nora, "Lena").await;
        let (mut guest, _) = hub.site.guest("amina@example.org", "my card").await;
        nora.connects().await;
        lena.connects().await;
        guest.connects().await;
        let solve = json!({ "actions": { "solve": true } });
        let shared = adds(&nora, "shared-macros", "For all", solve.clone()).await.unwrap();
        hears(&mut lena, 1).await;
        hears(&mut nora, 1).await;
        assert_eq!(listed(&lena).await, ["For all"]);

        let own = adds(&lena, "macros", "Mine", solve.clone()).await.unwrap();
        hears(&mut lena, 2).await;
        assert_eq!((own.shared, shared.shared), (false, true));
        assert_eq!(listed(&lena).await, ["Mine", "For all"]);
        assert_eq!(listed(&nora).await, ["For all"]);

        let path = format!("/v1/agent/shared-macros/{}", shared.id);
        nora.browser.patch::<Value>(&path, json!({ "name": "For everybody" })).await.unwrap();
        hears(&mut lena, 3).await;
        hears(&mut nora, 2).await;
        assert_eq!(listed(&lena).await, ["Mine", "For everybody"]);
        nora.browser.ask(Method::DELETE, &path, None, &[]).await.parsed::<Value>().unwrap();
        hears(&mut lena, 4).await;
        assert_eq!(listed(&lena).await, ["Mine"]);

        // Another's own macro is told to nobody else, and no requester hears of any.
        nora.socket().settle().await;
        guest.socket().settle().await;
        assert_eq!((nora.socket().page.shelf, guest.socket().page.shelf), (3, 0));
    }

    async fn what_a_macro_may_not_hold_is_refused_and_changes_nothing(hub) {
        let nora = hub.admin().await;
        let lena = hub.agent(&nora, "Lena").await;
        let text = |text: &str| json!({ "text": { "kind": "reply", "text": text } });
        let acts = |acts: Value| json!({ "actions": acts });
        let nobody = new_client_id();
        let table = [
            ("", text("hello"), ErrorCode::Required, "name"),
            ("two\nlines", text("hello"), ErrorCode::BadCharacter, "name"),
            ("x", json!({}), ErrorCode::Required, "content"),
            ("x", text(" "), ErrorCode::Required, "content.text"),
            ("x", text(&"x".repeat(4_001)), ErrorCode::TooLong, "content.text"),
            ("x", text("Hello {{requester.nom}}"), ErrorCode::UnknownVariable, "content.text"),
            ("x", text("Hello {{"), ErrorCode::UnknownVariable, "content.text"),
            ("x", json!({ "text": { "kind": "shout", "text": "x" } }), ErrorCode::BadValue, "content.text.kind"),
            ("x", json!({ "text": "x" }), ErrorCode::Malformed, "content.text"),
            ("x", acts(json!({ "close": true })), ErrorCode::UnknownField, "content.actions.close"),
            ("x", acts(json!({ "solve": true, "snooze_min": 5 })), ErrorCode::BadValue, "content.actions.snooze_min"),
            ("x", acts(json!({ "snooze_min": -5 })), ErrorCode::Malformed, "content.actions.snooze_min"),
            ("x", acts(json!({ "priority": "soon" })), ErrorCode::BadValue, "content.actions.priority"),
            ("x", acts(json!({ "add_tags": ["a,b"] })), ErrorCode::BadCharacter, "content.actions.add_tags"),
            ("x", acts(json!({ "assignee": { "who": "agent", "id": nobody } })), ErrorCode::NotFound, "content.actions.assignee"),
            ("x", acts(json!({ "team": nobody })), ErrorCode::NotFound, "content.actions.team"),
        ];
        for (name, content, code, field) in table {
            let refused = adds(&nora, "macros", name, content.clone()).await.unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some(field)), "{content}");
            assert!(refused.title.ends_with('.') && refused.title.len() > 10, "{}", refused.title);
        }
        assert_eq!(listed(&nora).await, Vec::<String>::new());
        let refused = adds(&lena, "shared-macros", "For all", text("hello")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
    }

    /// As the console does what a macro says: in order, each act once, whatever becomes of the others.
    async fn several_acts_on_one_ticket_are_done_in_order_and_once(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let until = hub.parts().clock.now() + 60_000;
        let acts = json!([
            { "ticket": ticket, "action": TicketAction::Tag { add: vec!["refund".into()], remove: vec![] } },
            { "ticket": ticket, "action": TicketAction::SetPriority { priority: Priority::High } },
            { "ticket": ticket, "action": TicketAction::SetPriority { priority: Priority::High } },
            { "ticket": ticket, "action": TicketAction::Solve },
            { "ticket": ticket, "action": TicketAction::Snooze { until } },
        ]);
        let key = new_client_id();
        let before = nora.agent_ticket(ticket).await.last_n;
        let first = many(&nora, key, &acts).await;
        let conflict = Some(ErrorCode::Conflict);
        assert_eq!(codes(&first), [None, None, conflict, None, conflict]);
        let numbers: Vec<Option<i64>> = first.iter().map(|outcome| outcome.n).collect();
        assert_eq!(numbers, [Some(before + 1), Some(before + 2), None, Some(before + 3), None]);
        assert_eq!(many(&nora, key, &acts).await, first);
        let now = nora.agent_ticket(ticket).await;
        assert_eq!((now.last_n, now.status, now.priority), (before + 3, Status::Solved, Priority::High));
        assert_eq!((now.tags, now.snoozed_until), (vec!["refund".to_owned()], None));
        let bodies: Vec<_> = nora.history(ticket).await.into_iter().rev().take(3).map(|line| line.body).collect();
        assert!(matches!(bodies[..], [AgentBody::Status { .. }, AgentBody::Priority { .. }, AgentBody::Tagged { .. }]));
    }

    async fn the_order_holds_for_many_tickets_too(hub) {
        let nora = hub.admin().await;
        let mut tickets = Vec::new();
        for n in 0..25 {
            tickets.push(hub.site.guest(&format!("guest{n}@example.org"), "a matter").await.1.id);
        }
        let until = hub.parts().clock.now() + 60_000;
        // Turned round, each pair would be done.
        let acts: Vec<Value> = tickets
            .iter()
            .flat_map(|ticket| {
                let priority = |priority| json!({ "ticket": ticket, "action": TicketAction::SetPriority { priority } });
                let snooze = json!({ "ticket": ticket, "action": TicketAction::Snooze { until } });
                let solve = json!({ "ticket": ticket, "action": { "action": "solve" } });
                [solve, snooze, priority(Priority::Low), priority(Priority::High)]
            })
            .collect();
        let outcomes = many(&nora, new_client_id(), &json!(acts)).await;
        assert_eq!(codes(&outcomes), [None, Some(ErrorCode::Conflict), None, None].repeat(25));
        for ticket in tickets {
            let now = nora.agent_ticket(ticket).await;
            assert_eq!((now.status, now.priority, now.snoozed_until), (Status::Solved, Priority::High, None));
        }
    }

    /// What is done to the ticket is told, and what is out of reach is refused, act by act.
    async fn whoever_gives_a_ticket_away_may_not_go_on_with_it(hub) {
        let admin = hub.admin().await;
        let (ours, theirs) = (hub.team(&admin, "Ours").await, hub.team(&admin, "Theirs").await);
        let agent = hub.site.agent(&admin, "Lena", Role::Agent, vec![ours]).await;
        let (guest, ticket) = hub.site.guest("amina@example.org", "my card").await;
        let acts = json!([
            { "ticket": ticket.id, "action": { "action": "assign", "team": theirs, "agent": null } },
            { "ticket": ticket.id, "action": { "action": "solve" } },
        ]);
        let outcomes = many(&agent, new_client_id(), &acts).await;
        assert_eq!(codes(&outcomes), [None, Some(ErrorCode::NotFound)]);
        assert_eq!(admin.agent_ticket(ticket.id).await.status, Status::Open);
        guest.posts_over_http(ticket.id, PostKind::Reply, "still there?").await.unwrap();
    }
}

async fn many(agent: &Person, key: ClientId, acts: &Value) -> Vec<Outcome> {
    let path = "/v1/agent/tickets/actions";
    agent.browser.post_once::<ManyDone>(key, path, json!({ "acts": acts })).await.unwrap().outcomes
}

fn codes(outcomes: &[Outcome]) -> Vec<Option<ErrorCode>> {
    outcomes.iter().map(|outcome| outcome.refused.as_ref().map(|refused| refused.code)).collect()
}
