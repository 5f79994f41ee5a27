//! What networks do: cuts at every byte, readers who stop, connections that only look open.

use protocol::TicketId;
use protocol::frame::PostKind;
use tests::people::Person;
use tests::proxy::{Fault, Proxy, Way};
use tests::socket::new_client_id;
use tests::{Hub, Setup, wait};

/// Bytes between two places of a cut.
const STEP: u64 = 5;
/// More than a `send` and all that answers it.
const ANSWER_BYTES_MAX: u64 = 700;
/// What a slow reader is behind: more than the queue and what kernels keep for a socket.
const BEHIND_MESSAGES: usize = 500;

on_both! {
    /// Invariants 1, 2 and 3; R-K1, R-K2.
    async fn a_cut_at_any_byte_between_send_and_acknowledgement_changes_nothing(hub) {
        let (_nora, mut amina, ticket) = hub.conversation().await;
        let proxy = Proxy::start(hub.site.addr).await;
        amina.connects_through(proxy.addr()).await.subscribe(ticket, 0).await;
        let mut sent = Vec::new();
        for way in [Way::ToHub, Way::ToPage] {
            for bytes in (0..ANSWER_BYTES_MAX).step_by(usize::try_from(STEP).unwrap()) {
                let text = format!("cut {way:?} after {bytes} bytes");
                let client_id = new_client_id();
                proxy.cut_after(way, bytes);
                amina.socket().send(ticket, client_id, PostKind::Reply, &text).await;
                let whole = amina.socket().is_acknowledged_or_gone(client_id).await;
                proxy.never_cut();
                amina.reconnects().await;
                amina.socket().send(ticket, client_id, PostKind::Reply, &text).await;
                let n = amina.socket().is_acknowledged(client_id).await;
                assert!(whole.is_none_or(|before| before == n));
                sent.push((text, client_id, n));
                if whole.is_some() && way == Way::ToHub {
                    // From here on the cut comes after the whole frame.
                    break;
                }
            }
        }
        let history = amina.history(ticket).await;
        for (text, client_id, n) in &sent {
            let found: Vec<_> = history.iter().filter(|line| line.client_id == Some(*client_id)).collect();
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!((found[0].n, found[0].text()), (*n, Some(&**text)));
        }
        amina.socket().reaches(ticket, history.last().unwrap().n).await;
        assert_eq!(amina.socket().page.feed(ticket).applied, history);
        assert!(sent.len() > 100, "{}", sent.len());
    }
}

on_sqlite! {
    /// Invariants 13 and 14; R-E6.
    async fn a_reader_who_stops_and_goes_on_gets_behind_and_then_the_same_log(hub) with Setup::default().manual_clock(), {
        let (nora, mut amina, ticket) = hub.conversation().await;
        let mut slow = amina.other_window();
        slow.connects_with_small_buffers().await.subscribe(ticket, 0).await;
        let text = "x".repeat(8_000);
        for _ in 0..BEHIND_MESSAGES {
            nora.posts_over_http(ticket, PostKind::Reply, &text).await.unwrap();
            // The fast one reads as it goes.
            amina.socket().read_what_is_there().await;
        }
        let history = amina.history(ticket).await;
        let last = history.last().unwrap().n;
        amina.socket().reaches(ticket, last).await;
        slow.socket().reaches(ticket, last).await;
        assert_eq!(slow.socket().page.behind, [ticket], "told once that it is behind");
        assert_eq!(slow.socket().page.feed(ticket).applied, history);
        assert_eq!(slow.socket().page.feed(ticket).syncs, 1, "without joining again");
    }

    /// Invariant 16: nobody is told that such a connection is dead.
    async fn a_half_open_connection_is_found_out_by_its_silence(hub) with Setup::default().manual_clock(), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        nora.leaves();
        let proxy = Proxy::start(hub.site.addr).await;
        amina.connects_through(proxy.addr()).await.subscribe(ticket, 0).await;
        wait::until("one connection", async || (hub.connections() == 1).then_some(())).await;
        proxy.set(Fault::Blackhole);
        let mut passed_ms = 0;
        wait::until("the hub notices", async || {
            hub.clock().advance(1_000);
            passed_ms += 1_000;
            (hub.connections() == 0).then_some(())
        })
        .await;
        // A ping is due after at most 25 s, its answer within 10 s. Looks come every few milliseconds,
        // so the clock may have run on a little before the hub's task did.
        assert!(passed_ms >= 10_000 + 12_000, "not before its time: {passed_ms}");
    }

    /// Invariant 23: after everybody has gone nothing is left.
    async fn when_everybody_has_gone_nothing_is_left_of_them(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        for _ in 0..20 {
            let mut window = amina.other_window();
            window.follows(ticket).await;
            window.types(ticket).await;
        }
        nora.leaves();
        amina.leaves();
        wait::until("empty registries", async || (hub.sizes() == (0, 0)).then_some(())).await;
    }

    /// Invariants 6 and 18: what the live path lost, a look at the positions brings.
    async fn a_cut_in_the_middle_of_a_stream_of_messages_is_made_good(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let proxy = Proxy::start(hub.site.addr).await;
        amina.connects_through(proxy.addr()).await.subscribe(ticket, 0).await;
        for round in 0..30 {
            nora.posts(ticket, &format!("round {round}")).await;
            if round % 5 == 4 {
                proxy.cut();
                amina.reconnects().await;
            }
        }
        follows_to_the_end(hub, &mut amina, ticket).await;
    }
}

async fn follows_to_the_end(_hub: &Hub, person: &mut Person, ticket: TicketId) {
    let history = person.history(ticket).await;
    person.socket().reaches(ticket, history.last().unwrap().n).await;
    assert_eq!(person.socket().page.feed(ticket).applied, history);
}
