//! Sign-in codes that do not work, one for each reason: what whoever tries them learns must be the same
//! (R-A10).

use protocol::http::{AskCode, SignIn};
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::hub::Hub;

const CODE_LIFE_MS: u64 = 10 * 60 * 1000;

/// Why a code does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// First where several are made: time passes until it is.
    Expired,
    Wrong,
    Used,
    /// Another browser's.
    Foreign,
    NeverIssued,
    /// Right, after five wrong ones.
    TriedTooOften,
    /// Not even digits.
    NotACode,
}

impl Bad {
    pub const ALL: [Self; 7] =
        [Self::Expired, Self::Wrong, Self::Used, Self::Foreign, Self::NeverIssued, Self::TriedTooOften, Self::NotACode];
}

/// A browser that the hub knows and a code that does not work in it, on a hub with a manual clock.
/// `n` tells addresses apart.
pub async fn bad_code(hub: &Hub, bad: Bad, n: usize) -> (Browser, String) {
    let (person, email) = (hub.site.visitor(), format!("case{n}.{bad:?}@example.org").to_lowercase());
    if bad == Bad::NeverIssued {
        let _: Value = person.browser.get("/v1/me").await.unwrap();
        return (person.browser, "12345678".to_owned());
    }
    let ask = AskCode { email: email.clone(), locale: None };
    let _: Value = person.browser.post("/v1/sign-in/code", &ask).await.unwrap();
    let code = person.code_mailed_to(&email).await;
    match bad {
        Bad::Expired => {
            hub.clock().advance(CODE_LIFE_MS + 1);
            (person.browser, code)
        }
        Bad::Wrong => (person.browser, other_than(&code)),
        Bad::Used => {
            let _: Value = person.browser.post("/v1/sign-in", SignIn { code: code.clone() }).await.unwrap();
            (person.browser, code)
        }
        Bad::Foreign => {
            let other = hub.site.browser();
            let _: Value = other.get("/v1/me").await.unwrap();
            (other, code)
        }
        Bad::TriedTooOften => {
            for _ in 0..5 {
                try_code(&person.browser, &other_than(&code)).await;
            }
            (person.browser, code)
        }
        Bad::NotACode => (person.browser, "not a code".to_owned()),
        Bad::NeverIssued => unreachable!("answered above"),
    }
}

pub async fn try_code(browser: &Browser, code: &str) -> Answer {
    browser.ask(Method::POST, "/v1/sign-in", Some(json!({ "code": code }).to_string()), &[]).await
}

fn other_than(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}
