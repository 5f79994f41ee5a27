//! The guest's way back: a link that shows nothing, a code that opens one ticket, and how access ends.

use futures_util::future::join_all;
use hub::auth::links::LinkUse;
use protocol::frame::ResetReason;
use protocol::http::{LinkWay, TicketAccess};
use protocol::model::{AgentBody, Proof};
use protocol::{ErrorCode, Problem, TicketId};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Hub, Person, Setup, logs, wait};

const AMINA: &str = "amina.haddad@example.org";
const COOKIE: &str = "__Host-hub_visitor";
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// Programs that open the links of mails before people do.
const SCANNERS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Barracuda Sentinel (EE)",
    "GoogleImageProxy",
    "",
];

/// Amina's ticket, opened in a browser that she does not have with her, and the link of her mails.
async fn away(hub: &Hub) -> (Person, TicketId, String) {
    let (amina, ticket) = hub.site.guest(AMINA, "Where is my parcel?").await;
    (amina, ticket.id, hub.link_token(ticket.id, LinkUse::Open).await)
}

async fn access(agent: &Person, ticket: TicketId) -> TicketAccess {
    agent.browser.get(&format!("/v1/agent/tickets/{ticket}/access")).await.unwrap()
}

async fn says(browser: &Browser, path: &str, token: &str) -> Result<Value, Problem> {
    browser.post(&format!("/v1/links/{path}"), json!({ "token": token })).await
}

/// What a refusal tells, but for the request's own id.
fn told(problem: Problem) -> (ErrorCode, String, Option<String>, Option<u64>) {
    (problem.code, problem.title, problem.field, problem.retry_after_s)
}

/// Posts a code, again when there are more at once than the hub can take.
async fn posts_code(browser: Browser, token: String, code: String) -> Result<Value, Problem> {
    let form = json!({ "token": token, "code": code, "trust": false });
    loop {
        match browser.post("/v1/links/enter", &form).await {
            Err(problem) if problem.code == ErrorCode::Unavailable => {}
            answer => return answer,
        }
    }
}

fn other_than(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}

