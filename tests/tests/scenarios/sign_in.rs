//! Signing in: cookies, passwords, codes, one-time links, and the limits on guessing.

use protocol::http::{AgentSignIn, AskCode, LinkInfo, LinkPurpose, SignIn, UseLink};
use protocol::{ErrorCode, Problem};
use serde_json::{Value, json};
use tests::people::PASSWORD;
use tests::{Browser, Setup};

const MINUTE_MS: u64 = 60_000;

on_both! {
    /// R-B1.
    async fn cookies_are_locked_down_and_the_database_cannot_give_them_away(hub) {
        let nora = hub.admin().await;
        let (amina, _) = hub.site.guest("amina@example.org", "hello").await;
        for (browser, name, same_site) in
            [(&nora.browser, "__Host-hub_agent", "Strict"), (&amina.browser, "__Host-hub_visitor", "Lax")]
        {
            let lines = browser.cookie_lines();
            let line = lines.iter().rev().find(|line| line.starts_with(&format!("{name}="))).unwrap();
            let attributes: Vec<&str> = line.split("; ").skip(1).collect();
            for wanted in ["HttpOnly", "Secure", "Path=/", &format!("SameSite={same_site}")] {
                assert!(attributes.contains(&wanted), "{wanted} in {attributes:?}");
            }
            assert!(!line.contains("Domain"), "a __Host- cookie names no domain");
            let token = browser.cookie_value(name).unwrap();
            assert!(token.len() >= 22, "at least 128 bits: {} characters", token.len());
            assert!(!hub.database_holds(&token).await, "the token is kept as a digest alone");
        }
    }

    /// R-B10: no default account; the link works once.
    async fn the_first_admins_link_works_once(hub) {
        let token = hub.first_admin_token();
        let anybody = hub.site.browser();
        let path = format!("/v1/agent/links/{token}");
        for _ in 0..3 {
            // Looking changes nothing.
            let info: LinkInfo = anybody.get(&path).await.unwrap();
            assert_eq!(info.purpose, LinkPurpose::FirstAdmin);
        }
        let nora = hub.site.first_admin(&token).await;
        let body = UseLink { email: Some("mallory@evil.test".into()), name: Some("Mallory".into()), password: PASSWORD.into() };
        assert_eq!(anybody.post::<Value>(&path, body).await.unwrap_err().code, ErrorCode::LinkUsed);
        assert_eq!(anybody.get::<LinkInfo>(&path).await.unwrap_err().code, ErrorCode::LinkUsed);
        let agents: Value = nora.browser.get("/v1/agent/agents").await.unwrap();
        assert_eq!(agents["agents"].as_array().unwrap().len(), 1);
        assert!(!hub.database_holds(&token).await);
    }

    /// R-A12: a cookie that somebody else knew before the sign-in is worth nothing after it.
    async fn signing_in_gives_a_new_cookie_and_ends_the_old_one(hub) {
        let amina = hub.site.visitor();
        let _: Value = amina.browser.get("/v1/me").await.unwrap();
        let email = "amina@example.org";
        let _: Value = amina.browser.post("/v1/sign-in/code", AskCode { email: email.into(), locale: None }).await.unwrap();
        let before = amina.browser.cookie_value("__Host-hub_visitor").unwrap();
        let code = amina.code_mailed_to(email).await;
        let _: Value = amina.browser.post("/v1/sign-in", SignIn { code }).await.unwrap();
        assert_ne!(amina.browser.cookie_value("__Host-hub_visitor").unwrap(), before);
        let thief = hub.site.browser();
        thief.set_cookie("__Host-hub_visitor", &before);
        let me: Value = thief.get("/v1/me").await.unwrap_or_else(|problem| json!({ "refused": problem.code }));
        assert!(me["customer"].is_null(), "{me}");
        assert_eq!(thief.get::<Value>("/v1/tickets").await.unwrap_err().code, ErrorCode::NotSignedIn);
    }

    /// R-A6, R-A7, R-A8, decisions.md 14.
    async fn a_code_works_once_in_the_browser_that_asked_and_dies_after_five_wrong_tries(hub) {
        let email = "amina@example.org";
        let (asks, thief) = (hub.site.visitor(), hub.site.visitor());
        ask(&asks.browser, email).await;
        let first = asks.code_mailed_to(email).await;
        assert_eq!(first.len(), 8);
        // Another browser, which asked for one of its own.
        ask(&thief.browser, "thief@example.org").await;
        assert_eq!(enter(&thief.browser, &first).await, Err(ErrorCode::WrongCode));
        // A newer code ends the older one.
        ask(&asks.browser, email).await;
        let second = tests::wait::until("the second mail", async || {
            let code = asks.code_mailed_to(email).await;
            (code != first).then_some(code)
        })
        .await;
        assert_eq!(enter(&asks.browser, &first).await, Err(ErrorCode::WrongCode));
        for _ in 0..4 {
            assert_eq!(enter(&asks.browser, &other_than(&second)).await, Err(ErrorCode::WrongCode));
        }
        assert_eq!(enter(&asks.browser, &second).await, Err(ErrorCode::WrongCode), "five tries are used up");
        // Once.
        ask(&asks.browser, email).await;
        let third = tests::wait::until("the third mail", async || {
            let code = asks.code_mailed_to(email).await;
            (code != second).then_some(code)
        })
        .await;
        let (one, two) = tokio::join!(enter(&asks.browser, &third), enter(&asks.browser, &third));
        assert_eq!([one, two].iter().filter(|tried| tried.is_ok()).count(), 1);
        // The fourth within 15 minutes is one too many.
        let refused = asks.browser.post::<Value>("/v1/sign-in/code", AskCode { email: email.into(), locale: None }).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooManyRequests);
        assert!(refused.retry_after_s.is_some_and(|s| s > 0 && s <= 15 * 60), "{refused:?}");
    }
}

