//! A database that is gone, or that only looks as if it were there: refused in time, nothing lost, and the
//! hub goes on by itself (R-K10).

use hub::domain::Clock;
use protocol::ErrorCode;
use protocol::frame::{ClientFrame, CloseCode, Cursor, PostKind};
use protocol::{ClientId, Problem, TicketId};
use serde_json::Value;
use tests::people::Person;
use tests::proxy::Fault;
use tests::socket::new_client_id;
use tests::{Hub, Setup, wait};

/// More than the hub of a test has to its database.
const CONNECTIONS_MAX: usize = 10;

on_sqlite! {
    /// The connections end, and no new one comes about.
    async fn a_database_that_is_gone_is_told_in_time_and_the_hub_goes_on(hub) with Setup::default().postgres_behind_proxy(), {
        is_lost_and_found(hub, || {
            hub.way_to_postgres().set(Fault::Refuse);
            hub.way_to_postgres().cut();
        }).await;
    }

    /// Nobody says anything: what is sent vanishes, on connections that look open.
    async fn a_database_that_has_gone_silent_is_told_in_time_and_the_hub_goes_on(hub) with Setup::default().postgres_behind_proxy(), {
        is_lost_and_found(hub, || hub.way_to_postgres().set(Fault::Blackhole)).await;
    }

    /// Else it would be live and hear nothing. Found by chaos.
    async fn a_page_whose_feeds_cannot_be_joined_is_sent_away_and_comes_again(hub) with Setup::default().postgres_behind_proxy(), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let after = amina.posts(ticket, "before").await;
        hub.way_to_postgres().set(Fault::Refuse);
        hub.way_to_postgres().cut();
        nora.socket().say(ClientFrame::Subscribe { feeds: vec![Cursor { ticket, after }] }).await;
        assert_eq!(nora.socket().is_closed().await, CloseCode::Overloaded.code());
        hub.way_to_postgres().set(Fault::None);
        reads_again(&amina).await;
        nora.reconnects().await;
        amina.posts(ticket, "and on").await;
        nora.sees(ticket, "and on").await;
    }

    /// A cut in the middle of a stream of messages, many times: the number that is told is the number it has.
    async fn cuts_while_messages_are_written_lose_nothing_that_was_acknowledged(hub) with Setup::default().postgres_behind_proxy(), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        for round in 0..8 {
            let sent: Vec<_> = (0..10).map(|n| (new_client_id(), format!("round {round} text {n}"))).collect();
            for (client_id, text) in &sent {
                amina.socket().send(ticket, *client_id, PostKind::Reply, text).await;
            }
            hub.way_to_postgres().cut();
            for (client_id, text) in sent {
                comes_through(&mut amina, ticket, client_id, &text).await;
            }
        }
        reads_again(&nora).await;
        let history = nora.history(ticket).await;
        for person in [&mut nora, &mut amina] {
            person.socket().reaches(ticket, history.last().unwrap().n).await;
            assert_eq!(person.socket().page.feed(ticket).applied, history, "one order for all, each once");
        }
        for (client_id, n) in &amina.socket().page.sent {
            let found: Vec<_> = history.iter().filter(|line| line.client_id == Some(*client_id)).collect();
            assert_eq!(found.iter().map(|line| line.n).collect::<Vec<_>>(), [*n]);
        }
    }
}

async fn is_lost_and_found(hub: &Hub, lose: impl Fn()) {
    let (mut nora, mut amina, ticket) = hub.conversation().await;
    nora.posts(ticket, "before").await;
    amina.sees(ticket, "before").await;
    let known = amina.history(ticket).await;

    lose();
    let (by_http, by_socket) = (new_client_id(), new_client_id());
    amina.socket().send(ticket, by_socket, PostKind::Reply, "by the socket").await;
    let (write, read, action) = tokio::join!(
        amina.posts_once(by_http, ticket, PostKind::Reply, "by HTTP"),
        amina.browser.get::<Value>("/v1/tickets"),
        nora.decides(ticket, protocol::http::TicketAction::Solve),
    );
    for problem in [write.unwrap_err(), read.unwrap_err(), action.unwrap_err()] {
        is_unavailable(&problem);
    }
    let refused =
        amina.socket().wait("refused", |page| page.refused.iter().find(|r| r.client_id == Some(by_socket)).cloned());
    let refused = refused.await;
    assert_eq!(refused.code, ErrorCode::Unavailable);
    assert!(refused.retry_after_ms.is_some(), "{refused:?}");
    // What needs no database goes on, on sockets that stay open.
    nora.types(ticket).await;
    amina.socket().wait("typing", |page| page.typing.iter().any(|(id, _)| *id == ticket).then_some(())).await;

    hub.way_to_postgres().set(Fault::None);
    let n = wait::until("the hub writes again", async || {
        amina.posts_once(by_http, ticket, PostKind::Reply, "by HTTP").await.ok().map(|posted| posted.n)
    })
    .await;
    comes_through(&mut amina, ticket, by_socket, "by the socket").await;
    nora.sees(ticket, "by the socket").await;
    reads_again(&amina).await;
    let history = amina.history(ticket).await;
    assert_eq!(history[..known.len()], known, "what was acknowledged is there");
    for client_id in [by_http, by_socket] {
        assert_eq!(history.iter().filter(|line| line.client_id == Some(client_id)).count(), 1);
    }
    assert_eq!(history.iter().find(|line| line.client_id == Some(by_http)).map(|line| line.n), Some(n));
    for person in [&mut nora, &mut amina] {
        // On the sockets of before.
        person.socket().reaches(ticket, n).await;
    }
}

/// A connection that was cut is found out by its next use: as many looks as the hub has connections.
async fn reads_again(person: &Person) {
    wait::until("the hub reads on every connection", async || {
        for _ in 0..CONNECTIONS_MAX {
            person.browser.get::<Value>(&person.path("tickets")).await.ok()?;
        }
        Some(())
    })
    .await;
}

/// 503 with a time to come again, in the header too.
fn is_unavailable(problem: &Problem) {
    assert_eq!((problem.status, problem.code), (503, ErrorCode::Unavailable), "{problem:?}");
    assert!(problem.retry_after_s.is_some(), "{problem:?}");
}

/// Sends it until it is acknowledged, as a page does.
async fn comes_through(person: &mut Person, ticket: TicketId, client_id: ClientId, text: &str) {
    loop {
        let answered = person.socket().wait("an answer", |page| {
            let refused = page.refused.iter().any(|refused| refused.client_id == Some(client_id));
            (refused || page.sent.contains_key(&client_id)).then_some(page.sent.contains_key(&client_id))
        });
        if answered.await {
            return;
        }
        let mut again_ms = 0;
        person.socket().page.refused.retain(|refused| {
            let retried = [ErrorCode::Unavailable, ErrorCode::TooManyRequests];
            assert!(retried.contains(&refused.code), "{refused:?}");
            again_ms = again_ms.max(refused.retry_after_ms.unwrap_or_default());
            refused.client_id != Some(client_id)
        });
        // As the hub asked for: whoever hurries is closed for flooding.
        Clock::System.sleep(again_ms).await;
        person.socket().send(ticket, client_id, PostKind::Reply, text).await;
    }
}
