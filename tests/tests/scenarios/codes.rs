//! A code that does not work tells nothing about why (R-A10): not by words. By time: `benches/codes.rs`.

use reqwest::Method;
use serde_json::{Value, json};
use tests::bad_code::{Bad, bad_code, try_code};
use tests::browser::{Answer, Browser};

const HOUR_MS: u64 = 60 * 60 * 1000;

on_sqlite! {
    /// R-A10: status, headers and body.
    async fn every_code_that_does_not_work_gets_the_same_answer(hub) with tests::Setup::default().manual_clock(), {
        let mut answers = Vec::new();
        for (n, bad) in Bad::ALL.into_iter().enumerate() {
            let (browser, code) = bad_code(hub, bad, n).await;
            answers.push((bad, seen(&try_code(&browser, &code).await)));
        }
        for (bad, answer) in &answers {
            assert_eq!(*answer, answers[0].1, "{bad:?} looks like any other");
        }
        assert_eq!(answers[0].1["status"], 401);
    }

    /// The same for links that work once.
    async fn every_link_that_does_not_work_gets_the_same_answer(hub) with tests::Setup::default().manual_clock(), {
        let nora = hub.admin().await;
        let expired = invites(&nora.browser, "expired").await;
        hub.clock().advance(7 * 24 * HOUR_MS);
        let nora = hub.signs_in_as_admin().await;
        let used = invites(&nora.browser, "used").await;
        let body = json!({ "name": "Somebody", "password": tests::people::PASSWORD });
        let answer = async |token: &str| {
            let path = format!("/v1/agent/links/{token}");
            let browser = hub.site.browser();
            let looked = browser.ask(Method::GET, &path, None, &[]).await;
            (seen(&looked), seen(&browser.ask(Method::POST, &path, Some(body.to_string()), &[]).await))
        };
        let _: Value = hub.site.browser().post(&format!("/v1/agent/links/{used}"), &body).await.unwrap();
        let never = answer(&used.chars().rev().collect::<String>()).await;
        for (what, token) in [("used", &*used), ("expired", &expired), ("no token", "x"), ("first admin's", &hub.first_admin_token())] {
            assert_eq!(answer(token).await, never, "{what}");
        }
        assert_eq!((never.0["status"].as_u64(), never.1["status"].as_u64()), (Some(410), Some(410)));
    }
}

/// What whoever tries can see, but for the ids that every request has.
fn seen(answer: &Answer) -> Value {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    body["request_id"] = Value::Null;
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort_unstable();
    json!({ "status": answer.status.as_u16(), "headers": headers, "body": body })
}

async fn invites(admin: &Browser, name: &str) -> String {
    let form = json!({ "email": format!("{name}@verso.example"), "name": name, "role": "agent" });
    let link: protocol::http::OneTimeLink =
        admin.post_once(tests::socket::new_client_id(), "/v1/agent/agents", form).await.unwrap();
    tests::process::link_token(&format!("{}\n", link.url)).unwrap()
}
