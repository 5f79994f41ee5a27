//! Rules that hold for every route: headers, hosts, origins, refusals. The routes are those of
//! `hub/permissions.toml`.

use protocol::ErrorCode;
use reqwest::Method;
use serde_json::Value;
use tests::Browser;
use tests::raw::Raw;

use super::rights::permissions;

on_sqlite! {
    /// R-G1, R-G2, R-G9.
    async fn every_answer_carries_the_headers_that_protect_a_browser(hub), {
        let browser = hub.site.browser();
        let mut asked = 0;
        for (method, path) in routes() {
            for headers in [&[][..], &[("origin", "http://evil.test"), ("sec-fetch-site", "cross-site")]] {
                let answer = browser.ask(method.clone(), &path, None, headers).await;
                let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{method} {path} lacks {name}"));
                let policy = header("content-security-policy");
                for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
                    "require-trusted-types-for 'script'"] {
                    assert!(policy.contains(part), "{path}: {part} in {policy}");
                }
                assert!(!policy.contains("unsafe"), "{path}: {policy}");
                assert_eq!(header("x-content-type-options"), "nosniff");
                assert_eq!(header("cross-origin-opener-policy"), "same-origin");
                assert_eq!(header("cross-origin-resource-policy"), "same-origin");
                assert!(header("referrer-policy").contains("no-referrer"));
                assert!(header("permissions-policy").contains("camera=()"));
                if path.starts_with("/v1/") {
                    assert_eq!(header("cache-control"), "no-store", "{path}");
                }
                for name in ["access-control-allow-origin", "access-control-allow-credentials", "server", "x-powered-by"] {
                    assert_eq!(answer.header(name), None, "{path}");
                }
                asked += 1;
            }
        }
        assert!(asked > 80, "{asked}");
    }

    /// R-G2, R-I7: also what hyper refuses before any route sees it, first on its connection or later.
    async fn a_request_that_cannot_be_read_is_a_problem_with_the_same_headers(hub), {
        let ours = hub.site.origin.replace("http://", "");
        let fine = format!("GET /v1/site HTTP/1.1\r\nHost: {ours}\r\n\r\n");
        let model = hub.site.browser().ask(Method::GET, "/v1/nothing", None, &[]).await;
        for (bytes, code) in [
            ("\0\x01\x02 nonsense\r\n\r\n".to_owned(), ErrorCode::Malformed),
            ("GET\r\n\r\n".to_owned(), ErrorCode::Malformed),
            ("GET / HTTP/3.7\r\n\r\n".to_owned(), ErrorCode::Malformed),
            (format!("GET / HTTP/1.1\r\nHost: {ours}\r\nbad header\r\n\r\n"), ErrorCode::Malformed),
            (format!("GET / HTTP/1.1\r\nHost: {ours}\r\nContent-Length: x\r\n\r\n"), ErrorCode::Malformed),
            (format!("GET / HTTP/1.1\r\nHost: {ours}\r\nX: {}\r\n\r\n", "x".repeat(100_000)), ErrorCode::TooLarge),
            (format!("GET /{} HTTP/1.1\r\nHost: {ours}\r\n\r\n", "x".repeat(100_000)), ErrorCode::TooLarge),
        ] {
            for first in ["", &fine] {
                let mut raw = Raw::connect(hub.site.addr).await;
                if !first.is_empty() {
                    raw.send(first).await;
                    assert_eq!(Raw::status(&raw.head().await), 200);
                }
                raw.send(&bytes).await;
                let all = raw.rest().await;
                let last = &all[all.rfind("HTTP/1.1 ").unwrap()..];
                let answer = Raw::answer(last);
                let problem = answer.problem();
                assert_eq!(problem.code, code, "{bytes:.40}");
                assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
                for (name, value) in model.headers.iter().filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str())) {
                    assert_eq!(answer.headers.get(name), Some(value), "{name} for {bytes:.40}");
                }
                for word in ["hyper", "httparse", "/src/"] {
                    assert!(!last.contains(word), "{last}");
                }
            }
        }
    }

    /// R-G5: proof that the hub's own page asks, and JSON by its type.
    async fn nothing_is_changed_for_a_page_of_somebody_else(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let origin = hub.site.origin.clone();
        let elsewhere: [&[(&str, &str)]; 6] = [
            &[("origin", ""), ("sec-fetch-site", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://evil.test")],
            &[("sec-fetch-site", ""), ("origin", "null")],
        ];
        let before = nora.agent_ticket(ticket).await;
        // Mail programs ask for these, and their token is the proof (decisions.md 30).
        let exempt = |path: &str| path.starts_with("/u/");
        for (method, path) in routes().into_iter().filter(|(method, path)| *method != Method::GET && !exempt(path)) {
            let path = path.replace("00000000-0000-7000-8000-000000000000", &ticket.to_string());
            let browser = if path.starts_with("/v1/agent") { &nora.browser } else { &amina.browser };
            for headers in elsewhere {
                let answer = browser.ask(method.clone(), &path, Some("{}".into()), headers).await;
                assert_eq!(answer.problem().code, ErrorCode::CrossOrigin, "{method} {path} {headers:?}");
            }
            // A file is whatever it is.
            if path.contains("/attachments") {
                continue;
            }
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
                let key = tests::socket::new_client_id().to_string();
                let headers = [("content-type", kind), ("idempotency-key", &key)];
                let code = browser.ask(method.clone(), &path, Some("{}".into()), &headers).await.problem().code;
                // Whoever may not ask at all is told that first.
                let fits = [ErrorCode::NotJson, ErrorCode::NotSignedIn, ErrorCode::NotFound];
                assert!(fits.contains(&code), "{method} {path} as {kind:?}: {code:?}");
            }
        }
        assert_eq!(nora.agent_ticket(ticket).await, before);
        // The hub's own Origin alone is enough for browsers that do not send the other header.
        let answer = amina.browser.ask(Method::POST, "/v1/realtime/token", Some("{}".into()), &[("sec-fetch-site", ""), ("origin", &origin)]).await;
        assert_eq!(answer.status, 200);
    }

    /// R-I5, M-6.
    async fn a_request_for_another_host_or_for_two_is_refused(hub), {
        let ours = hub.site.origin.replace("http://", "");
        let status = async |head: String| {
            let mut raw = Raw::connect(hub.site.addr).await;
            raw.send(head).await;
            Raw::status(&raw.head().await)
        };
        assert_eq!(status(format!("GET /v1/site HTTP/1.1\r\nHost: {ours}\r\n\r\n")).await, 200);
        for hosts in ["", "Host: evil.test\r\n", &format!("Host: {ours}\r\nHost: evil.test\r\n"),
            &format!("Host: {ours}\r\nHost: {ours}\r\n"), "Host: localhost\r\n", &format!("Host: {ours}.evil.test\r\n")] {
            let status = status(format!("GET /v1/site HTTP/1.1\r\n{hosts}\r\n")).await;
            assert!([400, 421].contains(&status), "{hosts:?}: {status}");
        }
        let absolute = format!("GET http://evil.test/v1/site HTTP/1.1\r\nHost: {ours}\r\n\r\n");
        assert_eq!(status(absolute).await, 421);
        // A forwarded host is nobody's word (R-I1, R-A16).
        let mut raw = Raw::connect(hub.site.addr).await;
        raw.send(format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Forwarded-Host: evil.test\r\n\r\n", ours.replace("localhost", "127.0.0.1"))).await;
        let head = raw.head().await;
        assert_eq!(Raw::status(&head), 307);
        assert!(head.to_lowercase().contains(&format!("location: {}/", hub.site.origin)), "{head}");
    }

    /// R-I7, R-G9: what is not there, in whatever way.
    async fn what_is_not_there_is_a_problem_and_tells_nothing(hub), {
        let browser = hub.site.browser();
        for (method, path, code) in [
            (Method::GET, "/v1/nothing", ErrorCode::NotFound),
            (Method::GET, "/v1/tickets/x.css", ErrorCode::NotSignedIn),
            (Method::GET, "/v1/%ff", ErrorCode::NotFound),
            (Method::DELETE, "/v1/me", ErrorCode::MethodNotAllowed),
            (Method::PUT, "/v1/sign-in", ErrorCode::MethodNotAllowed),
            (Method::POST, "/", ErrorCode::MethodNotAllowed),
        ] {
            let answer = browser.ask(method.clone(), path, (method != Method::GET).then(|| "{}".into()), &[]).await;
            assert_eq!(answer.problem().code, code, "{method} {path}");
            for word in ["axum", "hyper", "sqlite", "/src/", "panicked", env!("CARGO_PKG_VERSION")] {
                assert!(!answer.body.to_lowercase().contains(word), "{path}: {}", answer.body);
            }
        }
    }

    /// R-G9: a page that is not there is a page, and holds nothing but that.
    async fn an_unknown_page_is_not_there(hub), {
        let browser = hub.site.browser();
        for path in ["/x", "/agent/x.css", "/guest/x.css", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
            "/.vite/manifest.json", "/assets/", "/assets/../customer.html"] {
            let answer = browser.ask(Method::GET, path, None, &[]).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(!answer.body.contains("root:") && !answer.body.contains("isEntry"), "{path}");
        }
    }

    /// A refusal in the reader's language.
    async fn a_refusal_speaks_the_readers_language(hub), {
        let browser = hub.site.browser();
        let title = async |browser: &Browser, language: &str| {
            browser.ask(Method::GET, "/v1/tickets", None, &[("accept-language", language)]).await.problem().title
        };
        let (english, french) = (title(&browser, "en").await, title(&browser, "fr-CA,fr;q=0.9,en;q=0.5").await);
        assert_ne!(english, french);
        assert_eq!(title(&browser, "tlh").await, english);
    }

    /// R-G5: a flood of changing requests from one network is told when to come back; reading goes on.
    async fn a_flood_of_writes_is_slowed_and_reading_goes_on(hub) with tests::Setup::default().config(|config| config.limits.writes_per_network_s = 5), {
        let browser = hub.site.browser();
        let mut last = None;
        for _ in 0..60 {
            last = browser.post::<Value>("/v1/sign-in", serde_json::json!({ "code": "1" })).await.err();
            if last.as_ref().is_some_and(|problem| problem.code == ErrorCode::TooManyRequests) {
                break;
            }
        }
        let last = last.unwrap();
        assert_eq!(last.code, ErrorCode::TooManyRequests);
        assert!(last.retry_after_s.is_some_and(|s| s >= 1));
        let _: Value = browser.get("/v1/site").await.unwrap();
    }
}

/// Every route with ids that name nothing.
fn routes() -> Vec<(Method, String)> {
    let named = |path: &str| {
        let path = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let path = path.replace("{attachment}", "00000000-0000-7000-8000-000000000001");
        path.replace("{n}", "1").replace("{token}", "a-token-that-never-was")
    };
    let routes = permissions().routes;
    let routes: Vec<_> = routes.keys().map(|route| route.split_once(' ').unwrap()).collect();
    assert!(routes.len() > 40);
    routes.into_iter().map(|(method, path)| (method.parse().unwrap(), named(path))).collect()
}
