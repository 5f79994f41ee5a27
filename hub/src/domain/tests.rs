//! Tables and properties of what the domain decides.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use protocol::ErrorCode;
use protocol::model::{Detail, Role, Status};
use protocol::{LoginId, ParticipantId, SiteId, TeamId, TicketId};
use uuid::Uuid;

use super::access::{self, Agent, Audience, Grant, TicketRef, Visitor, Who};
use super::clock::Clock;
use super::email::{Email, mask};
use super::limits::{NAME_CHARS_MAX, TEXT_BYTES_MAX, TEXT_CHARS_MAX};
use super::message::{Name, Subject, Text, last_line, parse_details};
use super::ticket::{Cause, after};

const STATUSES: [Status; 4] = [Status::Open, Status::Pending, Status::Solved, Status::Closed];

#[test]
fn a_ticket_moves_as_the_table_says() {
    use Status::{Closed, Open, Pending, Solved};
    let table = [
        // from      requester  replied  asked    solved  reopened  put back  time
        (Open, [Open, Pending, Pending, Solved, Open, Open, Open]),
        (Pending, [Open, Pending, Pending, Solved, Open, Pending, Pending]),
        (Solved, [Open, Solved, Pending, Solved, Open, Pending, Closed]),
        (Closed, [Open, Closed, Pending, Closed, Open, Pending, Closed]),
    ];
    let causes = [
        Cause::RequesterReplied,
        Cause::AgentReplied,
        Cause::AgentAsked,
        Cause::AgentSolved,
        Cause::AgentReopened,
        Cause::AgentPutBack,
        Cause::TimePassed,
    ];
    for (from, to) in table {
        assert_eq!(causes.map(|cause| after(from, cause)), to, "from {from:?}");
    }
}

#[test]
fn any_reply_of_the_requester_reopens() {
    for status in STATUSES {
        assert_eq!(after(status, Cause::RequesterReplied), Status::Open);
    }
}

fn text(raw: &str) -> Result<Text, (ErrorCode, Option<u64>)> {
    Text::parse(raw.to_owned()).map_err(|refusal| (refusal.code, refusal.limit))
}

#[test]
fn text_is_refused_when_blank_too_long_or_with_nul_and_kept_as_it_is_otherwise() {
    assert_eq!(text(" \n\t "), Err((ErrorCode::Required, None)));
    assert_eq!(text("a\0b"), Err((ErrorCode::BadCharacter, None)));
    assert_eq!(text(&"a".repeat(TEXT_CHARS_MAX + 1)), Err((ErrorCode::TooLong, Some(TEXT_CHARS_MAX as u64))));
    assert!(text(&"a".repeat(TEXT_CHARS_MAX)).is_ok());
    // Four bytes each: the byte limit comes first, and is told in characters.
    assert_eq!(text(&"🙏".repeat(3_073)), Err((ErrorCode::TooLong, Some(TEXT_BYTES_MAX as u64 / 4))));
    assert!(text(&"🙏".repeat(3_072)).is_ok());
    assert_eq!(text("  two\nlines  ").unwrap().as_str(), "  two\nlines  ");
}

#[test]
fn a_name_is_one_line_without_marks_that_turn_it_round() {
    let code = |raw: &str| Name::parse(raw).map_err(|refusal| refusal.code);
    assert_eq!(Name::parse("  Zoë 王 ").unwrap().as_str(), "Zoë 王");
    assert_eq!(code(""), Err(ErrorCode::Required));
    assert_eq!(code("a\r\nBcc: x"), Err(ErrorCode::BadCharacter));
    assert_eq!(code("\u{202E}nimda"), Err(ErrorCode::BadCharacter));
    assert_eq!(code(&"n".repeat(NAME_CHARS_MAX + 1)), Err(ErrorCode::TooLong));
    assert_eq!(Name::parse_optional(Some("  ")), Ok(None));
}

#[test]
fn a_subject_comes_from_the_first_line_when_none_is_given() {
    let body = text("\n  My card\u{202E} was charged \nTwice.").unwrap();
    assert_eq!(Subject::parse("", &body).unwrap().as_str(), "My card was charged ");
    assert_eq!(Subject::parse(" Card ", &body).unwrap().as_str(), "Card");
}

#[test]
fn details_must_be_the_topics_own() {
    let fields = ["transaction_id".to_owned()];
    let detail = |key: &str, value: &str| Detail { key: key.into(), value: value.into() };
    let code = |details| {
        parse_details(details, &fields).map_err(|refusal| (refusal.code, refusal.field.unwrap().into_owned()))
    };
    assert_eq!(code(vec![detail("transaction_id", " TX-1 ")]), Ok(vec![detail("transaction_id", "TX-1")]));
    assert_eq!(code(vec![detail("transaction_id", " ")]), Ok(vec![]));
    assert_eq!(code(vec![detail("role", "admin")]), Err((ErrorCode::BadValue, "details".into())));
    assert_eq!(
        code(vec![detail("transaction_id", "a\0")]),
        Err((ErrorCode::BadCharacter, "details.transaction_id".into()))
    );
    assert_eq!(
        code(vec![detail("transaction_id", &"x".repeat(201))]),
        Err((ErrorCode::TooLong, "details.transaction_id".into()))
    );
}

#[test]
fn the_last_line_is_folded_and_cut() {
    assert_eq!(last_line(" a\n\n b\tc "), "a b c");
    assert_eq!(last_line(&"x".repeat(141)), format!("{}…", "x".repeat(139)));
}

