//! What an agent is writing, on two of their pages: live there, and nothing to anybody else.

use protocol::drafts::{DraftRef, Drafts, TicketDrafts};
use protocol::frame::{ClientFrame, PostKind};
use protocol::http::{Post, Posted};
use protocol::model::Role;
use protocol::{DraftRevision, ErrorCode, Problem, TicketId};
use reqwest::Method;
use serde_json::{Value, json};
use tests::people::Person;
use tests::socket::new_client_id;

const KIND: PostKind = PostKind::Reply;

fn new_revision() -> DraftRevision {
    DraftRevision(new_client_id().0)
}

fn path(ticket: TicketId) -> String {
    format!("/v1/agent/tickets/{ticket}/drafts")
}

async fn puts(agent: &Person, ticket: TicketId, kind: &str, body: Value) -> Result<Value, Problem> {
    let path = format!("{}/{kind}", path(ticket));
    agent.browser.ask(Method::PUT, &path, Some(body.to_string()), &[]).await.parsed()
}

async fn keeps(
    agent: &Person,
    ticket: TicketId,
    text: &str,
    base: Option<DraftRevision>,
) -> Result<DraftRevision, Problem> {
    let revision = new_revision();
    let body = match base {
        Some(base) => json!({ "text": text, "base": base, "revision": revision }),
        None => json!({ "text": text, "revision": revision }),
    };
    puts(agent, ticket, "reply", body).await.map(|_| revision)
}

async fn texts(agent: &Person, ticket: TicketId) -> Result<Vec<String>, Problem> {
    let all: TicketDrafts = agent.browser.get(&path(ticket)).await?;
    Ok(all.drafts.into_iter().map(|draft| draft.text).collect())
}

async fn listed(agent: &Person) -> Vec<DraftRef> {
    agent.browser.get::<Drafts>("/v1/agent/drafts").await.unwrap().drafts
}

/// Waits until its page was told of a draft for the `times`th time; answers of which state.
async fn hears(agent: &mut Person, ticket: TicketId, times: usize) -> Option<DraftRevision> {
    let told = agent.socket().wait("a draft", |page| page.drafts.get(times - 1).copied()).await;
    assert_eq!((told.0, told.1), (ticket, KIND));
    told.2
}