on_sqlite! {
    /// R-A6: ten minutes by the hub's clock.
    async fn a_code_expires_after_ten_minutes(hub) with Setup::default().manual_clock(), {
        let amina = hub.site.visitor();
        ask(&amina.browser, "amina@example.org").await;
        let code = amina.code_mailed_to("amina@example.org").await;
        hub.clock().advance(10 * MINUTE_MS + 1);
        assert_eq!(enter(&amina.browser, &code).await, Err(ErrorCode::WrongCode));
    }

    /// R-B4.
    async fn passwords_are_long_enough_not_common_and_hashed_with_argon2id(hub), {
        let path = format!("/v1/agent/links/{}", hub.first_admin_token());
        let browser = hub.site.browser();
        let choose = async |password: &str| {
            let body = UseLink { email: Some("nora@verso.example".into()), name: Some("Nora Lind".into()), password: password.into() };
            browser.post::<Value>(&path, body).await
        };
        for (password, code) in [
            ("", ErrorCode::Required),
            ("short", ErrorCode::TooShort),
            ("password1", ErrorCode::WeakPassword),
            ("Password1", ErrorCode::WeakPassword),
            ("12345678", ErrorCode::WeakPassword),
            ("noralind", ErrorCode::WeakPassword),
            (&"x".repeat(257), ErrorCode::TooLong),
        ] {
            let refused = choose(password).await.unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some("password")), "{password}");
        }
        let password = "🐌🐌🐌🐌🐌🐌🐌🐌 and a tail up to 64 characters ............";
        choose(password).await.unwrap();
        assert!(hub.database_holds("$argon2id$v=19$m=19456,t=2,p=1$").await);
        assert!(!hub.database_holds(password).await);
        let body = AgentSignIn { email: "nora@verso.example".into(), password: password.into() };
        hub.site.browser().post::<Value>("/v1/agent/sign-in", body).await.unwrap();
    }

    /// R-B6, R-A10: no word tells which it was. That both cost the same work is a test of `auth::passwords`.
    async fn an_unknown_address_looks_like_a_wrong_password(hub), {
        hub.admin().await;
        let browser = hub.site.browser();
        let known = sign_in(&browser, "nora@verso.example", "not the password").await.unwrap_err();
        let unknown = sign_in(&browser, "nobody@verso.example", "not the password").await.unwrap_err();
        let told = |refused: Problem| (refused.code, refused.title, refused.field, refused.limit);
        assert_eq!(known.code, ErrorCode::WrongPassword);
        assert_eq!(told(known), told(unknown));
    }

    /// R-B7: limits end by themselves, and lock nobody else out.
    async fn guessing_a_password_is_stopped_for_a_while(hub) with Setup::default().manual_clock(), {
        let nora = hub.admin().await;
        let lena = hub.agent(&nora, "Lena Morel").await;
        drop(lena);
        let browser = hub.site.browser();
        for _ in 0..10 {
            let refused = sign_in(&browser, "nora@verso.example", "not the password").await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::WrongPassword);
        }
        let refused = sign_in(&browser, "nora@verso.example", PASSWORD).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooManyRequests, "the right one too, or the limit would answer the guess");
        assert!(refused.retry_after_s.is_some_and(|s| s > 0 && s <= 15 * 60), "{refused:?}");
        sign_in(&browser, "lena.morel@verso.example", PASSWORD).await.unwrap();
        hub.clock().advance(15 * MINUTE_MS + 1_000);
        sign_in(&browser, "nora@verso.example", PASSWORD).await.unwrap();
    }

    /// R-B7: and per network, over all accounts.
    async fn guessing_over_many_accounts_is_stopped_by_network(hub) with Setup::default().manual_clock(), {
        hub.admin().await;
        let browser = hub.site.browser();
        let mut codes = Vec::new();
        for n in 0..55 {
            let refused = sign_in(&browser, &format!("nobody{n}@verso.example"), "guess guess").await.unwrap_err();
            codes.push(refused.code);
        }
        assert_eq!(codes.iter().filter(|code| **code == ErrorCode::WrongPassword).count(), 50);
        assert_eq!(codes.last(), Some(&ErrorCode::TooManyRequests));
    }

    /// R-B5: more sign-ins at once than are hashed at once; everybody gets an answer.
    async fn a_storm_of_sign_ins_is_answered_and_chat_goes_on(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let storm = (0..60).map(|n| {
            let browser = hub.site.browser();
            tokio::spawn(async move { sign_in(&browser, &format!("nobody{n}@verso.example"), "guess guess").await })
        });
        let storm: Vec<_> = storm.collect();
        nora.posts(ticket, "In the middle of it").await;
        amina.sees(ticket, "In the middle of it").await;
        for answer in storm {
            let code = answer.await.unwrap().unwrap_err().code;
            assert!([ErrorCode::WrongPassword, ErrorCode::Unavailable, ErrorCode::TooManyRequests].contains(&code), "{code:?}");
        }
    }
}

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Result<Value, Problem> {
    browser.post("/v1/agent/sign-in", AgentSignIn { email: email.to_owned(), password: password.to_owned() }).await
}

async fn ask(browser: &Browser, email: &str) {
    let _: Value = browser.post("/v1/sign-in/code", AskCode { email: email.to_owned(), locale: None }).await.unwrap();
}

async fn enter(browser: &Browser, code: &str) -> Result<(), ErrorCode> {
    let entered = browser.post::<Value>("/v1/sign-in", SignIn { code: code.to_owned() }).await;
    entered.map(drop).map_err(|problem| problem.code)
}

/// Eight digits that are not these.
fn other_than(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}
