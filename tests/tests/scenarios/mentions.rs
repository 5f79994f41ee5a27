//! Colleagues called by notes: live for them, and nothing to anybody else.

use protocol::frame::PostKind;
use protocol::http::{Inbox, Post, Posted, Views};
use protocol::model::{AgentBody, Role};
use protocol::{ErrorCode, ParticipantId, Problem};
use serde_json::{Value, json};
use tests::people::Person;
use tests::socket::new_client_id;

/// The name of the agent who is called: no requester may ever receive it.
const CALLED: &str = "Canary Called";

/// Who an agent is in notes.
fn id(agent: &Person) -> ParticipantId {
    agent.id.unwrap()
}

async fn unread(agent: &Person) -> i64 {
    agent.browser.get::<Views>("/v1/agent/views").await.unwrap().mentions
}

async fn listed(agent: &Person) -> Vec<protocol::TicketId> {
    let inbox: Inbox = agent.browser.get("/v1/agent/tickets?view=mentions").await.unwrap();
    inbox.rows.into_iter().map(|row| row.ticket.id).collect()
}

on_both! {
    /// The called agent's list moves by itself, and what was read counts no more.
    async fn a_mention_reaches_its_agent_live_and_no_requester(hub) {
        let (nora, mut amina, ticket) = hub.conversation().await;
        let mut lena = hub.site.agent(&nora, CALLED, Role::Agent, Vec::new()).await;
        lena.connects().await;
        let posted = nora.mentions(ticket, "@Canary Called, do you know this one?", &[id(&lena)]).await.unwrap();
        let version = nora.agent_ticket(ticket).await.version;
        lena.socket().wait("the row with the note", |page| {
            let row = serde_json::to_value(page.rows.get(&ticket)?).unwrap();
            (row["version"].as_i64()? >= version).then_some(())
        }).await;
        assert_eq!((unread(&lena).await, unread(&nora).await), (1, 0));
        assert_eq!((listed(&lena).await, listed(&nora).await), (vec![ticket], vec![]));
        lena.follows(ticket).await;
        lena.reads(ticket, posted.n).await;
        lena.socket().wait("one's own mark", |page| page.unread.get(&ticket).copied()).await;
        assert_eq!(unread(&lena).await, 0);

        nora.posts_over_http(ticket, PostKind::Reply, "the last word").await.unwrap();
        amina.sees(ticket, "the last word").await;
        amina.history(ticket).await;
        let all = amina.browser.received() + &amina.socket().page.received;
        assert!(all.contains("the last word"));
        for canary in [CALLED, "mentions", "do you know this one"] {
            assert!(!all.contains(canary), "{canary} reached the guest");
        }
    }

    /// Each refusal has its code and its field, and takes no number.
    async fn whom_a_note_may_not_call_is_refused(hub) {
        let (nora, amina, ticket) = hub.conversation().await;
        let team = hub.team(&nora, "Payments").await;
        let inside = hub.site.agent(&nora, "Inside", Role::Agent, vec![team]).await;
        let outside = hub.site.agent(&nora, "Outside", Role::Agent, Vec::new()).await;
        hub.assign(&nora, ticket, Some(team), None).await;
        let row = nora.agent_ticket(ticket).await;
        let (last, requester) = (row.last_n, row.requester.id);
        let problem = async |whom: &[ParticipantId]| {
            let problem = nora.mentions(ticket, "@somebody", whom).await.unwrap_err();
            (problem.code, problem.field, problem.limit)
        };
        let field = || Some("mentions".to_owned());
        assert_eq!(problem(&[id(&inside), id(&outside)]).await, (ErrorCode::NotFound, field(), None));
        assert_eq!(problem(&[requester]).await, (ErrorCode::NotFound, field(), None));
        assert_eq!(problem(&[id(&inside); 11]).await, (ErrorCode::TooLong, field(), Some(10)));
        let kind = PostKind::Reply;
        for person in [&nora, &amina] {
            let post = Post { kind, text: "hi".into(), attachments: Vec::new(), mentions: vec![id(&inside)], drafts: Vec::new() };
            let path = person.path(&format!("tickets/{ticket}/messages"));
            let answer: Result<Posted, Problem> = person.browser.post_once(new_client_id(), &path, post).await;
            let problem = answer.unwrap_err();
            assert_eq!((problem.code, problem.field), (ErrorCode::BadValue, field()));
        }
        let path = nora.path(&format!("tickets/{ticket}/messages"));
        let post = json!({ "kind": "note", "text": "hi", "mention": [id(&inside)] });
        let answer: Result<Value, Problem> = nora.browser.post_once(new_client_id(), &path, post).await;
        assert_eq!(answer.unwrap_err().code, ErrorCode::UnknownField);
        assert_eq!(nora.agent_ticket(ticket).await.last_n, last);
        // And whom it may call is named in the event, by the name of that moment.
        nora.mentions(ticket, "@Inside", &[id(&inside)]).await.unwrap();
        let line = nora.history(ticket).await.pop().unwrap();
        let AgentBody::Note(note) = line.body else { panic!("a note") };
        let names: Vec<_> = note.mentions.iter().map(|agent| (agent.id, agent.name.as_str())).collect();
        assert_eq!((line.n, names), (last + 1, vec![(id(&inside), "Inside")]));
    }
}
