//! The search over HTTP: what agents find of what people write, and that nobody else can look.

use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::http::{Matched, SearchHits};
use protocol::model::Role;
use serde_json::Value;
use tests::people::Person;

async fn searches(agent: &Person, query: &str) -> SearchHits {
    agent.browser.get(&format!("/v1/agent/search?q={query}")).await.unwrap()
}

fn told(hits: &SearchHits) -> Vec<(Matched, Option<i64>, String)> {
    let text = |hit: &protocol::http::SearchHit| {
        let pieces = hit.excerpt.iter();
        pieces.map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    };
    hits.hits.iter().map(|hit| (hit.matched, hit.n, text(hit))).collect()
}

on_both! {
    /// Words, numbers, files and notes are found once they are committed, page by page.
    async fn agents_find_what_people_wrote(hub) {
        let (nora, amina, ticket) = hub.conversation().await;
        amina.posts_over_http(ticket, PostKind::Reply, "Où est mon remboursement ?").await.unwrap();
        nora.posts_over_http(ticket, PostKind::Note, "The REMBOURSEMENT is held by the bank").await.unwrap();
        let file = amina.uploads(ticket, "relevé-mars.txt", b"words in a file are not searched").await.unwrap();
        amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();

        let found = searches(&nora, "rembours").await;
        assert_eq!(
            told(&found),
            [
                (Matched::Note, Some(4), "The [REMBOURSEMENT] is held by the bank".to_owned()),
                (Matched::Message, Some(3), "Où est mon [remboursement] ?".to_owned()),
            ]
        );
        assert_eq!(found.hits[1].author.as_ref().unwrap().id, found.hits[1].row.ticket.requester.id);
        assert_eq!(told(&searches(&nora, "releve").await), [(Matched::File, Some(5), "[relevé]-mars.txt".to_owned())]);
        assert_eq!(told(&searches(&nora, "words%20in%20a%20file").await), []);
        let number = found.hits[0].row.ticket.number;
        let by_number = searches(&nora, &format!("%23{number}")).await;
        assert_eq!(told(&by_number), [(Matched::Number, None, format!("[{number}]"))]);

        let first = searches(&nora, "rembours&limit=1").await;
        let second = searches(&nora, &format!("rembours&limit=1&after={}", first.next.as_deref().unwrap())).await;
        assert_eq!((first.hits, second.hits, second.next), (vec![found.hits[0].clone()], vec![found.hits[1].clone()], None));
    }
}

on_sqlite! {
    /// No path of requesters leads to it, and an agent's own reach bounds it.
    async fn nobody_else_can_look(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        nora.posts_over_http(ticket, PostKind::Note, "canary").await.unwrap();
        let refused = amina.browser.get::<Value>("/v1/agent/search?q=canary").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotSignedIn);
        let refused = amina.browser.get::<Value>("/v1/search?q=canary").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);

        let lea = hub.site.agent(&nora, "Lea", Role::Agent, vec![]).await;
        assert_eq!(searches(&lea, "canary").await.hits.len(), 1);
        let me: Value = nora.browser.get("/v1/agent/me").await.unwrap();
        let assign = protocol::http::TicketAction::Assign { team: None, agent: serde_json::from_value(me["id"].clone()).unwrap() };
        nora.decides(ticket, assign).await.unwrap();
        assert_eq!(searches(&lea, "canary").await.hits, []);
        assert_eq!(searches(&nora, "canary").await.hits.len(), 1);
    }
}
