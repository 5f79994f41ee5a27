//! What must never reach somebody: looked for in every byte that they receive, and in the log.

use protocol::frame::PostKind;
use protocol::http::{AskCode, TicketAction};
use protocol::model::{Priority, Role};
use serde_json::{Value, json};
use tests::people::{PASSWORD, Person};
use tests::socket::new_client_id;
use tests::{logs, wait};

/// Words that stand in one place each.
const NOTE: &str = "canary-note";
const NOTE_EDITED: &str = "canary-edited-note";
const NOTE_ERASED: &str = "canary-erased-note";
const TEAM: &str = "canary-team";
const AGENT_EMAIL: &str = "canary.agent@verso.example";
const OTHERS_EMAIL: &str = "canary.other@example.org";
const OTHERS_TEXT: &str = "canary-other-text";
const TAG: &str = "canary-tag";
const CANARIES: [&str; 8] = [NOTE, NOTE_EDITED, NOTE_ERASED, TEAM, AGENT_EMAIL, OTHERS_EMAIL, OTHERS_TEXT, TAG];

on_both! {
    /// R-D3, R-E9, invariant 11: notes and everything else that is the agents' own.
    async fn no_byte_that_a_requester_receives_tells_of_what_is_internal(hub) {
        let (nora, mut amina, ticket) = hub.conversation().await;
        let team = hub.team(&nora, TEAM).await;
        let mut agent = hub.site.agent(&nora, "Canary Agent", Role::Agent, vec![team]).await;
        let (other, others_ticket) = hub.site.guest(OTHERS_EMAIL, OTHERS_TEXT).await;
        hub.assign(&nora, ticket, Some(team), agent.id).await;
        agent.follows(ticket).await;
        let customer = hub.site.customer("amina@work.example").await;
        let own = customer.opens_as_customer("the customer's own").await.unwrap().id;
        hub.assign(&nora, own, Some(team), agent.id).await;
        let mut customer = customer;
        customer.follows(own).await;

        for ticket in [ticket, own] {
            agent.follows(ticket).await;
            let n = agent.notes(ticket, NOTE).await;
            edit(&agent, ticket, n, NOTE_EDITED).await;
            let erased = agent.notes(ticket, NOTE_ERASED).await;
            agent.types_a_note(ticket).await;
            agent.attends(ticket).await;
            agent.posts(ticket, "a reply for all to see").await;
            agent.reads(ticket, erased).await;
            nora.decides(ticket, TicketAction::Redact { target: erased }).await.unwrap();
            nora.posts_over_http(ticket, PostKind::Ask, "which one was it?").await.unwrap();
            nora.decides(ticket, TicketAction::SetPriority { priority: Priority::Urgent }).await.unwrap();
            nora.decides(ticket, TicketAction::Tag { add: vec![TAG.into()], remove: vec![] }).await.unwrap();
            nora.decides(ticket, TicketAction::Snooze { until: hub.parts().clock.now() + 3_600_000 }).await.unwrap();
            nora.decides(ticket, TicketAction::Wake).await.unwrap();
            nora.decides(ticket, TicketAction::Solve).await.unwrap();
            nora.decides(ticket, TicketAction::Reopen { pending: false }).await.unwrap();
            agent.posts(ticket, "the last word").await;
        }
        amina.sees(ticket, "the last word").await;
        customer.sees(own, "the last word").await;
        reads_everything(&amina, ticket).await;
        reads_everything(&customer, own).await;
        // The socket's numbers have no hole where a note stands: the page would have failed.
        amina.reconnects().await.settle().await;
        customer.reconnects().await.settle().await;

        for (who, person) in [("guest", &mut amina), ("customer", &mut customer)] {
            let all = person.browser.received() + &person.socket().page.received;
            assert!(all.contains("the last word"), "the search sees what there is");
            for canary in CANARIES {
                assert!(!all.contains(canary), "{canary} reached the {who}");
            }
            for kind in ["\"note\"", "\"assigned\"", "\"address\"", "\"priority\"", "\"tags\"", "snooze", "woken", "seq"] {
                assert!(!all.contains(kind), "{kind} reached the {who}");
            }
        }
        // And it would be found where it belongs.
        nora.history(ticket).await;
        nora.agent_ticket(others_ticket.id).await;
        let ours = nora.browser.received() + &agent.socket().page.received;
        for canary in [NOTE, NOTE_EDITED, TEAM, OTHERS_EMAIL, OTHERS_TEXT, TAG] {
            assert!(ours.contains(canary), "{canary} reaches agents");
        }
        // What was erased is gone for everybody who comes later.
        let late = hub.signs_in_as_admin().await;
        late.history(ticket).await;
        late.ticket(ticket).await.unwrap();
        assert!(!late.browser.received().contains(NOTE_ERASED));
        assert!(!hub.database_holds(NOTE_ERASED).await, "erased, not hidden: not in SQLite's free pages, nor in its log");
        drop(other);
    }
}

