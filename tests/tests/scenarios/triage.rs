//! Priority, tags and putting aside, live among agents, and what time does by itself.

use protocol::ErrorCode;
use protocol::frame::{AnyTicket, PostKind};
use protocol::http::{Inbox, ManyDone, Outcome, SavedView, SavedViews, Tags, TicketAction, Views};
use protocol::model::{AgentBody, AgentTicket, Priority, Role, Status};
use protocol::{Millis, TicketId};
use serde_json::{Value, json};
use tests::people::Person;
use tests::socket::new_client_id;
use tests::{Hub, Setup};

const HOUR_MS: u64 = 60 * 60 * 1000;

/// The newest row of the ticket, once it is as wanted.
async fn row(agent: &mut Person, ticket: TicketId, what: &str, wanted: impl Fn(&AgentTicket) -> bool) -> AgentTicket {
    let found = agent.socket().wait(what, |page| match page.rows.get(&ticket) {
        Some(AnyTicket::Agent(row)) if wanted(row) => Some(row.clone()),
        _ => None,
    });
    found.await
}

async fn listed(agent: &Person, view: &str) -> Vec<TicketId> {
    let inbox: Inbox = agent.browser.get(&format!("/v1/agent/tickets?view={view}")).await.unwrap();
    inbox.rows.into_iter().map(|row| row.ticket.id).collect()
}

fn tag(add: &[&str], remove: &[&str]) -> TicketAction {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    TicketAction::Tag { add: names(add), remove: names(remove) }
}

fn in_an_hour(hub: &Hub) -> Millis {
    hub.parts().clock.now() + i64::try_from(HOUR_MS).unwrap()
}

on_both! {
    async fn colleagues_see_priority_tags_and_putting_aside_live(hub) {
        let (mut nora, _amina, ticket) = hub.conversation().await;
        let mut lena = hub.agent(&nora, "Lena").await;
        lena.connects().await;
        nora.decides(ticket, TicketAction::SetPriority { priority: Priority::Urgent }).await.unwrap();
        nora.decides(ticket, tag(&["Hold", "card"], &[])).await.unwrap();
        lena.decides(ticket, tag(&["hold", "VIP"], &["CARD"])).await.unwrap();
        let seen = row(&mut lena, ticket, "priority and tags", |row| row.tags == ["Hold", "VIP"]).await;
        assert_eq!(seen.priority, Priority::Urgent);
        let tags: Tags = lena.browser.get("/v1/agent/tags?q=ho").await.unwrap();
        assert_eq!(tags.tags, ["Hold"]);

        let until = in_an_hour(hub);
        nora.decides(ticket, TicketAction::Snooze { until }).await.unwrap();
        row(&mut lena, ticket, "that it is put aside", |row| row.snoozed_until == Some(until)).await;
        assert_eq!((listed(&lena, "open").await, listed(&lena, "snoozed").await), (vec![], vec![ticket]));
        let views: Views = lena.browser.get("/v1/agent/views").await.unwrap();
        assert_eq!((views.open, views.snoozed), (0, 1));
        lena.decides(ticket, TicketAction::Wake).await.unwrap();
        row(&mut nora, ticket, "that it is back", |row| row.snoozed_until.is_none() && row.tags.len() == 2).await;
        assert_eq!(listed(&lena, "open").await, [ticket]);
    }

    async fn a_word_of_the_requester_brings_a_ticket_back_at_once(hub) {
        let (mut nora, amina, ticket) = hub.conversation().await;
        nora.decides(ticket, TicketAction::Snooze { until: in_an_hour(hub) }).await.unwrap();
        assert_eq!(listed(&nora, "snoozed").await, [ticket]);
        amina.posts_over_http(ticket, PostKind::Reply, "One more thing").await.unwrap();
        row(&mut nora, ticket, "that it is back", |row| row.snoozed_until.is_none() && row.theirs == 2).await;
        assert_eq!((listed(&nora, "open").await, listed(&nora, "snoozed").await), (vec![ticket], vec![]));
    }

    /// Bad input gets a stable code with its field, and changes nothing.
    async fn what_cannot_be_is_refused_and_changes_nothing(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let before = nora.agent_ticket(ticket).await;
        let many: Vec<String> = (0..11).map(|n| format!("t{n}")).collect();
        let table = [
            (json!({ "action": "set_priority", "priority": "soon" }), ErrorCode::BadValue),
            (json!({ "action": "set_priority" }), ErrorCode::Required),
            (json!({ "action": "set_priority", "priority": "normal" }), ErrorCode::Conflict),
            (json!({ "action": "tag", "add": [""] }), ErrorCode::Required),
            (json!({ "action": "tag", "add": ["a,b"] }), ErrorCode::BadCharacter),
            (json!({ "action": "tag", "add": ["a\u{0}b"] }), ErrorCode::BadCharacter),
            (json!({ "action": "tag", "add": ["x".repeat(33)] }), ErrorCode::TooLong),
            (json!({ "action": "tag", "add": many }), ErrorCode::TooLong),
            (json!({ "action": "tag", "add": [], "remove": ["none"] }), ErrorCode::Conflict),
            (json!({ "action": "tag", "names": [] }), ErrorCode::UnknownField),
            (json!({ "action": "snooze", "until": 0 }), ErrorCode::BadValue),
            (json!({ "action": "snooze", "until": in_an_hour(hub) * 2 }), ErrorCode::BadValue),
            (json!({ "action": "snooze", "until": "tomorrow" }), ErrorCode::Malformed),
            (json!({ "action": "wake" }), ErrorCode::Conflict),
        ];
        for (action, code) in table {
            let path = format!("/v1/agent/tickets/{ticket}/actions");
            let refused = nora.browser.post_once::<Value>(new_client_id(), &path, action.clone()).await.unwrap_err();
            assert_eq!(refused.code, code, "{action}");
        }
        assert_eq!(nora.agent_ticket(ticket).await, before);
    }
}

