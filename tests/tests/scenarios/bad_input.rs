//! Whatever is wrong with what people send has one stable code and names its field; nothing is changed.

use protocol::ErrorCode::{
    self, BadCharacter, BadEmail, BadKey, BadValue, Conflict, Forbidden, Malformed, NotFound, Required, TooLong,
    UnknownField, WrongCode,
};
use protocol::frame::PostKind;
use serde_json::{Value, json};
use tests::socket::new_client_id;

on_sqlite! {
    /// R-D5 and the table of refusals in docs/PROTOCOL.md.
    async fn every_fault_of_a_form_has_its_code_and_its_field(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let customer = hub.site.customer("customer@example.org").await;
        let long = |n: usize| "x".repeat(n);
        let own = format!("/v1/tickets/{ticket}");
        let ours = format!("/v1/agent/tickets/{ticket}");
        let new = |change: Value| {
            let mut form = json!({ "topic": "payment", "text": "hello", "email": "a@example.org" });
            form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            form
        };
        let reply = |text: &str| json!({ "kind": "reply", "text": text });
        let messages = format!("{own}/messages");
        let cases: Vec<(&tests::Browser, String, Value, ErrorCode, Option<&str>)> = vec![
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": "" })), Required, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": " \n\t " })), Required, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": long(8_001) })), TooLong, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": "é".repeat(7_000) })), TooLong, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": "a\u{0}b" })), BadCharacter, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": 7 })), Malformed, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "text": null })), Malformed, Some("text")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "subject": long(161) })), TooLong, Some("subject")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "subject": "a\u{0}" })), BadCharacter, Some("subject")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "topic": "nonsense" })), BadValue, Some("topic")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "" })), Required, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "nobody" })), BadEmail, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "a@b@c" })), BadEmail, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "a@[127.0.0.1]" })), BadEmail, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "a@example.org\r\nBcc: b@example.org" })), BadEmail, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "email": "-oQ/tmp/x@example.org" })), BadEmail, Some("email")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "name": long(81) })), TooLong, Some("name")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "name": "a\u{0}" })), BadCharacter, Some("name")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "status": "solved" })), UnknownField, Some("status")),
            (&amina.browser, "/v1/tickets".into(), new(json!({ "details": [{ "key": "x", "value": "y" }] })), BadValue, Some("details")),
            (
                &amina.browser,
                "/v1/tickets".into(),
                new(json!({ "details": [{ "key": "transaction_id", "value": long(201) }] })),
                TooLong,
                Some("details.transaction_id"),
            ),
            (&customer.browser, "/v1/tickets".into(), new(json!({})), BadValue, Some("email")),
            (&amina.browser, messages.clone(), reply(""), Required, Some("text")),
            (&amina.browser, messages.clone(), reply(&long(8_001)), TooLong, Some("text")),
            (&amina.browser, messages.clone(), reply("a\u{0}b"), BadCharacter, Some("text")),
            (&amina.browser, messages.clone(), json!({ "text": "x" }), Required, Some("kind")),
            (&amina.browser, messages.clone(), json!({ "kind": "shout", "text": "x" }), BadValue, Some("kind")),
            (&amina.browser, messages.clone(), json!({ "kind": "reply", "text": "x", "author": "me" }), UnknownField, Some("author")),
            (&amina.browser, messages.clone(), json!({ "kind": "note", "text": "x" }), Forbidden, None),
            (&amina.browser, messages.clone(), json!(["reply", "x"]), Malformed, None),
            (&amina.browser, messages.clone(), json!("reply"), Malformed, None),
            (&amina.browser, format!("{own}/messages/2/edit"), json!({ "text": "" }), Required, Some("text")),
            (&amina.browser, format!("{own}/messages/99/edit"), json!({ "text": "x" }), NotFound, None),
            (&nora.browser, format!("{ours}/actions"), json!({ "action": "explode" }), BadValue, Some("action")),
            (&nora.browser, format!("{ours}/actions"), json!({}), Required, Some("action")),
            (&nora.browser, format!("{ours}/actions"), json!({ "action": "redact", "target": 99 }), NotFound, None),
            (&nora.browser, format!("{ours}/actions"), json!({ "action": "reopen" }), Conflict, None),
            (&nora.browser, "/v1/agent/teams".into(), json!({ "name": "" }), Required, Some("name")),
            (&nora.browser, "/v1/agent/teams".into(), json!({ "name": long(61) }), TooLong, Some("name")),
            (&nora.browser, "/v1/agent/agents".into(), json!({ "email": "x", "name": "X", "role": "agent" }), BadEmail, Some("email")),
            (&nora.browser, "/v1/agent/agents".into(), json!({ "email": "x@example.org", "name": "X", "role": "owner" }), BadValue, Some("role")),
            (&nora.browser, "/v1/agent/agents".into(), json!({ "email": "x@example.org", "role": "agent" }), Required, Some("name")),
            (&nora.browser, "/v1/agent/agents".into(), json!({ "email": "nora@verso.example", "name": "X", "role": "agent" }), Conflict, None),
            (&amina.browser, "/v1/sign-in/code".into(), json!({ "email": "nobody" }), BadEmail, Some("email")),
            (&amina.browser, "/v1/sign-in/code".into(), json!({}), Required, Some("email")),
            (&amina.browser, "/v1/sign-in".into(), json!({ "code": "12" }), WrongCode, Some("code")),
        ];
        let state = async || (nora.agent_ticket(ticket).await, nora.browser.get::<Value>("/v1/agent/tickets").await.unwrap());
        let before = state().await;
        let mut wrong = Vec::new();
        for (browser, path, form, code, field) in cases {
            let answered = browser.post_once::<Value>(new_client_id(), &path, &form).await;
            let shown = format!("{path} {:.80}", form.to_string());
            match answered {
                Ok(answer) => wrong.push(format!("{shown}: taken: {answer}")),
                Err(problem) => {
                    let fits = problem.code == code && (field.is_none() || problem.field.as_deref() == field);
                    if !fits {
                        wrong.push(format!("{shown}: {code:?} {field:?}, but was {:?} {:?}", problem.code, problem.field));
                    }
                    if code == TooLong {
                        assert!(problem.limit.is_some(), "{shown}: the limit is told");
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(state().await, before, "nothing was changed");
    }

    /// The same over the socket, with the client id of what was refused.
    async fn every_fault_of_a_send_has_its_code_and_its_field(hub), {
        let (_nora, mut amina, ticket) = hub.conversation().await;
        let before = amina.history(ticket).await;
        for (kind, text, code, field) in [
            (PostKind::Reply, String::new(), Required, Some("text")),
            (PostKind::Reply, "  ".into(), Required, Some("text")),
            (PostKind::Reply, "x".repeat(8_001), TooLong, Some("text")),
            (PostKind::Reply, "é".repeat(7_000), TooLong, Some("text")),
            (PostKind::Reply, "a\u{0}b".into(), BadCharacter, Some("text")),
            (PostKind::Note, "x".into(), Forbidden, None),
            (PostKind::Ask, "x".into(), Forbidden, None),
        ] {
            let client_id = new_client_id();
            amina.socket().send(ticket, client_id, kind, &text).await;
            let refused = amina
                .socket()
                .wait("refused", |page| page.refused.iter().find(|r| r.client_id == Some(client_id)).cloned())
                .await;
            assert_eq!(refused.code, code, "{text:.20}");
            assert!(field.is_none() || refused.field.as_deref() == field, "{refused:?}");
            assert_eq!(refused.retry_after_ms, None, "it will never be taken as it is");
        }
        assert_eq!(amina.history(ticket).await, before);
    }

    /// decisions.md 5: a key, exactly one, and a UUID.
    async fn a_creation_needs_its_key(hub), {
        let (_nora, amina, ticket) = hub.conversation().await;
        let path = format!("/v1/tickets/{ticket}/messages");
        for key in ["", "7", "not-a-uuid", "00000000-0000-7000-8000-00000000000"] {
            let body = Some(json!({ "kind": "reply", "text": "x" }).to_string());
            let answer = amina.browser.ask(reqwest::Method::POST, &path, body, &[("idempotency-key", key)]).await;
            assert_eq!(answer.problem().code, BadKey, "{key:?}");
        }
        assert_eq!(amina.history(ticket).await.len(), 2);
    }

    /// Queries are as strict as bodies, and pages of lists have a limit (R-I6).
    async fn a_query_is_strict_and_a_list_is_bounded(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        for (path, code) in [
            ("/v1/agent/tickets?sort=password", UnknownField),
            ("/v1/agent/tickets?view=everything", BadValue),
            ("/v1/agent/tickets?team=7", Malformed),
            ("/v1/agent/tickets?cursor=garbage", BadValue),
            ("/v1/agent/tickets?limit=-1", Malformed),
        ] {
            assert_eq!(nora.browser.get::<Value>(path).await.unwrap_err().code, code, "{path}");
        }
        for (query, code, field) in [
            ("", Required, "q"),
            ("q=%25", Required, "q"),
            ("q=%20_%27%5c", Required, "q"),
            ("q=a%00b", BadCharacter, "q"),
            (&*format!("q={}", "a".repeat(201)), TooLong, "q"),
            ("q=card&after=garbage", BadValue, "after"),
            ("q=card&limit=ten", Malformed, "limit"),
            ("q=card&sort=rank", UnknownField, "sort"),
        ] {
            let refused = nora.browser.get::<Value>(&format!("/v1/agent/search?{query}")).await.unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some(field)), "{query}");
        }
        for q in ["%27%20or%201=1--", "*", "card%20OR%20x", "NEAR(card)", "x:*%20%7C%20card"] {
            // None of them is a pattern or a statement.
            let found = nora.browser.get::<Value>(&format!("/v1/agent/search?q={q}")).await;
            assert!(found.as_ref().map_or(true, |found| found["hits"].as_array().unwrap().is_empty()), "{q}: {found:?}");
        }
        for n in 0..105 {
            hub.site.guest("many@example.org", &format!("matter {n}")).await;
        }
        let list: Value = nora.browser.get("/v1/agent/tickets?limit=100000").await.unwrap();
        assert_eq!(list["rows"].as_array().unwrap().len(), 100);
        let rest: Value =
            nora.browser.get(&format!("/v1/agent/tickets?limit=100&cursor={}", list["next"].as_str().unwrap())).await.unwrap();
        assert_eq!(rest["rows"].as_array().unwrap().len(), 6);
        let events: Value = amina.browser.get(&format!("/v1/tickets/{ticket}/events?limit=100000")).await.unwrap();
        assert_eq!(events["last_n"], 2);
    }
}