on_sqlite! {
    /// R-J1: texts, addresses, tokens, codes and passwords, at the most talkative level.
    async fn the_log_tells_ids_and_never_contents(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let text = "canary-log-text";
        amina.posts(ticket, text).await;
        nora.notes(ticket, "canary-log-note").await;
        let email = "canary.log@example.org";
        let customer = hub.site.customer(email).await;
        let code = customer.code_mailed_to(email).await;
        let token = amina.asks("realtime/token").await.unwrap()["token"].as_str().unwrap().to_owned();
        // Things that go wrong are told with more words.
        let _ = hub.site.browser().post::<Value>("/v1/sign-in/code", AskCode { email: "canary-no-address".into(), locale: None }).await;
        let _ = amina.browser.post::<Value>("/v1/sign-in", json!({ "code": "canary-code", "canary-field": 1 })).await;
        let _ = amina.browser.post::<Value>("/v1/canary-path", json!({})).await;
        amina.socket().say_raw(tokio_tungstenite::tungstenite::Message::text(r#"{"type":"canary-frame"}"#)).await;
        amina.socket().settle().await;
        let cookies = [&nora, &amina, &customer].map(|person| person.browser.cookie().unwrap());
        let mut secrets = vec![text, "canary-", email, &code, &token, PASSWORD, "amina@example.org", "nora@verso.example"];
        let first_admin = hub.first_admin_token();
        secrets.push(&first_admin);
        secrets.extend(cookies.iter().flat_map(|cookie| cookie.split("; ")).filter_map(|pair| Some(pair.split_once('=')?.1)));
        let log = wait::until("the log tells of the sign-in", async || {
            Some(logs::lines()).filter(|lines| lines.contains("customer.signed_in"))
        })
        .await;
        for secret in secrets {
            let line = log.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} stands in the log: {line:?}");
        }
    }
}

async fn edit(agent: &Person, ticket: protocol::TicketId, n: i64, text: &str) {
    let path = agent.path(&format!("tickets/{ticket}/messages/{n}/edit"));
    let _: Value = agent.browser.post_once(new_client_id(), &path, json!({ "text": text })).await.unwrap();
}

/// Every way in which a requester can read.
async fn reads_everything(person: &Person, ticket: protocol::TicketId) {
    person.history(ticket).await;
    for path in [
        "me".to_owned(),
        "site".to_owned(),
        "tickets".to_owned(),
        "tickets?state=closed".to_owned(),
        "tickets/same-matter?topic=payment".to_owned(),
        format!("tickets/{ticket}"),
        format!("tickets/{ticket}?before=3"),
        format!("tickets/{ticket}/events?after=2&wait=1"),
    ] {
        let _: Value = person.browser.get(&person.path(&path)).await.unwrap();
    }
    // Agents' numbers are nothing to a requester.
    for n in 1..30 {
        let path = person.path(&format!("tickets/{ticket}/messages/{n}/edit"));
        let _ = person.browser.post_once::<Value>(new_client_id(), &path, json!({ "text": "mine?" })).await;
    }
}