on_sqlite! {
    /// Exactly at its time, by the hub, and once.
    async fn what_is_put_aside_comes_back_by_itself(hub) with Setup::default().manual_clock(), {
        let (mut nora, _amina, ticket) = hub.conversation().await;
        let until = in_an_hour(hub);
        nora.decides(ticket, TicketAction::Snooze { until }).await.unwrap();
        hub.clock().advance(HOUR_MS - 1);
        hub.writes_are_done().await;
        assert_eq!(listed(&nora, "snoozed").await, [ticket]);
        hub.clock().advance(1);
        hub.advances_until("time brings it back", async || {
            listed(&nora, "snoozed").await.is_empty().then_some(())
        }).await;
        let woken: Vec<_> = nora.history(ticket).await.into_iter().filter(|line| line.body == AgentBody::Woken).collect();
        assert_eq!(woken.iter().map(|line| line.author.as_str()).collect::<Vec<_>>(), [""]);
        row(&mut nora, ticket, "that it is back", |row| row.snoozed_until.is_none()).await;
        assert!(listed(&nora, "open").await.contains(&ticket));
    }
}

/// Sends acts and answers the outcomes.
async fn many(agent: &Person, key: protocol::ClientId, acts: Value) -> Result<Vec<Outcome>, protocol::Problem> {
    let path = "/v1/agent/tickets/actions";
    let done: ManyDone = agent.browser.post_once(key, path, json!({ "acts": acts })).await?;
    Ok(done.outcomes)
}

fn codes(outcomes: &[Outcome]) -> Vec<Option<ErrorCode>> {
    outcomes.iter().map(|outcome| outcome.refused.as_ref().map(|refused| refused.code)).collect()
}

