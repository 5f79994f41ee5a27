//! Going on after the site's limit, over real sockets and HTTP: one linked ticket, seen by both sides, live.

use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::http::TicketAction;
use protocol::model::AgentBody;
use tests::page::Page;
use tests::socket::new_client_id;
use tests::{Hub, Person, Setup, wait};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const LOOKS_EVERY_MS: u64 = 10 * 60 * 1000;
const AMINA: &str = "amina@example.org";

fn limited() -> Setup {
    Setup::default().manual_clock().config(|config| {
        config.tickets.close_after_days = 1;
        config.tickets.reopen_within_days = 1;
    })
}

/// In steps, since a browser that is not seen for long is signed out.
async fn days_go_by(hub: &Hub, days: u64, people: [&Person; 2], ticket: protocol::TicketId) {
    for _ in 0..days * 4 {
        hub.clock().advance(DAY_MS / 4);
        for person in people {
            person.ticket(ticket).await.unwrap();
        }
        hub.writes_are_done().await;
    }
}

async fn is_long_closed(hub: &Hub, nora: &Person, amina: &Person, ticket: protocol::TicketId) {
    nora.decides(ticket, TicketAction::Solve).await.unwrap();
    days_go_by(hub, 1, [nora, amina], ticket).await;
    hub.clock().advance(LOOKS_EVERY_MS);
    wait::until("time closes it", async || {
        let status = amina.ticket(ticket).await.unwrap()["ticket"]["status"].clone();
        (status == "closed").then_some(())
    })
    .await;
    days_go_by(hub, 1, [nora, amina], ticket).await;
    hub.clock().advance(LOOKS_EVERY_MS);
}

on_sqlite! {
    /// product.md: a linked continuation after the site's limit, for a customer and for a guest.
    async fn a_late_message_goes_on_in_another_ticket(hub) with limited(), {
        let mut nora = hub.admin().await;
        for is_guest in [false, true] {
            let (mut amina, old) = match is_guest {
                false => {
                    let customer = hub.site.customer(AMINA).await;
                    let asked = customer.opens_as_customer("Charged twice").await.unwrap().id;
                    (customer, asked)
                }
                true => {
                    let (guest, opened) = hub.site.guest("guest@example.org", "Where is my parcel?").await;
                    (guest, opened.id)
                }
            };
            is_long_closed(hub, &nora, &amina, old).await;
            // Both sides know since when, and so what a message will do.
            let closed_at = amina.ticket(old).await.unwrap()["ticket"]["closed_at"].as_i64();
            assert!(closed_at.is_some());
            assert_eq!(nora.agent_ticket(old).await.closed_at, closed_at);
            nora.connects().await;
            amina.connects().await;
            nora.follows(old).await;
            amina.follows(old).await;
            let client_id = new_client_id();
            amina.socket().send(old, client_id, PostKind::Reply, "It happened again").await;
            amina.socket().is_acknowledged(client_id).await;
            let on = |page: &Page| {
                page.feed(old).applied.iter().find_map(|line| match line.body {
                    AgentBody::ContinuedIn(other) => Some(other),
                    _ => None,
                })
            };
            let new = amina.socket().wait("where it goes on", on).await;
            assert_eq!(nora.socket().wait("where it goes on, for agents", on).await, new);
            // Over HTTP the same key says the same, with the new ticket's id.
            let posted = amina.posts_once(client_id, old, PostKind::Reply, "It happened again").await.unwrap();
            assert_eq!((posted.ticket, posted.n), (new.ticket, 3));
            // Both sides follow, live; a guest's right reached the open socket.
            amina.follows(new.ticket).await;
            nora.follows(new.ticket).await;
            amina.sees(new.ticket, "It happened again").await;
            nora.sees(new.ticket, "It happened again").await;
            nora.posts(new.ticket, "Let me look").await;
            amina.sees(new.ticket, "Let me look").await;
            // What a stale page still sends is told where to go.
            let late = new_client_id();
            amina.socket().send(old, late, PostKind::Reply, "late").await;
            let answer = |page: &Page| page.refused.iter().find(|one| one.client_id == Some(late)).cloned();
            let refused = amina.socket().wait("the refusal", answer).await;
            assert_eq!((refused.code, refused.ticket), (ErrorCode::Continued, Some(new.ticket)));
            amina.socket().page.refused.clear();
            let problem = amina.posts_once(late, old, PostKind::Reply, "late").await.unwrap_err();
            assert_eq!((problem.status, problem.code, problem.ticket), (409, ErrorCode::Continued, Some(new.ticket)));
            // R-D2: to everybody else neither is there.
            let stranger = hub.site.customer(&format!("stranger-{is_guest}@example.org")).await;
            assert_eq!(stranger.ticket(new.ticket).await.unwrap_err().code, ErrorCode::NotFound);
            amina.leaves();
            nora.leaves();
        }
    }
}
