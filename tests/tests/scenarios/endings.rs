//! Logins end: by their owners, by admins, by time. Sockets learn of it, and nothing comes after it.

use protocol::ErrorCode;
use protocol::http::ChangeAgent;
use protocol::model::Role;
use serde_json::{Value, json};
use tests::Setup;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

on_both! {
    /// R-B3, R-E7, invariant 12.
    async fn signing_out_closes_the_sockets_of_that_browser_alone(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let (_, other) = hub.site.guest("other@example.org", "another matter").await;
        let mut window = amina.other_window();
        window.follows(ticket).await;
        amina.asks("sign-out").await.unwrap_or(Value::Null);
        assert_eq!(amina.socket().is_closed().await, 4402);
        assert_eq!(window.socket().is_closed().await, 4402);
        nora.follows(other.id).await;
        nora.posts(ticket, "Nobody reads this any more").await;
        assert_eq!(amina.socket().page.feed(ticket).n_of("Nobody reads this any more"), None);
        let refused = amina.ticket(ticket).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotSignedIn);
    }

    /// R-B3: own sessions, all of them.
    async fn signing_out_everywhere_closes_every_browser_of_the_agent(hub) {
        let mut nora = hub.admin().await;
        let mut elsewhere = hub.signs_in_as_admin().await;
        nora.connects().await;
        elsewhere.connects().await;
        let _: Value = nora.browser.post("/v1/agent/sign-out-everywhere", json!({})).await.unwrap();
        assert_eq!(nora.socket().is_closed().await, 4402);
        assert_eq!(elsewhere.socket().is_closed().await, 4402);
        for browser in [&nora.browser, &elsewhere.browser] {
            let refused = browser.get::<Value>("/v1/agent/me").await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::NotSignedIn);
        }
    }

    /// R-B3: an admin disables an agent, or ends their sessions.
    async fn an_agent_who_is_disabled_is_out_at_once(hub) {
        let nora = hub.admin().await;
        for way in ["disable", "end sessions"] {
            let mut lena = hub.agent(&nora, &format!("Lena {way}")).await;
            lena.connects().await;
            let path = format!("/v1/agent/agents/{}", lena.id.unwrap());
            if way == "disable" {
                let change = ChangeAgent { role: None, teams: None, disabled: Some(true) };
                nora.browser.patch::<Value>(&path, change).await.unwrap();
            } else {
                nora.browser.post::<Value>(&format!("{path}/end-sessions"), json!({})).await.unwrap();
            }
            assert_eq!(lena.socket().is_closed().await, 4402);
            assert_eq!(lena.browser.get::<Value>("/v1/agent/me").await.unwrap_err().code, ErrorCode::NotSignedIn);
        }
    }

    /// Invariant 12: rights that shrink take their feeds with them, and the socket stays.
    async fn an_agent_who_leaves_a_team_loses_its_tickets_at_once(hub) {
        let (mut nora, _amina, ticket) = hub.conversation().await;
        let team = hub.team(&nora, "Payments").await;
        let mut lena = hub.site.agent(&nora, "Lena Morel", Role::Agent, vec![team]).await;
        hub.assign(&nora, ticket, Some(team), None).await;
        lena.follows(ticket).await;
        let change = ChangeAgent { role: None, teams: Some(Vec::new()), disabled: None };
        nora.browser.patch::<Value>(&format!("/v1/agent/agents/{}", lena.id.unwrap()), change).await.unwrap();
        lena.socket().wait("the feed's end", |page| page.feed(ticket).reset.map(drop)).await;
        nora.posts(ticket, "Not for Lena").await;
        lena.socket().settle().await;
        assert_eq!(lena.socket().page.feed(ticket).n_of("Not for Lena"), None);
        assert_eq!(lena.ticket(ticket).await.unwrap_err().code, ErrorCode::NotFound);
    }
}

on_sqlite! {
    /// R-E7, decisions.md 21: 4401 tells a page to sign in, not to come back.
    async fn a_login_that_expires_closes_its_socket(hub) with Setup::default().manual_clock(), {
        let (_nora, mut amina, _ticket) = hub.conversation().await;
        hub.clock().advance(14 * DAY_MS);
        assert_eq!(amina.socket().is_closed().await, 4401);
    }

    /// R-E7: within two seconds, and not at the next position check.
    async fn a_socket_ends_in_the_second_in_which_its_login_does(hub) with Setup::default().manual_clock(), {
        let (_nora, mut amina, _ticket) = hub.conversation().await;
        hub.clock().advance(DAY_MS - 5_000);
        // Without a frame of her own, which would be use of the login.
        amina.socket().wait("that the hub is awake", |page| (page.pings > 0).then_some(())).await;
        assert_eq!(amina.socket().close_code(), None, "five seconds before");
        hub.clock().advance(6_500);
        assert_eq!(amina.socket().is_closed().await, 4401);
    }

    /// R-B2, decisions.md 15.
    async fn logins_end_when_idle_and_at_the_latest_after_their_life(hub) with Setup::default().manual_clock(), {
        hub.admin().await;
        for (is_agent, idle_ms, life_ms) in [(false, 24 * HOUR_MS, 14 * DAY_MS), (true, 12 * HOUR_MS, 30 * DAY_MS)] {
            let (idle, used) = if is_agent {
                (hub.signs_in_as_admin().await, hub.signs_in_as_admin().await)
            } else {
                (hub.site.guest("a@example.org", "a").await.0, hub.site.guest("b@example.org", "b").await.0)
            };
            let list = idle.path("tickets");
            let began = hub.clock().now();
            hub.clock().advance(idle_ms - 60_000);
            assert!(idle.browser.get::<Value>(&list).await.is_ok(), "a minute before");
            hub.writes_are_done().await;
            hub.clock().advance(idle_ms - 60_000);
            assert!(idle.browser.get::<Value>(&list).await.is_ok(), "the look before counted as use");
            hub.writes_are_done().await;
            // The other one was not used since it began.
            assert_eq!(used.browser.get::<Value>(&list).await.unwrap_err().code, ErrorCode::NotSignedIn);
            while hub.clock().now() + i64::try_from(idle_ms / 2).unwrap() < began + i64::try_from(life_ms).unwrap() {
                hub.clock().advance(idle_ms / 2);
                assert!(idle.browser.get::<Value>(&list).await.is_ok(), "in use");
                hub.writes_are_done().await;
            }
            hub.clock().advance(idle_ms / 2);
            assert_eq!(idle.browser.get::<Value>(&list).await.unwrap_err().code, ErrorCode::NotSignedIn, "at its end");
        }
    }
}