on_both! {
    /// Rights are checked one by one; what is refused is named, and the others go through, once.
    async fn many_tickets_change_at_once_each_by_itself(hub) {
        let admin = hub.admin().await;
        let (ours, theirs) = (hub.team(&admin, "Ours").await, hub.team(&admin, "Theirs").await);
        let agent = hub.site.agent(&admin, "Lena", Role::Agent, vec![ours]).await;
        let (_, free) = hub.site.guest("free@example.org", "free").await;
        let (_, solved) = hub.site.guest("solved@example.org", "solved").await;
        let (_, hidden) = hub.site.guest("hidden@example.org", "hidden").await;
        hub.assign(&admin, hidden.id, Some(theirs), None).await;
        admin.decides(solved.id, TicketAction::Solve).await.unwrap();
        let nowhere = new_client_id();
        let solve = |ticket: &Value| json!({ "ticket": ticket, "action": { "action": "solve" } });
        let acts: Vec<Value> =
            [json!(free.id), json!(solved.id), json!(hidden.id), json!(nowhere)].iter().map(solve).collect();
        let key = new_client_id();
        let first = many(&agent, key, json!(acts)).await.unwrap();
        let expected = [None, Some(ErrorCode::Conflict), Some(ErrorCode::NotFound), Some(ErrorCode::NotFound)];
        assert_eq!(codes(&first), expected);
        assert_eq!(first.iter().map(|outcome| outcome.n).collect::<Vec<_>>(), [Some(3), None, None, None]);
        assert_eq!(first[2].refused, first[3].refused, "not there, or not theirs");
        // The same key does nothing twice, and tells the same.
        assert_eq!(many(&agent, key, json!(acts)).await.unwrap(), first);
        assert_eq!(admin.agent_ticket(free.id).await.last_n, 3);
        assert_eq!(admin.agent_ticket(hidden.id).await.status, Status::Open);
    }

    async fn what_was_done_to_many_is_taken_back_where_nothing_has_changed(hub) {
        let admin = hub.admin().await;
        let (_, one) = hub.site.guest("one@example.org", "one").await;
        let (amina, two) = hub.site.guest("two@example.org", "two").await;
        let tag = |add: &[&str], remove: &[&str]| json!({ "action": "tag", "add": add, "remove": remove });
        let acts = [one.id, two.id].map(|ticket| json!({ "ticket": ticket, "action": tag(&["hold"], &[]) }));
        let done = many(&admin, new_client_id(), json!(acts)).await.unwrap();
        amina.posts_over_http(two.id, PostKind::Reply, "and this").await.unwrap();
        let back: Vec<Value> = done
            .iter()
            .map(|outcome| json!({ "ticket": outcome.ticket, "action": tag(&[], &["hold"]), "if_last_n": outcome.n }))
            .collect();
        let undone = many(&admin, new_client_id(), json!(back)).await.unwrap();
        assert_eq!(codes(&undone), [None, Some(ErrorCode::Conflict)]);
        let (one, two) = (admin.agent_ticket(one.id).await, admin.agent_ticket(two.id).await);
        assert_eq!((one.tags, two.tags), (vec![], vec!["hold".to_owned()]));
    }

    async fn too_many_and_erasing_are_refused_whole(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let before = nora.agent_ticket(ticket).await;
        let act = |action: &str| json!({ "ticket": ticket, "action": { "action": action } });
        let other = || json!({ "ticket": new_client_id(), "action": { "action": "solve" } });
        let hundred_and_one: Vec<Value> = (0..101).map(|_| other()).collect();
        let table = [
            (json!(hundred_and_one), ErrorCode::TooLong),
            (json!([act("solve"), { "ticket": ticket, "action": { "action": "redact", "target": 2 } }]), ErrorCode::BadValue),
            (json!([{ "ticket": ticket, "action": { "action": "redact", "target": 2 } }]), ErrorCode::BadValue),
            (json!([{ "ticket": ticket, "action": { "action": "tag", "add": ["a,b"] } }]), ErrorCode::BadCharacter),
            (json!([{ "ticket": ticket }]), ErrorCode::Required),
            (json!([{ "ticket": ticket, "action": { "action": "solve" }, "all": true }]), ErrorCode::UnknownField),
        ];
        for (acts, code) in table {
            assert_eq!(many(&nora, new_client_id(), acts.clone()).await.unwrap_err().code, code, "{acts}");
        }
        assert_eq!(nora.agent_ticket(ticket).await, before);
        assert_eq!(many(&nora, new_client_id(), json!([])).await.unwrap(), []);
        // A hundred that are not there are a hundred outcomes.
        let hundred: Vec<Value> = (0..100).map(|_| other()).collect();
        let outcomes = many(&nora, new_client_id(), json!(hundred)).await.unwrap();
        assert_eq!(codes(&outcomes), [Some(ErrorCode::NotFound); 100]);
    }
}

