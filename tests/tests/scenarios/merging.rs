//! Merging over real sockets: both pages see it, nothing is lost on the way, and a guest's link leads on.

use hub::auth::links::LinkUse;
use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::http::{LinkWay, TicketAction};
use protocol::model::{AgentBody, Status};
use serde_json::{Value, json};
use tests::socket::new_client_id;
use tests::{Hub, Person};

const AMINA: &str = "amina.haddad@example.org";

/// A guest's ticket, with its address proven by a code in another browser, which is answered.
async fn proven(hub: &Hub, text: &str) -> (Person, protocol::TicketId, String) {
    let (_, ticket) = hub.site.guest(AMINA, text).await;
    let token = hub.link_token(ticket.id, LinkUse::Open).await;
    let amina = hub.site.visitor();
    amina.comes_back(&token, AMINA).await;
    (amina, ticket.id, token)
}

fn leads_on(body: &AgentBody) -> bool {
    matches!(body, AgentBody::MergedInto(_))
}

on_both! {
    /// Product promise 5: a merged ticket leads to the one that lives on, live, for whoever may see it.
    async fn a_merged_ticket_leads_both_sides_on(hub) {
        let mut nora = hub.signs_in_as_admin().await;
        let mut amina = hub.site.customer(AMINA).await;
        let from = amina.opens_as_customer("Charged twice").await.unwrap().id;
        let into = amina.opens_as_customer("Charged twice, again").await.unwrap().id;
        for ticket in [from, into] {
            amina.follows(ticket).await;
            nora.follows(ticket).await;
        }
        nora.decides(from, TicketAction::Merge { into }).await.unwrap();
        for person in [&mut amina, &mut nora] {
            let told = |page: &tests::page::Page| page.feed(from).applied.iter().find(|line| leads_on(&line.body)).map(drop);
            person.socket().wait("the merge", told).await;
            let told = |page: &tests::page::Page| {
                page.feed(into).applied.iter().find(|line| matches!(line.body, AgentBody::MergedFrom(_))).map(drop)
            };
            person.socket().wait("the merge, where it leads", told).await;
        }
        assert_eq!(nora.agent_ticket(from).await.status, Status::Closed);
        // A late text is told where to go, over the socket and over HTTP; sent there, it stands there once.
        let client_id = new_client_id();
        amina.socket().send(from, client_id, PostKind::Reply, "late").await;
        let answer = |page: &tests::page::Page| page.refused.iter().find(|one| one.client_id == Some(client_id)).cloned();
        let refused = amina.socket().wait("the refusal", answer).await;
        assert_eq!((refused.code, refused.ticket), (ErrorCode::Merged, Some(into)));
        let problem = amina.posts_once(client_id, from, PostKind::Reply, "late").await.unwrap_err();
        assert_eq!((problem.status, problem.code, problem.ticket), (409, ErrorCode::Merged, Some(into)));
        amina.socket().page.refused.clear();
        amina.socket().send(into, client_id, PostKind::Reply, "late").await;
        amina.socket().is_acknowledged(client_id).await;
        amina.posts_once(client_id, into, PostKind::Reply, "late").await.unwrap();
        nora.sees(into, "late").await;
        let texts: Vec<_> = nora.history(into).await.iter().filter_map(|line| line.text().map(str::to_owned)).collect();
        assert_eq!(texts, ["Charged twice, again", "late"]);
        // What cannot be is refused with its own code, and changes nothing.
        let stranger = hub.site.customer("stranger@example.org").await;
        let foreign = stranger.opens_as_customer("Mine").await.unwrap().id;
        let problem = nora.decides(foreign, TicketAction::Merge { into }).await.unwrap_err();
        assert_eq!((problem.status, problem.code), (409, ErrorCode::DifferentRequesters));
        assert_eq!(stranger.ticket(into).await.unwrap_err().code, ErrorCode::NotFound);
    }

    /// The guest who held the merged ticket sees the living one at once; its link leads there too.
    async fn a_guests_link_leads_on_after_a_merge(hub) {
        let (mut amina, from, token) = proven(hub, "Where is my parcel?").await;
        let (_, into, _) = proven(hub, "My parcel, again").await;
        let nora = hub.signs_in_as_admin().await;
        amina.follows(from).await;
        assert_eq!(amina.ticket(into).await.unwrap_err().code, ErrorCode::NotFound);
        nora.decides(from, TicketAction::Merge { into }).await.unwrap();
        amina.follows(into).await;
        amina.posts(into, "So it goes on here").await;
        let look = amina.opens_link(&token).await.unwrap();
        assert_eq!((look.way, look.ticket), (LinkWay::Open, Some(into)));
        // Another browser: by the old link and a code to the living ticket, and to the merged one.
        // (An agent lets codes be asked for again, which also makes a new link.)
        let path = format!("/v1/agent/tickets/{from}/access/end");
        let _: Value = nora.browser.post(&path, json!({})).await.unwrap();
        let token = hub.link_token(from, LinkUse::Open).await;
        let elsewhere = hub.site.visitor();
        assert_eq!(elsewhere.opens_link(&token).await.unwrap().way, LinkWay::Code);
        assert_eq!(elsewhere.comes_back(&token, AMINA).await.ticket, into);
        let both: [Value; 2] = [elsewhere.ticket(into).await.unwrap(), elsewhere.ticket(from).await.unwrap()];
        assert_eq!(both[1]["ticket"]["merged_into"]["ticket"], both[0]["ticket"]["id"]);
    }

    /// A guest's address that nobody proved leads nobody anywhere.
    async fn an_unproven_guest_ticket_is_not_merged(hub) {
        let nora = hub.signs_in_as_admin().await;
        let (stranger, from) = hub.site.guest(AMINA, "I am Amina, believe me").await;
        let (_, into, _) = proven(hub, "Where is my parcel?").await;
        for (from, into) in [(from.id, into), (into, from.id)] {
            let problem = nora.decides(from, TicketAction::Merge { into }).await.unwrap_err();
            assert_eq!(problem.code, ErrorCode::DifferentRequesters);
        }
        assert_eq!(stranger.ticket(into).await.unwrap_err().code, ErrorCode::NotFound);
        stranger.posts_over_http(from.id, PostKind::Reply, "still mine").await.unwrap();
    }
}