on_both! {
    /// R-A2, R-A4, R-A12, R-A13, decisions.md 10: the way from the mail to the ticket, live.
    async fn a_guest_comes_back_by_link_and_code(hub) {
        let (mut creator, ticket, token) = away(hub).await;
        let (_, other) = hub.site.guest(AMINA, "Another matter").await;
        let mut nora = hub.signs_in_as_admin().await;
        creator.follows(ticket).await;
        nora.follows(ticket).await;
        let mut amina = hub.site.visitor();
        let look = amina.opens_link(&token).await.unwrap();
        assert_eq!((look.email_masked.as_str(), look.way, look.ticket), ("a•••d@example.org", LinkWay::Code, None));
        assert!(look.unconfirmed && !look.muted);
        for secret in [AMINA, "Where is my parcel", "Nora", &ticket.to_string()] {
            assert!(!amina.browser.received().contains(secret), "{secret} before the code");
        }
        let asked = amina.asks_link_code(&token).await.unwrap();
        assert_eq!(asked.resend_after_s, 60);
        let before = amina.browser.cookie_value(COOKIE).unwrap();
        let code = amina.code_mailed_to(AMINA).await;
        let mail = hub.site.codes_to(AMINA).await.pop().unwrap();
        assert!(!mail.subject.contains(&code) && !mail.text.contains("/t/"), "a code's mail holds no link: {mail:?}");
        // R-A8: not in another browser, even with the right digits.
        let thief = hub.site.visitor();
        thief.opens_link(&token).await.unwrap();
        assert_eq!(thief.enters_link_code(&token, &code).await.unwrap_err().code, ErrorCode::WrongCode);
        assert_eq!(amina.enters_link_code(&token, &code).await.unwrap().ticket, ticket);
        assert_ne!(amina.browser.cookie_value(COOKIE).unwrap(), before);
        thief.browser.set_cookie(COOKIE, &before);
        assert_eq!(thief.ticket(ticket).await.unwrap_err().code, ErrorCode::NotSignedIn, "a cookie known before");
        // The ticket, live, with a reply box; and that one alone.
        amina.follows(ticket).await;
        amina.posts(ticket, "I am back").await;
        nora.sees(ticket, "I am back").await;
        assert_eq!(amina.ticket(other.id).await.unwrap_err().code, ErrorCode::NotFound);
        let me: Value = amina.browser.get("/v1/me").await.unwrap();
        assert_eq!(me["guest_tickets"], json!([ticket]));
        assert_eq!(amina.opens_link(&token).await.unwrap().way, LinkWay::Open);
        // Whoever opened it without a proof is out, at once.
        let reset = creator.socket().wait("the feed's end", |page| page.feed(ticket).reset).await;
        assert_eq!(reset, ResetReason::Forbidden);
        assert_eq!(creator.ticket(ticket).await.unwrap_err().code, ErrorCode::NotSignedIn);
        // Agents see it, live.
        let confirmed = |body: &AgentBody| matches!(body, AgentBody::Address { proof: Proof::Confirmed, .. });
        nora.socket().wait("the address is confirmed", |page| page.feed(ticket).applied.iter().find(|line| confirmed(&line.body)).map(drop)).await;
        assert_eq!(nora.agent_ticket(ticket).await.requester.proof, Proof::Confirmed);
        let seen = access(&nora, ticket).await;
        assert!(seen.link.unwrap().last_seen_at.is_some());
        assert_eq!(seen.sessions.iter().map(|session| session.proven).collect::<Vec<_>>(), [true]);
    }

    /// R-A14, R-E7: here, everywhere, by an agent; open sockets too.
    async fn access_ends_here_everywhere_and_by_an_agent(hub) {
        let (_, ticket, token) = away(hub).await;
        let nora = hub.signs_in_as_admin().await;
        let mut people = Vec::new();
        for _ in 0..2 {
            // A minute lies between two codes; an agent need not wait for it.
            let _: Value = nora.browser.post(&format!("/v1/agent/tickets/{ticket}/access/end"), json!({})).await.unwrap();
            let mut amina = hub.site.visitor();
            let token = hub.link_token(ticket, LinkUse::Open).await;
            amina.comes_back(&token, AMINA).await;
            amina.follows(ticket).await;
            people.push(amina);
        }
        let (mut second, mut first) = (people.pop().unwrap(), people.pop().unwrap());
        // The agent's end of the first.
        first.socket().wait("the first one's end", |page| page.feed(ticket).reset).await;
        assert_eq!(first.ticket(ticket).await.unwrap_err().code, ErrorCode::NotSignedIn);
        assert_eq!(second.opens_link(&token).await.unwrap_err().code, ErrorCode::NotFound, "the link from before");
        // Everywhere, by the guest; the window that did it, too.
        let current = hub.link_token(ticket, LinkUse::Open).await;
        let mut window = second.other_window();
        window.follows(ticket).await;
        let path = format!("/v1/tickets/{ticket}/end-access");
        let _: Value = second.browser.post(&path, json!({ "everywhere": true })).await.unwrap();
        for person in [&mut second, &mut window] {
            person.socket().wait("the feed's end", |page| page.feed(ticket).reset).await;
        }
        assert_eq!(second.opens_link(&current).await.unwrap_err().code, ErrorCode::NotFound);
        assert!(access(&nora, ticket).await.sessions.is_empty());
        // Here alone: the link still leads back.
        let _: Value = nora.browser.post(&format!("/v1/agent/tickets/{ticket}/access/end"), json!({})).await.unwrap();
        let third = hub.site.visitor();
        let token = hub.link_token(ticket, LinkUse::Open).await;
        third.comes_back(&token, AMINA).await;
        let _: Value = third.browser.post(&path, json!({ "everywhere": false })).await.unwrap();
        assert_eq!(third.ticket(ticket).await.unwrap_err().code, ErrorCode::NotSignedIn);
        assert_eq!(third.opens_link(&token).await.unwrap().way, LinkWay::Code);
    }

    /// R-A14: a corrected address ends what was given for the old one.
    async fn a_corrected_address_voids_the_old_ones_link(hub) {
        let (creator, ticket, token) = away(hub).await;
        let reader = hub.site.visitor();
        reader.opens_link(&token).await.unwrap();
        reader.asks_link_code(&token).await.unwrap();
        let code = reader.code_mailed_to(AMINA).await;
        let path = format!("/v1/tickets/{ticket}/address");
        let _: Value = creator.browser.put(&path, json!({ "email": "right@example.org" })).await.unwrap();
        assert_eq!(reader.enters_link_code(&token, &code).await.unwrap_err().code, ErrorCode::WrongCode);
        assert_eq!(reader.opens_link(&token).await.unwrap_err().code, ErrorCode::NotFound);
        creator.ticket(ticket).await.unwrap();
        let new = hub.link_token(ticket, LinkUse::Open).await;
        assert_eq!(hub.site.visitor().opens_link(&new).await.unwrap().email_masked, "r•••t@example.org");
    }

    /// Decisions.md 10: a stranger who typed a victim's address cannot come between the victim and the hub.
    async fn a_stranger_who_typed_a_victims_address_gains_nothing(hub) {
        let (mut stranger, ticket) = hub.site.guest(AMINA, "I am Amina, honestly").await;
        let (_, own) = hub.site.guest(AMINA, "Amina's own").await;
        stranger.follows(ticket.id).await;
        assert_eq!(stranger.ticket(own.id).await.unwrap_err().code, ErrorCode::NotFound);
        let list: Value = stranger.browser.get("/v1/tickets").await.unwrap();
        assert_eq!(list["rows"].as_array().unwrap().len(), 1);
        let token = hub.link_token(ticket.id, LinkUse::Open).await;
        let victim = hub.site.visitor();
        assert!(victim.opens_link(&token).await.unwrap().unconfirmed);
        for _ in 0..2 {
            // A repeat is as good.
            says(&victim.browser, "not-me", &token).await.unwrap();
        }
        stranger.socket().wait("the feed's end", |page| page.feed(ticket.id).reset).await;
        assert_eq!(stranger.ticket(ticket.id).await.unwrap_err().code, ErrorCode::NotSignedIn);
        assert!(victim.opens_link(&token).await.unwrap().muted);
        let nora = hub.signs_in_as_admin().await;
        assert!(access(&nora, ticket.id).await.muted);
        assert!(!access(&nora, own.id).await.muted, "that ticket alone");
    }

    /// Decisions.md 15, M7, R-A14.
    async fn a_trusted_browser_is_shut_out_by_the_mail_that_told_of_it(hub) {
        let (_, ticket, token) = away(hub).await;
        let mut amina = hub.site.visitor();
        amina.opens_link(&token).await.unwrap();
        amina.asks_link_code(&token).await.unwrap();
        let code = amina.code_mailed_to(AMINA).await;
        let entered = json!({ "token": token, "code": code, "trust": true });
        let _: Value = amina.browser.post("/v1/links/enter", entered).await.unwrap();
        amina.follows(ticket).await;
        let nora = hub.signs_in_as_admin().await;
        let session = access(&nora, ticket).await.sessions.pop().unwrap();
        assert!(session.trusted && session.proven);
        let anybody = hub.site.browser();
        let end = hub.end_trust_token(session.id, ticket);
        for path in ["look", "mails", "unsubscribe", "not-me"] {
            assert_eq!(says(&anybody, path, &end).await.unwrap_err().code, ErrorCode::NotFound, "{path}: another use");
        }
        assert_eq!(says(&anybody, "end-trust", &token).await.unwrap_err().code, ErrorCode::NotFound);
        for _ in 0..2 {
            says(&anybody, "end-trust", &end).await.unwrap();
        }
        amina.socket().wait("the feed's end", |page| page.feed(ticket).reset).await;
        assert!(access(&nora, ticket).await.sessions.is_empty());
        for act in ["guest.trust_given", "guest.trust_ended"] {
            assert!(hub.database_holds(act).await, "{act} is in the audit (R-J2)");
        }
    }

    /// Decisions.md 16: an account's ticket is reached by signing in.
    async fn a_link_to_an_accounts_ticket_leads_to_signing_in(hub) {
        let customer = hub.site.customer(AMINA).await;
        let own = customer.opens_as_customer("mine").await.unwrap();
        let token = hub.link_token(own.id, LinkUse::Open).await;
        let look = customer.opens_link(&token).await.unwrap();
        assert_eq!((look.way, look.ticket), (LinkWay::Open, Some(own.id)));
        let elsewhere = hub.site.visitor();
        let look = elsewhere.opens_link(&token).await.unwrap();
        assert_eq!((look.way, look.ticket), (LinkWay::SignIn, None));
        assert_eq!(elsewhere.asks_link_code(&token).await.unwrap_err().code, ErrorCode::Conflict);
        // A guest's ticket that was taken into the account is the account's.
        let (_, ticket, token) = away(hub).await;
        assert_eq!(elsewhere.opens_link(&token).await.unwrap().way, LinkWay::Code);
        let _: Value = customer.browser.post(&format!("/v1/tickets/{ticket}/join"), json!({})).await.unwrap();
        assert_eq!(elsewhere.opens_link(&token).await.unwrap().way, LinkWay::SignIn);
    }

    /// R-A6: a hundred right posts at once.
    async fn a_hundred_right_codes_at_once_open_one_session(hub) {
        let (_, ticket, token) = away(hub).await;
        let amina = hub.site.visitor();
        amina.opens_link(&token).await.unwrap();
        amina.asks_link_code(&token).await.unwrap();
        let code = amina.code_mailed_to(AMINA).await;
        let posts = (0..100).map(|_| tokio::spawn(posts_code(amina.browser.fork(hub.addr()), token.clone(), code.clone())));
        let answers: Vec<_> = join_all(posts).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let nora = hub.signs_in_as_admin().await;
        assert_eq!(access(&nora, ticket).await.sessions.len(), 1);
    }

    /// R-A7: two hundred wrong posts at once, and then the right one.
    async fn two_hundred_wrong_codes_at_once_use_up_five_tries(hub) {
        let (_, _, token) = away(hub).await;
        let amina = hub.site.visitor();
        amina.opens_link(&token).await.unwrap();
        amina.asks_link_code(&token).await.unwrap();
        let code = amina.code_mailed_to(AMINA).await;
        for _ in 0..5 {
            let posts = (0..40).map(|_| tokio::spawn(posts_code(amina.browser.clone(), token.clone(), other_than(&code))));
            let answers = join_all(posts).await.into_iter().map(|answer| answer.unwrap().unwrap_err().code);
            assert!(answers.into_iter().all(|code| code == ErrorCode::WrongCode));
        }
        assert_eq!(amina.enters_link_code(&token, &code).await.unwrap_err().code, ErrorCode::WrongCode);
    }

    /// R-A1, R-J1, R-J2, R-A15: what is kept and what is told.
    async fn no_token_or_code_is_kept_or_logged_and_every_act_is_in_the_audit(hub) {
        let (_, ticket, token) = away(hub).await;
        let unsubscribe = hub.link_token(ticket, LinkUse::Unsubscribe).await;
        let amina = hub.site.visitor();
        for path in [format!("/t/{token}"), format!("/u/{unsubscribe}"), format!("/t/{token}?x=1")] {
            amina.browser.ask(Method::GET, &path, None, &[]).await;
        }
        says(&amina.browser, "not-me", &token).await.unwrap();
        amina.comes_back(&token, AMINA).await;
        assert_eq!(says(&amina.browser, "not-me", &token).await.unwrap_err().code, ErrorCode::Conflict, "it was");
        let code = amina.code_mailed_to(AMINA).await;
        assert_eq!(amina.enters_link_code(&token, &code).await.unwrap_err().code, ErrorCode::WrongCode, "used");
        says(&amina.browser, "look", "a-token-that-never-was").await.unwrap_err();
        says(&amina.browser, "unsubscribe", &unsubscribe).await.unwrap();
        says(&amina.browser, "subscribe", &unsubscribe).await.unwrap();
        says(&amina.browser, "unsubscribe", &unsubscribe).await.unwrap();
        let _: Value = amina.browser.post("/v1/links/lost", json!({ "email": AMINA })).await.unwrap();
        let path = format!("/v1/tickets/{ticket}/end-access");
        let _: Value = amina.browser.post(&path, json!({ "everywhere": true })).await.unwrap();
        let acts = [
            "guest.link_used", "guest.link_refused", "guest.code_asked", "guest.code_failed", "guest.code_entered",
            "guest.unsubscribed", "guest.subscribed", "guest.disowned", "guest.links_asked", "guest.access_ended",
        ];
        for act in acts {
            assert!(hub.database_holds(act).await, "{act} is in the audit");
        }
        let log = logs::lines();
        for secret in [token.as_str(), &unsubscribe, &code, AMINA] {
            assert!(!log.contains(secret), "{secret} stands in the log");
        }
        assert!(log.contains("/t/{token}"), "the path's pattern alone");
        for secret in [token.as_str(), &unsubscribe, &code] {
            assert!(!hub.database_holds(secret).await, "{secret} stands in the database");
        }
    }
}