async fn saves(agent: &Person, shelf: &str, name: &str, filters: Value) -> Result<SavedView, protocol::Problem> {
    let view = json!({ "name": name, "filters": filters });
    agent.browser.post_once(new_client_id(), &format!("/v1/agent/{shelf}-views"), view).await
}

async fn views(agent: &Person) -> Vec<(String, i64)> {
    let all: SavedViews = agent.browser.get("/v1/agent/saved-views").await.unwrap();
    all.views.into_iter().map(|view| (view.name, view.count)).collect()
}

on_both! {
    async fn a_saved_view_lists_and_counts_what_its_filters_let_through(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let lena = hub.agent(&nora, "Lena").await;
        let urgent = json!({ "priorities": ["urgent"], "snoozed": false });
        let shared = saves(&nora, "shared", "On fire", urgent).await.unwrap();
        let own = saves(&lena, "saved", "Mine", json!({ "assignee": { "who": "me" } })).await.unwrap();
        assert_eq!((shared.shared, own.shared), (true, false));
        assert_eq!(views(&lena).await, [("Mine".to_owned(), 0), ("On fire".to_owned(), 0)]);
        nora.decides(ticket, TicketAction::SetPriority { priority: Priority::Urgent }).await.unwrap();
        assert_eq!(views(&lena).await, [("Mine".to_owned(), 0), ("On fire".to_owned(), 1)]);
        let list = format!("/v1/agent/tickets?saved={}", shared.id);
        let inbox: Inbox = lena.browser.get(&list).await.unwrap();
        assert_eq!(inbox.rows.iter().map(|row| row.ticket.id).collect::<Vec<_>>(), [ticket]);
        nora.decides(ticket, TicketAction::Snooze { until: in_an_hour(hub) }).await.unwrap();
        assert_eq!(lena.browser.get::<Inbox>(&list).await.unwrap().rows.len(), 0);
        // Another's own view is not there.
        let hidden = nora.browser.get::<Inbox>(&format!("/v1/agent/tickets?saved={}", own.id)).await.unwrap_err();
        assert_eq!((hidden.code, hidden.field.as_deref()), (ErrorCode::NotFound, Some("saved")));
        assert_eq!(views(&nora).await, [("On fire".to_owned(), 0)]);
    }

    async fn a_view_that_cannot_be_is_refused(hub) {
        let nora = hub.admin().await;
        let lena = hub.agent(&nora, "Lena").await;
        let long = ["x"; 21];
        let table = [
            ("", json!({}), ErrorCode::Required, "name"),
            ("a\u{7}b", json!({}), ErrorCode::BadCharacter, "name"),
            ("ok", json!({ "status": [] }), ErrorCode::UnknownField, "filters.status"),
            ("ok", json!({ "statuses": ["gone"] }), ErrorCode::BadValue, "filters.statuses[0]"),
            ("ok", json!({ "tags": ["a,b"] }), ErrorCode::BadCharacter, "filters.tags"),
            ("ok", json!({ "topics": long }), ErrorCode::TooLong, "filters.topics"),
            ("ok", json!({ "waiting_min": 0 }), ErrorCode::BadValue, "filters.waiting_min"),
        ];
        for (name, filters, code, field) in table {
            let refused = saves(&nora, "saved", name, filters.clone()).await.unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some(field)), "{filters}");
        }
        assert_eq!(views(&nora).await, []);
        assert_eq!(saves(&lena, "shared", "For all", json!({})).await.unwrap_err().code, ErrorCode::Forbidden);
    }
}