#[test]
fn addresses_compare_by_domain_and_ascii_case_alone() {
    // R-A17 and CVE-2019-19844.
    let canonical = |raw: &str| Email::parse(raw).map(|email| email.canonical().to_owned());
    assert_eq!(canonical(" Amina.Haddad@Example.ORG "), Ok("amina.haddad@example.org".into()));
    assert_eq!(canonical("a@BÜCHER.example"), Ok("a@xn--bcher-kva.example".into()));
    assert_eq!(Email::parse("Amina@Example.org").unwrap().typed(), "Amina@Example.org");
    for bad in [
        "",
        "a",
        "a@",
        "@b.c",
        "a@localhost",
        "a@[127.0.0.1]",
        "-oQ/tmp@example.org",
        "ａ@example.org",
        "mıke@example.org",
        "\"a b\"@example.org",
        "a b@example.org",
        "a@exa mple.org",
        "a@example.org\nBcc: x@y.z",
        "a@b@example.org",
        "Amina <a@example.org>",
    ] {
        assert!(Email::parse(bad).is_err(), "{bad:?} was taken");
    }
    assert!(Email::parse(&format!("{}@example.org", "a".repeat(300))).is_err());
}

#[test]
fn a_masked_address_shows_first_and_last_and_the_domain() {
    assert_eq!(mask("amina.haddad@example.org"), "a•••d@example.org");
    assert_eq!(mask("a@example.org"), "a•••@example.org");
}

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn agent(role: Role, site: u128) -> Who {
    Who::Agent(Agent { site: id(site), login: id::<LoginId>(1), id: id(10), role, teams: vec![id(20)] })
}

fn a_ticket(team: Option<u128>, assignee: Option<u128>) -> TicketRef {
    TicketRef {
        site: id::<SiteId>(1),
        id: id::<TicketId>(2),
        team: team.map(id::<TeamId>),
        assignee: assignee.map(id::<ParticipantId>),
        requester: id(30),
        last_seq: 9,
        last_pub_seq: 7,
    }
}

#[test]
fn an_agent_reaches_own_teams_unassigned_and_own_tickets() {
    // R-D1, decisions.md 18.
    let may = |role, team, assignee| access::read(&agent(role, 1), &a_ticket(team, assignee)).is_some();
    for (team, assignee, reach) in [
        (None, None, true),
        (Some(20), None, true),
        (Some(20), Some(11), true),
        (None, Some(10), true),
        (Some(21), Some(10), true),
        (Some(21), None, false),
        (Some(21), Some(11), false),
        (None, Some(11), false),
    ] {
        assert_eq!(may(Role::Agent, team, assignee), reach, "team {team:?}, assignee {assignee:?}");
        assert!(may(Role::Lead, team, assignee) && may(Role::Admin, team, assignee));
    }
}

#[test]
fn nobody_reaches_another_site_and_a_visitor_only_own_tickets() {
    // R-D2, R-D6, R-A13.
    let ticket = a_ticket(None, None);
    let visitor = |site, customer: Option<u128>, granted: Option<u128>| {
        let grants = granted.map(|ticket| Grant { ticket: id(ticket), participant: id(31), proven: false });
        let who =
            Visitor { site: id(site), login: id(1), customer: customer.map(id), grants: grants.into_iter().collect() };
        access::read(&Who::Visitor(who), &ticket)
            .map(|readable| (readable.reader(), readable.audience(), readable.last_n()))
    };
    assert!(access::read(&agent(Role::Admin, 9), &ticket).is_none());
    assert_eq!(visitor(1, Some(30), None), Some((id(30), Audience::Requester, 7)));
    assert_eq!(visitor(1, None, Some(2)), Some((id(31), Audience::Requester, 7)));
    assert_eq!(visitor(1, Some(33), Some(3)), None);
    assert_eq!(visitor(1, None, None), None);
    assert_eq!(visitor(9, Some(30), Some(2)), None);
}

#[tokio::test]
async fn a_manual_clock_wakes_whoever_waited_for_the_time() {
    let (clock, hand) = Clock::manual(1_000);
    let sleeper = clock.clone();
    let sleep = tokio::spawn(async move {
        sleeper.sleep(500).await;
        sleeper.now()
    });
    // It has to be asleep before the clock moves, since it counts from then.
    tokio::task::yield_now().await;
    hand.advance(499);
    tokio::task::yield_now().await;
    assert!(!sleep.is_finished());
    hand.advance(1);
    assert_eq!(sleep.await.unwrap(), 1_500);
    assert_eq!(clock.within(0, std::future::pending::<()>()).await, None);
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(raw in "\\PC*|.*") {
        let _ = Text::parse(raw.clone());
        let _ = Name::parse(&raw);
        let _ = Email::parse(&raw);
        let _ = mask(&raw);
        prop_assert!(last_line(&raw).chars().count() <= 140);
    }

    #[test]
    fn a_canonical_address_is_its_own_canonical_form(local in "[a-zA-Z0-9.+_-]{1,20}", domain in "[a-zé]{1,10}\\.(org|example)") {
        if let Ok(email) = Email::parse(&format!("{local}@{domain}")) {
            let again = Email::parse(email.canonical()).unwrap();
            prop_assert_eq!(again.canonical(), email.canonical());
        }
    }
}