on_both! {
    /// R-D3: begun on one page, gone on with on another, sent there; and no one else hears of it.
    async fn a_draft_is_on_every_page_of_its_agent_and_on_no_other(hub) {
        const TEXT: &str = "canary-draft";
        let (nora, mut amina, ticket) = hub.conversation().await;
        let mut desk = hub.agent(&nora, "Lena").await;
        let mut phone = hub.site.agent_signs_in("lena@verso.example").await;
        let mut colleague = nora;
        for page in [&mut desk, &mut phone, &mut colleague] {
            page.follows(ticket).await;
        }
        let first = keeps(&desk, ticket, TEXT, None).await.unwrap();
        assert_eq!(hears(&mut phone, ticket, 1).await, Some(first));
        assert_eq!(hears(&mut desk, ticket, 1).await, Some(first));
        assert_eq!(listed(&phone).await, [DraftRef { ticket, kind: KIND, revision: first }]);
        assert_eq!(texts(&phone, ticket).await.unwrap(), [TEXT]);
        let second = keeps(&phone, ticket, "canary-draft, and on", Some(first)).await.unwrap();
        assert_eq!(hears(&mut desk, ticket, 2).await, Some(second));

        // What the desk writes without having seen it is refused, with what stands there.
        let problem = keeps(&desk, ticket, "something else", Some(first)).await.unwrap_err();
        let other = problem.draft.unwrap();
        assert_eq!((problem.status, problem.code, problem.field), (409, ErrorCode::DraftChanged, None));
        assert_eq!((other.text.as_str(), other.revision), ("canary-draft, and on", second));

        // Over the socket, with a state that is still on its way.
        let on_its_way = new_revision();
        let client_id = new_client_id();
        let (text, attachments, mentions) = ("sent at last".to_owned(), Vec::new(), Vec::new());
        let drafts = vec![second, on_its_way];
        let send = ClientFrame::Send { ticket, client_id, kind: KIND, text, attachments, mentions, drafts };
        phone.socket().say(send).await;
        phone.socket().is_acknowledged(client_id).await;
        assert_eq!(hears(&mut desk, ticket, 3).await, None);
        assert_eq!((listed(&desk).await, texts(&desk, ticket).await.unwrap()), (vec![], vec![String::new()]));
        let late = json!({ "text": "sent at la", "base": second, "revision": on_its_way });
        let problem = puts(&phone, ticket, "reply", late).await.unwrap_err();
        assert_eq!((problem.code, problem.draft.unwrap().text.as_str()), (ErrorCode::DraftChanged, ""));
        assert_eq!(listed(&desk).await, []);

        // Nobody else: neither a colleague who looks at the same ticket, nor the requester.
        amina.sees(ticket, "sent at last").await;
        amina.history(ticket).await;
        amina.socket().settle().await;
        colleague.socket().settle().await;
        assert_eq!((listed(&colleague).await, texts(&colleague, ticket).await.unwrap()), (vec![], vec![]));
        colleague.history(ticket).await;
        assert_eq!((colleague.socket().page.drafts.len(), amina.socket().page.drafts.len()), (0, 0));
        for (who, person) in [("the requester", &mut amina), ("a colleague", &mut colleague)] {
            let all = person.browser.received() + &person.socket().page.received;
            assert!(all.contains("sent at last"));
            assert!(!all.contains("canary-draft"), "it reached {who}");
            assert!(!all.contains("\"draft\""), "{who} heard of one");
        }
        assert!(desk.browser.received().contains(TEXT), "and it would be found where it belongs");
    }

    /// Each refusal has its code and its field, and changes nothing.
    async fn what_a_draft_may_not_be_is_refused(hub) {
        let (nora, amina, ticket) = hub.conversation().await;
        let kept = keeps(&nora, ticket, "kept", None).await.unwrap();
        let revision = new_revision();
        let put = async |kind: &str, body: Value| {
            let problem = puts(&nora, ticket, kind, body).await.unwrap_err();
            (problem.code, problem.field, problem.limit)
        };
        let field = |name: &str| Some(name.to_owned());
        let long = json!({ "text": "x".repeat(8_001), "base": kept, "revision": revision });
        assert_eq!(put("reply", long).await, (ErrorCode::TooLong, field("text"), Some(8_000)));
        let nul = json!({ "text": "a\0b", "base": kept, "revision": revision });
        assert_eq!(put("reply", nul).await, (ErrorCode::BadCharacter, field("text"), None));
        assert_eq!(put("reply", json!({ "text": "x" })).await, (ErrorCode::Required, field("revision"), None));
        let more = json!({ "text": "x", "revision": revision, "files": [] });
        assert_eq!(put("reply", more).await, (ErrorCode::UnknownField, field("files"), None));
        let shouted = puts(&nora, ticket, "shout", json!({ "text": "x", "revision": revision })).await.unwrap_err();
        assert_eq!(shouted.code, ErrorCode::NotFound);
        assert_eq!(texts(&nora, ticket).await.unwrap(), ["kept"]);

        // A message names at most two states, and a requester's none.
        for (person, drafts, expected) in [
            (&nora, vec![kept; 3], (ErrorCode::TooLong, Some(2))),
            (&amina, vec![kept], (ErrorCode::BadValue, None)),
        ] {
            let (text, attachments, mentions) = ("hi".to_owned(), Vec::new(), Vec::new());
            let post = Post { kind: KIND, text, attachments, mentions, drafts };
            let path = person.path(&format!("tickets/{ticket}/messages"));
            let answer: Result<Posted, Problem> = person.browser.post_once(new_client_id(), &path, post).await;
            let problem = answer.unwrap_err();
            assert_eq!((problem.code, problem.limit, problem.field.as_deref()), (expected.0, expected.1, Some("drafts")));
        }
        assert_eq!(texts(&nora, ticket).await.unwrap(), ["kept"]);
    }

    /// R-D2: what is out of reach is not there, whatever was written in it; and it waits there.
    async fn a_draft_goes_out_of_reach_with_its_ticket(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let (cards, loans) = (hub.team(&nora, "Cards").await, hub.team(&nora, "Loans").await);
        let lena = hub.site.agent(&nora, "Lena", Role::Agent, vec![cards]).await;
        let first = keeps(&lena, ticket, "almost", None).await.unwrap();
        hub.assign(&nora, ticket, Some(loans), None).await;
        assert_eq!(listed(&lena).await, []);
        assert_eq!(texts(&lena, ticket).await.unwrap_err().code, ErrorCode::NotFound);
        let problem = keeps(&lena, ticket, "almost there", Some(first)).await.unwrap_err();
        assert_eq!((problem.code, problem.draft), (ErrorCode::NotFound, None));
        hub.assign(&nora, ticket, Some(cards), None).await;
        assert_eq!(texts(&lena, ticket).await.unwrap(), ["almost"]);
        // And signing out leaves it for the next time.
        lena.asks("sign-out").await.unwrap();
        let back = hub.site.agent_signs_in("lena@verso.example").await;
        assert_eq!(texts(&back, ticket).await.unwrap(), ["almost"]);
    }
}
