//! Peers that dawdle are let go; axum's own loop would keep them for ever (M-1, R-E10).

use tests::{Hub, Setup, raw::Raw};

on_sqlite! {
    async fn a_connection_that_sends_nothing_is_closed_after_ten_seconds(hub) with Setup::default().manual_clock(), {
        ends_after(hub, Raw::connect(hub.site.addr).await, 10_000).await;
    }

    async fn half_a_head_is_not_waited_for(hub) with Setup::default().manual_clock(), {
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send("GET / HTTP/1.1\r\nHost: local").await;
        ends_after(hub, raw, 10_000).await;
    }

    async fn an_idle_connection_is_kept_for_a_while_and_then_closed(hub) with Setup::default().manual_clock(), {
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send(get(hub, "/v1/site")).await;
        assert_eq!(Raw::status(&raw.head().await), 200);
        ends_after(hub, raw, 75_000).await;
    }

    async fn half_a_body_is_refused_in_the_end(hub) with Setup::default().manual_clock(), {
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send(post(hub, "Content-Length: 100\r\n")).await;
        raw.send(r#"{"email":"#).await;
        let passed_ms = hub.advances_until("an end", async || raw.has_answered().then_some(())).await;
        assert!(passed_ms >= 15_000, "not before its time: {passed_ms}");
        assert_eq!(Raw::status(&raw.head().await), 400);
    }

    /// A limit that does not rely on what the sender says.
    async fn a_body_over_its_limit_is_refused_with_and_without_a_length(hub), {
        let mut told = Raw::connect(hub.site.addr).await;
        told.send(post(hub, "Content-Length: 65537\r\n")).await;
        assert_eq!(Raw::status(&told.head().await), 413);
        let mut untold = Raw::connect(hub.site.addr).await;
        untold.send(post(hub, "Transfer-Encoding: chunked\r\n")).await;
        for _ in 0..70 {
            untold.send(format!("400\r\n{}\r\n", "x".repeat(1024))).await;
        }
        assert_eq!(Raw::status(&untold.head().await), 413);
    }

    async fn a_head_over_its_limit_is_refused(hub), {
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send(get(hub, "/v1/site").replace("\r\n\r\n", &format!("\r\nX-Long: {}\r\n\r\n", "x".repeat(100_000)))).await;
        assert_eq!(Raw::status(&raw.head().await), 413);
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send(get(hub, &format!("/{}", "x".repeat(9_000)))).await;
        assert!([413, 414].contains(&Raw::status(&raw.head().await)));
    }
}

/// Moves the clock until the hub closes, which must not be earlier than `limit_ms`.
async fn ends_after(hub: &Hub, mut raw: Raw, limit_ms: u64) {
    let passed_ms = hub.advances_until("the end of the connection", async || raw.is_closed().then_some(())).await;
    assert!(passed_ms >= limit_ms, "not before its time: {passed_ms}");
}

fn host(hub: &Hub) -> String {
    hub.site.origin.replace("http://", "")
}

fn get(hub: &Hub, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", host(hub))
}

fn post(hub: &Hub, more: &str) -> String {
    let (host, origin) = (host(hub), &hub.site.origin);
    format!(
        "POST /v1/sign-in/code HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n{more}\r\n"
    )
}
