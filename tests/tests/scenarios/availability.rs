//! How colleagues stand: told live to agents, kept by the hub, and nothing to anybody else.

use protocol::frame::PostKind;
use protocol::http::{AgentMe, Colleagues};
use protocol::model::{Availability, Role};
use protocol::{ErrorCode, ParticipantId};
use serde_json::{Value, json};
use tests::people::Person;

async fn is_known(agent: &Person, whom: ParticipantId) -> (bool, Availability) {
    let all: Colleagues = agent.browser.get("/v1/agent/colleagues").await.unwrap();
    let colleague = all.agents.into_iter().find(|each| each.id == whom).unwrap();
    (colleague.online, colleague.availability)
}

async fn says(agent: &Person, availability: &str) -> AgentMe {
    agent.browser.patch("/v1/agent/me", json!({ "availability": availability })).await.unwrap()
}

on_both! {
    /// Coming, being away and being back are told to colleagues by themselves; a requester hears nothing.
    async fn colleagues_see_who_came_and_who_is_away(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let mut lena = hub.site.agent(&nora, "Lena", Role::Agent, Vec::new()).await;
        let id = lena.id.unwrap();
        lena.connects().await;
        let stands = |online, availability| {
            move |page: &tests::page::Page| (page.colleagues.get(&id) == Some(&(online, availability))).then_some(())
        };
        nora.socket().wait("who came", stands(true, Availability::Available)).await;
        assert_eq!(says(&lena, "away").await.availability, Availability::Away);
        nora.socket().wait("who is away", stands(true, Availability::Away)).await;
        lena.socket().wait("one's own word", stands(true, Availability::Away)).await;
        assert_eq!(is_known(&nora, id).await, (true, Availability::Away));
        let me: AgentMe = lena.browser.get("/v1/agent/me").await.unwrap();
        assert_eq!(me.availability, Availability::Away);
        says(&lena, "available").await;
        nora.socket().wait("who is back", stands(true, Availability::Available)).await;

        nora.posts_over_http(ticket, PostKind::Reply, "the last word").await.unwrap();
        amina.sees(ticket, "the last word").await;
        assert!(amina.socket().page.colleagues.is_empty());
        for canary in ["availab", "colleague"] {
            assert!(!amina.socket().page.received.contains(canary), "{canary} reached the guest");
        }
    }

    /// What is no availability is refused, and a name beside it is not changed.
    async fn what_is_neither_available_nor_away_is_refused(hub) {
        let nora = hub.admin().await;
        let cases = [(json!("busy"), ErrorCode::BadValue), (json!(true), ErrorCode::Malformed)];
        for (wrong, code) in cases {
            let form = json!({ "name": "Somebody else", "availability": wrong });
            let problem = nora.browser.patch::<Value>("/v1/agent/me", form).await.unwrap_err();
            assert_eq!(problem.code, code, "{wrong}");
        }
        let me: AgentMe = nora.browser.get("/v1/agent/me").await.unwrap();
        assert_eq!((me.name == "Somebody else", me.availability), (false, Availability::Available));
    }
}