on_sqlite! {
    /// R-A3, R-A2, R-A15, R-G9: scanners may come as often as they like.
    async fn fifty_looks_of_scanners_change_nothing_and_the_humans_way_still_works(hub), {
        let (_, ticket, token) = away(hub).await;
        let never_was = "A".repeat(43);
        let mut documents = Vec::new();
        for round in 0..50 {
            let scanner = hub.site.browser();
            let method = if round % 3 == 0 { Method::HEAD } else { Method::GET };
            let path = match round % 5 {
                0 => format!("/t/{never_was}"),
                1 => format!("/u/{token}"),
                2 => format!("/r/{token}"),
                _ => format!("/t/{token}"),
            };
            let answer = scanner.ask(method.clone(), &path, None, &[("user-agent", SCANNERS[round % SCANNERS.len()])]).await;
            assert_eq!(answer.status, 200, "{method} {path}");
            for (name, value) in [("referrer-policy", "no-referrer"), ("cache-control", "no-store"), ("x-robots-tag", "noindex")] {
                assert_eq!(answer.header(name), Some(value), "{path}");
            }
            assert!(scanner.cookie_lines().is_empty(), "no cookie");
            if method == Method::GET {
                documents.push(answer.body);
            }
        }
        documents.dedup();
        assert_eq!(documents.len(), 1, "the same bytes for every token");
        let guest = hub.site.browser().ask(Method::GET, "/guest", None, &[]).await;
        assert_eq!(guest.body, documents[0]);
        let nora = hub.admin().await;
        assert_eq!(access(&nora, ticket).await.link.unwrap().last_seen_at, None);
        // A scanner that posts has no cookie, or is no page of the hub.
        let scanner = hub.site.browser();
        assert_eq!(says(&scanner, "code", &token).await.unwrap_err().code, ErrorCode::NotSignedIn);
        for headers in [[("sec-fetch-site", "cross-site")], [("origin", "http://evil.test")]] {
            for path in ["look", "code", "enter", "lost", "not-me", "mails", "unsubscribe", "subscribe", "end-trust"] {
                let body = Some(json!({ "token": token }).to_string());
                let answer = scanner.ask(Method::POST, &format!("/v1/links/{path}"), body, &headers).await;
                assert_eq!(answer.problem().code, ErrorCode::CrossOrigin, "{path}");
            }
        }
        let amina = hub.site.visitor();
        assert!(hub.site.codes_to(AMINA).await.is_empty(), "no mail");
        assert_eq!(amina.comes_back(&token, AMINA).await.ticket, ticket);
        assert_eq!(hub.site.codes_to(AMINA).await.len(), 1);
    }

    /// R-A4: an address in the request is no recipient.
    async fn a_code_goes_nowhere_but_to_the_tickets_address(hub), {
        let (_, _, token) = away(hub).await;
        let thief = hub.site.visitor();
        thief.opens_link(&token).await.unwrap();
        for extra in [
            json!({ "token": token, "email": "thief@evil.test" }),
            json!({ "token": token, "to": [AMINA, "thief@evil.test"] }),
            json!({ "token": [token, token] }),
        ] {
            let refused = thief.browser.post::<Value>("/v1/links/code", extra).await.unwrap_err();
            assert!([ErrorCode::UnknownField, ErrorCode::Malformed].contains(&refused.code), "{refused:?}");
        }
        thief.asks_link_code(&token).await.unwrap();
        thief.code_mailed_to(AMINA).await;
        assert!(hub.site.mails_to("thief@evil.test").await.is_empty());
    }

    /// R-A10: one answer for every link that does not hold, and one for every code.
    async fn what_does_not_hold_looks_all_the_same(hub) with Setup::default().manual_clock(), {
        let (_, ticket, token) = away(hub).await;
        let voided = token.clone();
        let nora = hub.admin().await;
        let _: Value = nora.browser.post(&format!("/v1/agent/tickets/{ticket}/access/end"), json!({})).await.unwrap();
        let token = hub.link_token(ticket, LinkUse::Open).await;
        let unsubscribe = hub.link_token(ticket, LinkUse::Unsubscribe).await;
        let (_, other) = hub.site.guest(AMINA, "another matter").await;
        let others = hub.link_token(other.id, LinkUse::Open).await;
        // The first half names a row, the second is the proof.
        let mixed = format!("{}{}", &token[..21], &others[21..]);
        let amina = hub.site.visitor();
        amina.opens_link(&token).await.unwrap();
        let mut refusals = Vec::new();
        for bad in ["", "x", &"A".repeat(43), &voided, &unsubscribe, &mixed, &token[..42], &format!("{token}A"), "ü"] {
            for path in ["look", "code", "not-me", "end-trust"] {
                refusals.push(told(says(&amina.browser, path, bad).await.unwrap_err()));
            }
        }
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0].0, ErrorCode::NotFound);

        // Codes.
        let enters = async |token: &str, code: &str| told(amina.enters_link_code(token, code).await.unwrap_err());
        let mut refusals = vec![enters(&token, "00000000").await, enters("no token", "00000000").await, enters(&voided, "").await];
        amina.asks_link_code(&token).await.unwrap();
        let expired = amina.code_mailed_to(AMINA).await;
        hub.clock().advance(10 * MINUTE_MS + 1_000);
        refusals.push(enters(&token, &expired).await);
        amina.asks_link_code(&token).await.unwrap();
        let right = wait::until("the second mail", async || Some(amina.code_mailed_to(AMINA).await).filter(|code| *code != expired)).await;
        refusals.push(enters(&token, &expired).await);
        refusals.push(enters(&token, &other_than(&right)).await);
        refusals.push(enters(&token, "no digits").await);
        refusals.push(enters(&others, &right).await);
        amina.enters_link_code(&token, &right).await.unwrap();
        refusals.push(enters(&token, &right).await);
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0].0, ErrorCode::WrongCode);
    }

    /// R-A9, R-A6: limits over HTTP say when they end; whoever entered a code before is not among those
    /// who used them up, also after the login has expired.
    async fn too_many_codes_wait_and_a_known_browser_does_not(hub) with Setup::default().manual_clock(), {
        let (_, ticket, token) = away(hub).await;
        let known = hub.site.visitor();
        known.comes_back(&token, AMINA).await;
        hub.clock().advance(DAY_MS + MINUTE_MS);
        assert_eq!(known.ticket(ticket).await.unwrap_err().code, ErrorCode::NotSignedIn, "expired");
        for n in 0..3 {
            let stranger = hub.site.visitor();
            stranger.opens_link(&token).await.unwrap();
            let asked = stranger.asks_link_code(&token).await.unwrap();
            assert_eq!(asked.resend_after_s, if n < 2 { 60 } else { 13 * 60 });
            hub.clock().advance(MINUTE_MS);
        }
        let stranger = hub.site.visitor();
        stranger.opens_link(&token).await.unwrap();
        let body = Some(json!({ "token": token }).to_string());
        let refused = stranger.browser.ask(Method::POST, "/v1/links/code", body, &[]).await;
        assert_eq!(refused.problem().code, ErrorCode::TooManyRequests);
        assert_eq!(refused.header("retry-after"), Some("720"));
        assert_eq!(known.opens_link(&token).await.unwrap().way, LinkWay::Code);
        assert_eq!(known.asks_link_code(&token).await.unwrap().resend_after_s, 60);
        assert_eq!(known.asks_link_code(&token).await.unwrap_err().code, ErrorCode::TooManyRequests);
        hub.clock().advance(DAY_MS);
        stranger.opens_link(&token).await.unwrap();
        stranger.asks_link_code(&token).await.unwrap();
    }

    /// R-H5, RFC 8058, decisions.md 30.
    async fn unsubscribing_takes_a_post_and_mutes_one_ticket(hub), {
        let (amina, ticket, open) = away(hub).await;
        let token = hub.link_token(ticket, LinkUse::Unsubscribe).await;
        let nora = hub.admin().await;
        let muted = async || access(&nora, ticket).await.muted;
        let program = hub.site.browser();
        let bare = [("origin", ""), ("sec-fetch-site", ""), ("content-type", "application/x-www-form-urlencoded")];
        let click = async |token: &str, form: &str| {
            program.ask(Method::POST, &format!("/u/{token}"), Some(form.to_owned()), &bare).await
        };
        program.ask(Method::GET, &format!("/u/{token}"), None, &[]).await;
        assert_eq!(click(&token, "x=1").await.problem().code, ErrorCode::Malformed);
        assert_eq!(click(&open, "List-Unsubscribe=One-Click").await.problem().code, ErrorCode::NotFound, "another use");
        assert!(!muted().await);
        // The page says which request it is about, and that alone: a number that stands in the mail (R-A2).
        let number = &amina.ticket(ticket).await.unwrap()["ticket"]["number"];
        let mails = async |token: &str| program.post::<Value>("/v1/links/mails", json!({ "token": token })).await;
        assert_eq!(mails(&token).await.unwrap(), json!({ "number": number, "muted": false }));
        assert_eq!(mails(&open).await.unwrap_err().code, ErrorCode::NotFound);
        assert!(!muted().await, "a look mutes nothing");
        for _ in 0..2 {
            let answer = click(&token, "List-Unsubscribe=One-Click").await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
            assert!(answer.body.contains("no more mails") && program.cookie_lines().is_empty());
        }
        assert!(muted().await);
        amina.ticket(ticket).await.unwrap();
        says(&program, "subscribe", &token).await.unwrap();
        assert!(!muted().await);
        says(&program, "unsubscribe", &token).await.unwrap();
        assert!(muted().await);
        assert_eq!(mails(&token).await.unwrap()["muted"], true);
        assert_eq!(says(&program, "unsubscribe", &open).await.unwrap_err().code, ErrorCode::NotFound);
        // A code is no alert: it comes.
        let elsewhere = hub.site.visitor();
        assert_eq!(elsewhere.comes_back(&open, AMINA).await.ticket, ticket);
    }

    /// R-A11: nobody learns which addresses have tickets; only the network is told to wait.
    async fn lost_links_are_answered_alike_for_every_address(hub), {
        let _ = away(hub).await;
        let browser = hub.site.browser();
        let mut answers = Vec::new();
        for address in [AMINA, "nobody@example.org", AMINA, AMINA, AMINA, "nobody@example.org"] {
            let answer = browser.ask(Method::POST, "/v1/links/lost", Some(json!({ "email": address }).to_string()), &[]).await;
            let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            answers.push((answer.status, answer.body, names));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0].0, 202);
        let lost = async |email: &str| browser.post::<Value>("/v1/links/lost", json!({ "email": email })).await;
        assert_eq!(lost("no address").await.unwrap_err().code, ErrorCode::BadEmail);
        for n in 0..4 {
            lost(&format!("p{n}@example.org")).await.unwrap();
        }
        let refused = lost("one.more@example.org").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooManyRequests);
        assert!(refused.retry_after_s.is_some_and(|s| s > 0 && s <= 3_600));
    }
}
