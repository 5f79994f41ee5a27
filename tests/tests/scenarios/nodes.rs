//! Two nodes on one Postgres with a Redis between them. The clock stands still, so that no position check helps
//! unless a test moves it: what is seen came over the bus.

use hub::bus::State;
use hub::domain::limits::OFFLINE_AFTER_MS;
use protocol::frame::{CloseCode, PostKind};
use protocol::http::{ChangeAgent, Colleagues};
use protocol::model::{PresenceScope, Present, Role};
use protocol::{ParticipantId, TicketId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::people::Person;
use tests::proxy::Fault;
use tests::socket::new_client_id;
use tests::{Hub, Nodes, Setup, wait};

fn two() -> Setup {
    Setup::default().manual_clock()
}

/// Nora at the first node; Amina, whose ticket it is, at the second.
async fn conversation(nodes: &Nodes) -> (Person, Person, TicketId) {
    let mut nora = nodes.admin().await;
    let (mut amina, ticket) = nodes.hubs[1].site.guest("amina@example.org", "Where is my parcel?").await;
    nora.follows(ticket.id).await;
    amina.follows(ticket.id).await;
    (nora, amina, ticket.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_commits_is_on_the_screens_of_the_other() {
    // Invariants 1 and 7.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        for n in 0..20 {
            nora.posts(ticket, &format!("from the first {n}")).await;
            amina.posts(ticket, &format!("from the second {n}")).await;
        }
        for person in [&mut nora, &mut amina] {
            person.sees(ticket, "from the first 19").await;
            person.sees(ticket, "from the second 19").await;
        }
        // Both kinds of numbers, and a note that one side alone may see.
        nora.notes(ticket, "between agents").await;
        let n = nora.posts(ticket, "after the note").await;
        let theirs = amina.sees(ticket, "after the note").await;
        assert_eq!(theirs, n - 1, "a note has no number of the requester's");
        assert!(!amina.socket().page.received.contains("between agents"));
        // A mark, and that somebody types.
        amina.reads(ticket, theirs).await;
        let marked = |page: &tests::Page| page.marks.get(&ticket)?.iter().any(|mark| mark.read_n == n).then_some(());
        nora.socket().wait("her mark, in the agents' numbers", marked).await;
        amina.types(ticket).await;
        nora.socket()
            .wait("that she writes", |page| page.typing.iter().any(|(id, _)| *id == ticket).then_some(()))
            .await;
        // A ticket that is new, in the list.
        let (_other, new) = nodes.hubs[1].site.guest("bruno@example.org", "Another matter").await;
        nora.socket().wait("the new ticket", |page| page.rows.get(&new.id).map(drop)).await;
        assert_eq!(nodes.hubs[0].parts().bus.state().borrow().generation, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_for_a_hint_is_read_from_the_database() {
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        let long = "ä ".repeat(4_000).trim_end().to_owned();
        amina.posts_over_http(ticket, PostKind::Reply, &long).await.unwrap();
        amina.posts(ticket, "and a short one").await;
        nora.sees(ticket, &long).await;
        nora.sees(ticket, "and a short one").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_id_on_two_nodes_at_once_is_one_event() {
    // Invariant 3, R-K2.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        let other = at(&amina, &nodes.hubs[0]);
        for n in 0..20 {
            let (client_id, text) = (new_client_id(), format!("once {n}"));
            let (here, there) = tokio::join!(
                amina.posts_once(client_id, ticket, PostKind::Reply, &text),
                other.posts_once(client_id, ticket, PostKind::Reply, &text)
            );
            assert_eq!(here.unwrap().n, there.unwrap().n);
        }
        nora.sees(ticket, "once 19").await;
        amina.sees(ticket, "once 19").await;
        let applied = &nora.socket().page.feed(ticket).applied;
        let once = applied.iter().filter(|line| format!("{:?}", line.body).contains("once ")).count();
        assert_eq!(once, 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_one_over_all_nodes() {
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        let her = nora.agent_ticket(ticket).await.requester.id;
        nora.socket().wait("that she is online", |page| stands(page, ticket, her, Present::Online)).await;
        amina.attends(ticket).await;
        nora.socket().wait("that she looks", |page| stands(page, ticket, her, Present::Attending)).await;
        let now = nodes.clock().now();
        assert!(nodes.hubs[0].parts().presence.is_attending(her, ticket, now), "alerts of the first node know it too");
        // The second node tells nothing more: half a minute later she counts as gone.
        nodes.way(1).set(Fault::Blackhole);
        amina.leaves();
        wait::until("she is shown offline", async || {
            nodes.clock().advance(OFFLINE_AFTER_MS / 10);
            nora.socket().settle().await;
            stands(&nora.socket().page, ticket, her, Present::Offline)
        })
        .await;
        nodes.way(1).set(Fault::None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_reaches_the_sockets_of_every_node() {
    // R-E7 with the bus, R-B3, invariant 12.
    Nodes::run(two(), async |nodes| {
        let (nora, mut amina, ticket) = conversation(nodes).await;
        let team = nodes.hubs[0].team(&nora, "Payments").await;
        let mut lena = nodes.hubs[1].site.agent(&nora, "Lena Morel", Role::Agent, vec![team]).await;
        lena.follows(ticket).await;
        // Assigned away from her: her feed ends, by an event of the other node.
        let other = nodes.hubs[0].team(&nora, "Refunds").await;
        nodes.hubs[0].assign(&nora, ticket, Some(other), None).await;
        lena.socket().wait("the feed's end", |page| page.feed(ticket).reset.map(drop)).await;
        // Disabled at the first node: closed at the second.
        let disabled = ChangeAgent { role: None, teams: None, disabled: Some(true) };
        let path = format!("/v1/agent/agents/{}", lena.id.unwrap());
        let _: Value = nora.browser.patch(&path, disabled).await.unwrap();
        assert_eq!(lena.socket().is_closed().await, CloseCode::Revoked.code());
        // The guest's access ends at the first node.
        let _: Value = nora.browser.post(&format!("/v1/agent/tickets/{ticket}/access/end"), json!({})).await.unwrap();
        amina.socket().wait("the end of her access", |page| page.feed(ticket).reset.map(drop)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_dies_and_comes_back_loses_nothing() {
    // Invariants 2, 7 and 8, R-K11.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        amina.posts(ticket, "before").await;
        nora.sees(ticket, "before").await;
        tokio::task::block_in_place(|| nodes.redis.kill());
        are(nodes, "the nodes notice it", |state| state.is_away).await;
        amina.posts(ticket, "meanwhile").await;
        nora.posts(ticket, "meanwhile too").await;
        // Every second of it.
        comes_to(nodes, &mut nora, ticket, "meanwhile").await;
        comes_to(nodes, &mut amina, ticket, "meanwhile too").await;
        tokio::task::block_in_place(|| nodes.redis.again());
        are(nodes, "the nodes hear each other again", |state| !state.is_away && state.generation == 2).await;
        // What is told before both ways are there again is found by the doubt that follows it.
        amina.posts(ticket, "after").await;
        comes_to(nodes, &mut nora, ticket, "after").await;
        nora.posts(ticket, "after too").await;
        comes_to(nodes, &mut amina, ticket, "after too").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_says_that_it_is_of_one_node_while_redis_is_away() {
    Nodes::run(two(), async |nodes| {
        let mut nora = nodes.admin().await;
        nora.connects().await;
        let mut lena = nodes.hubs[1].site.agent(&nora, "Lena Morel", Role::Agent, Vec::new()).await;
        lena.connects().await;
        // A node that has just begun to listen has not yet been told who is at the other one.
        knows(&mut nora, PresenceScope::Node).await;
        comes_to_know(nodes, [&mut nora, &mut lena], PresenceScope::Hub).await;
        tokio::task::block_in_place(|| nodes.redis.kill());
        are(nodes, "the nodes notice it", |state| state.is_away).await;
        // The clock stands still: it is told at once.
        knows(&mut nora, PresenceScope::Node).await;
        knows(&mut lena, PresenceScope::Node).await;
        // Whoever comes meanwhile is told too.
        lena.connects().await;
        knows(&mut lena, PresenceScope::Node).await;
        let (mut amina, _) = nodes.hubs[1].site.guest("amina@example.org", "Where is my parcel?").await;
        amina.connects().await.settle().await;
        assert!(!amina.socket().page.received.contains("presence_scope"));
        amina.leaves();
        tokio::task::block_in_place(|| nodes.redis.again());
        are(nodes, "the nodes hear each other again", |state| !state.is_away && state.generation == 2).await;
        nora.socket().settle().await;
        assert_eq!(nora.socket().page.scope, PresenceScope::Node, "until the other node has told who is there");
        comes_to_know(nodes, [&mut nora, &mut lena], PresenceScope::Hub).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_a_node_knows_that_it_is_not_alone() {
    Nodes::run_apart(two(), async |nodes| {
        let mut nora = nodes.admin().await;
        nora.connects().await;
        let mut lena = nodes.hubs[1].site.agent(&nora, "Lena Morel", Role::Agent, Vec::new()).await;
        lena.connects().await;
        // The second node by its first look, the first one by its next.
        knows(&mut lena, PresenceScope::Node).await;
        comes_to_know(nodes, [&mut nora, &mut lena], PresenceScope::Node).await;
        lena.leaves();
        nodes.last_stops().await;
        comes_to_know(nodes, [&mut nora], PresenceScope::Hub).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_is_found_when_it_can_be_told_again() {
    // Invariant 6: a hint that is lost costs nothing but a moment.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        // The second node's connections are cut: what it tells meanwhile is lost, and it says so afterwards.
        nodes.way(1).set(Fault::Refuse);
        nodes.way(1).cut();
        wait::within("it notices", nodes.hubs[1].parts().bus.state().wait_for(|s| s.is_away)).await.unwrap();
        amina.posts(ticket, "nobody was told").await;
        let before = nodes.hubs[0].parts().bus.state().borrow().doubts;
        nodes.way(1).set(Fault::None);
        let mut heard = nodes.hubs[0].parts().bus.state();
        wait::within("the first node is told to doubt", heard.wait_for(|s| s.doubts > before)).await.unwrap();
        comes_to(nodes, &mut nora, ticket, "nobody was told").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_paused_is_noticed_and_heals() {
    // Invariant 7: noticing takes at most 10 s.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        nodes.redis.pause();
        are(nodes, "the nodes notice it", |state| state.is_away).await;
        amina.posts(ticket, "while Redis stood still").await;
        comes_to(nodes, &mut nora, ticket, "while Redis stood still").await;
        nodes.redis.resume();
        are(nodes, "the nodes hear each other again", |state| !state.is_away).await;
        nora.posts(ticket, "and on").await;
        comes_to(nodes, &mut amina, ticket, "and on").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_bus_does_no_harm() {
    // R-E8.
    Nodes::run(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        let words = [
            "x",
            "{}",
            r#"{"node":"0197a1f0-0000-7000-8000-000000000001","word":{"drop_everything":{}}}"#,
            r#"{"node":"0197a1f0-0000-7000-8000-000000000001","word":{"signal":{"rights_changed":"all"}}}"#,
            r#"{"node":1,"word":"doubt"}"#,
        ];
        for (n, word) in words.iter().enumerate() {
            let quoted = word.replace('"', "\\\"");
            assert_eq!(nodes.redis.says(&format!("PUBLISH hub:{n} \"{quoted}\"")), ":2");
        }
        let long = "y".repeat(60_000);
        assert_eq!(nodes.redis.says(&format!("PUBLISH hub:9 {long}")), ":2");
        wait::until("all of it was heard", async || {
            let counts = nodes.hubs[0].parts().bus.counts();
            (counts.not_understood == words.len() as u64 + 1).then_some(())
        })
        .await;
        amina.posts(ticket, "still here").await;
        nora.sees(ticket, "still here").await;
        assert!(!nora.socket().page.received.contains("drop_everything"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_one_over_all_nodes() {
    Nodes::run(two().config(|config| config.limits.writes_per_network_s = 1), async |nodes| {
        // Four pass at once; the first node's are told to the second within a second.
        let ask = async |hub: &Hub| hub.site.browser().ask(Method::POST, "/v1/sign-out", None, &[]).await.status;
        while ask(&nodes.hubs[0]).await != StatusCode::TOO_MANY_REQUESTS {}
        let heard = nodes.hubs[1].parts().bus.counts().heard;
        wait::until("the second node is told", async || {
            nodes.clock().advance(100);
            (nodes.hubs[1].parts().bus.counts().heard > heard).then_some(())
        })
        .await;
        wait::until("it is stopped there", async || {
            (ask(&nodes.hubs[1]).await == StatusCode::TOO_MANY_REQUESTS).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_the_other_node_is_slower_and_never_wrong() {
    Nodes::run_apart(two(), async |nodes| {
        let (mut nora, mut amina, ticket) = conversation(nodes).await;
        amina.posts(ticket, "found by a look").await;
        nora.socket().settle().await;
        assert_eq!(nora.socket().page.feed(ticket).n_of("found by a look"), None);
        nodes.hubs[0].checks_positions().await;
        nora.sees(ticket, "found by a look").await;
        nora.posts(ticket, "and back").await;
        nodes.hubs[1].checks_positions().await;
        amina.sees(ticket, "and back").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_revocation_reaches_the_other_node_with_its_next_look() {
    // R-E7 without the bus, R-B3, invariant 12.
    Nodes::run_apart(two(), async |nodes| {
        let (nora, mut amina, ticket) = conversation(nodes).await;
        let mut lena = nodes.hubs[1].site.agent(&nora, "Lena Morel", Role::Lead, Vec::new()).await;
        lena.follows(ticket).await;
        let (mut bruno, matter) = nodes.hubs[1].site.guest("bruno@example.org", "Another matter").await;
        bruno.follows(matter.id).await;
        // Whoever has just connected is read anew within a second; that is over.
        nodes.hubs[1].checks_positions().await;
        // At the first node, of which the second hears nothing.
        let disabled = ChangeAgent { role: None, teams: None, disabled: Some(true) };
        let _: Value = nora.browser.patch(&format!("/v1/agent/agents/{}", lena.id.unwrap()), disabled).await.unwrap();
        let _: Value = nora.browser.post(&format!("/v1/agent/tickets/{ticket}/access/end"), json!({})).await.unwrap();
        at(&bruno, &nodes.hubs[0]).asks("sign-out").await.unwrap_or(Value::Null);
        for person in [&mut lena, &mut amina, &mut bruno] {
            person.socket().settle().await;
            assert_eq!(person.socket().close_code(), None);
        }

        let mut passed_ms = 0;
        wait::until_within("they are all out", 2 * wait::LIMIT_MS, async || {
            amina.socket().read_what_is_there().await;
            let is_out = amina.socket().page.feed(ticket).reset;
            let (lena_out, bruno_out) = (lena.socket().has_ended().await, bruno.socket().has_ended().await);
            if let (Some(_), Some(()), Some(())) = (is_out, lena_out, bruno_out) {
                return Some(());
            }
            nodes.clock().advance(250);
            passed_ms += 250;
            None
        })
        .await;
        // A look comes every 15 to 25 s; the clock may go on a little until they have read what it says.
        assert!((14_000..30_000).contains(&passed_ms), "{passed_ms}");
        for person in [&mut lena, &mut bruno] {
            assert_eq!(person.socket().close_code(), Some(CloseCode::Revoked.code()));
        }
        nora.posts_over_http(ticket, PostKind::Reply, "not for them any more").await.unwrap();
        nodes.hubs[1].checks_positions().await;
        amina.socket().settle().await;
        for person in [&mut lena, &mut amina, &mut bruno] {
            assert!(!person.socket().page.received.contains("not for them any more"));
        }
    })
    .await;
}

/// The same person's browser at another node.
fn at(person: &Person, hub: &Hub) -> Person {
    let mut other = hub.site.visitor();
    for name in ["__Host-hub_visitor", "__Host-hub_agent"] {
        if let Some(value) = person.browser.cookie_value(name) {
            other.browser.set_cookie(name, &value);
        }
    }
    (other.pages, other.id) = (person.pages, person.id);
    other
}

/// Time passes until a person sees it.
async fn comes_to(nodes: &Nodes, person: &mut Person, ticket: TicketId, text: &str) {
    wait::until(text, async || {
        nodes.clock().advance(250);
        person.socket().settle().await;
        person.socket().page.feed(ticket).n_of(text).map(drop)
    })
    .await;
}

/// Over the socket and over HTTP alike.
async fn knows(agent: &mut Person, scope: PresenceScope) {
    let name = format!("{scope:?}");
    let is_told = |page: &tests::Page| (page.scope == scope).then_some(());
    agent.socket().wait(&name, is_told).await;
    let colleagues: Colleagues = agent.browser.get("/v1/agent/colleagues").await.unwrap();
    assert_eq!(colleagues.presence, scope);
}

/// Time passes until these agents know it.
async fn comes_to_know<const N: usize>(nodes: &Nodes, mut agents: [&mut Person; N], scope: PresenceScope) {
    wait::until(&format!("{scope:?}"), async || {
        nodes.clock().advance(1_000);
        for agent in &mut agents {
            agent.socket().settle().await;
        }
        agents.iter_mut().all(|agent| agent.socket().page.scope == scope).then_some(())
    })
    .await;
    for agent in agents {
        knows(agent, scope).await;
    }
}

fn stands(page: &tests::Page, ticket: TicketId, person: ParticipantId, state: Present) -> Option<()> {
    page.presence.get(&ticket)?.iter().any(|other| other.id == person && other.state == state).then_some(())
}

async fn are(nodes: &Nodes, what: &str, mut stand: impl FnMut(&State) -> bool) {
    for hub in &nodes.hubs {
        let mut state = hub.parts().bus.state();
        wait::within(what, state.wait_for(&mut stand)).await.unwrap();
    }
}
