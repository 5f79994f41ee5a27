//! Tests of the live layer's pure parts: the queue, the frames, the limits.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use futures_util::FutureExt;
use proptest::prelude::*;
use protocol::frame::{ClientFrame, CloseCode};
use protocol::model::Role;
use protocol::{ConnectionId, ErrorCode, LoginId, ParticipantId, SiteId, TicketId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::admission::{Admission, Turns};
use super::connection::Connection;
use super::flood::Bucket;
use super::inbound::{Decoded, decode};
use super::outbox::{Fleeting, Offered, Outbox, Refill};
use super::registry::Registry;
use super::resume::reread;
use super::rights::end_with_words;
use crate::alerts::tests::hub_on;
use crate::bus::{Bus, Signal};
use crate::domain::Clock;
use crate::domain::access::{Audience, Visitor, Who};
use crate::domain::limits::{
    CONNECTIONS_PER_LOGIN_MAX, CONNECTIONS_PER_NETWORK_MAX, HANDSHAKE_WAIT_MS, HANDSHAKES_AT_ONCE_MAX, OUTBOX_BYTES_MAX,
};
use crate::store::tests::bench::{Bench, Opened, TestAgent, reply};
use crate::store::writer::{Act, Actor, MarkMove};

fn ticket(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

/// An event's frame that tells its ticket and number, padded to a size.
fn frame(ticket: TicketId, n: i64, bytes: usize) -> Utf8Bytes {
    let mut text = format!("{}:{n}", ticket.0.as_u128());
    text.push_str(&" ".repeat(bytes.saturating_sub(text.len())));
    text.into()
}

fn drain(outbox: &mut Outbox) -> Vec<String> {
    let mut frames = Vec::new();
    outbox.take(usize::MAX, &mut frames);
    frames.iter().map(|frame| frame.trim_end().to_owned()).collect()
}

#[test]
fn live_events_wait_until_the_position_is_known_and_are_then_refilled() {
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    assert!(outbox.join(a, 3));
    assert_eq!(outbox.offer(a, 5, &frame(a, 5, 8), 0), Offered::Taken);
    outbox.joined(a, 4);
    assert_eq!(drain(&mut outbox), Vec::<String>::new());
    let refill = outbox.next_refill().unwrap();
    assert_eq!(refill, Refill { ticket: a, after: 3 });
    outbox.refilled(refill, [(4, 0, frame(a, 4, 8)), (5, 0, frame(a, 5, 8))], 5);
    outbox.offer(a, 6, &frame(a, 6, 8), 0);
    assert_eq!(drain(&mut outbox), ["1:4", "1:5", "1:6"]);
    assert_eq!(outbox.next_refill(), None);
}

#[test]
fn a_read_event_has_waited_since_its_commit_unless_it_is_from_before_the_page_came() {
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    let read = |n| (n, 100 * n, frame(a, n, 8));
    let waited_since = |outbox: &mut Outbox| outbox.take(usize::MAX, &mut Vec::new());
    outbox.join(a, 0);
    outbox.joined(a, 2);
    // The third was written before the first two were read.
    let refill = outbox.next_refill().unwrap();
    outbox.refilled(refill, [1, 2, 3].map(read), 3);
    assert_eq!(waited_since(&mut outbox), Some(300));
    // A hint of the fifth, while that of the fourth was lost.
    outbox.offer(a, 5, &frame(a, 5, 8), 900);
    let refill = outbox.next_refill().unwrap();
    outbox.refilled(refill, [4, 5].map(read), 5);
    assert_eq!(waited_since(&mut outbox), Some(400));
}

#[test]
fn doubled_and_delayed_hints_change_nothing_and_a_hole_is_read() {
    // Invariant 6.
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    outbox.join(a, 0);
    outbox.joined(a, 0);
    for n in [1, 1, 2, 1] {
        outbox.offer(a, n, &frame(a, n, 8), 0);
    }
    outbox.offer(a, 4, &frame(a, 4, 8), 0);
    assert_eq!(drain(&mut outbox), ["1:1", "1:2"]);
    assert_eq!(outbox.next_refill(), Some(Refill { ticket: a, after: 2 }));
}

#[test]
fn an_overflow_drops_the_lane_and_the_feed_goes_on_from_what_went_out() {
    // Invariants 13 and 14.
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    outbox.join(a, 0);
    outbox.joined(a, 0);
    outbox.offer(a, 1, &frame(a, 1, 1_000), 0);
    assert_eq!(drain(&mut outbox), ["1:1"]);
    let overflow = (2..).find(|n| outbox.offer(a, *n, &frame(a, *n, 60_000), 0) == Offered::Overflowed).unwrap();
    assert_eq!(overflow, 6, "four frames of 60,000 bytes fit into {OUTBOX_BYTES_MAX}");
    assert_eq!(outbox.lagging(), [a]);
    assert_eq!(drain(&mut outbox), Vec::<String>::new());
    assert_eq!(outbox.next_refill(), Some(Refill { ticket: a, after: 1 }));
}

#[test]
fn both_lanes_together_keep_the_bound_and_fleeting_frames_make_room() {
    // Invariants 13 and 15.
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    outbox.join(a, 0);
    outbox.joined(a, 0);
    let quarter = OUTBOX_BYTES_MAX / 4;
    for n in 2..6 {
        outbox.fleeting(Fleeting::Row(ticket(n)), frame(ticket(n), 0, quarter));
    }
    assert_eq!(outbox.bytes(), OUTBOX_BYTES_MAX);
    for n in 1..=3 {
        assert_eq!(outbox.offer(a, n, &frame(a, n, quarter), 0), Offered::Taken);
        assert_eq!(outbox.bytes(), OUTBOX_BYTES_MAX);
    }
    // A row that grew finds no room where the older one had some; nor does that one stay.
    outbox.fleeting(Fleeting::Row(ticket(2)), frame(ticket(2), 1, quarter + 1));
    assert_eq!(outbox.bytes(), 3 * quarter);
    assert_eq!(drain(&mut outbox), ["1:1", "1:2", "1:3"]);
    assert_eq!(outbox.bytes(), 0);
    assert_eq!(outbox.take_stale(), [5, 4, 3, 2].map(|n| Fleeting::Row(ticket(n))));
}

#[test]
fn control_goes_before_events_and_events_before_fleeting_frames() {
    // Invariant 15: what is fleeting never delays what is durable.
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    outbox.join(a, 0);
    outbox.joined(a, 0);
    outbox.fleeting(Fleeting::Presence(a), "old".into());
    outbox.fleeting(Fleeting::Presence(a), "new".into());
    outbox.offer(a, 1, &frame(a, 1, 8), 0);
    outbox.control("answer".into());
    assert_eq!(drain(&mut outbox), ["answer", "1:1", "new"]);
}

#[test]
fn rows_that_found_no_room_are_read_again_once_the_socket_has_drained() {
    let mut outbox = Outbox::default();
    let row: Utf8Bytes = "x".repeat(OUTBOX_BYTES_MAX / 16).into();
    for n in 0..20 {
        outbox.fleeting(Fleeting::Row(ticket(n)), row.clone());
    }
    // Of what else finds no room, marks alone are not made up for by something that comes later.
    let mark = Fleeting::Mark(ticket(1), ParticipantId(Uuid::nil()));
    for kind in [mark, mark, Fleeting::Presence(ticket(1))] {
        outbox.fleeting(kind, row.clone());
    }
    assert!(outbox.take_stale().is_empty(), "the socket comes first");
    assert_eq!(drain(&mut outbox).len(), 16);
    assert_eq!(
        outbox.take_stale(),
        [16, 17, 18, 19].map(|n| Fleeting::Row(ticket(n))).into_iter().chain([mark]).collect::<Vec<_>>()
    );
}

/// It has them again with all of its lists.
#[test]
fn a_page_that_fell_behind_with_more_rows_than_are_remembered_is_found_once() {
    let mut outbox = Outbox::default();
    outbox.fleeting(Fleeting::Shelf, "x".repeat(OUTBOX_BYTES_MAX).into());
    for n in 0..2_000 {
        outbox.fleeting(Fleeting::Row(ticket(n)), "row".into());
        outbox.fleeting(Fleeting::Row(ticket(n)), "row".into());
    }
    assert!(!outbox.take_lost());
    outbox.fleeting(Fleeting::Row(ticket(2_000)), "row".into());
    assert!(outbox.take_lost());
    assert!(!outbox.take_lost());
    assert_eq!(drain(&mut outbox).len(), 1);
    assert_eq!(outbox.take_stale(), [Fleeting::Row(ticket(2_000))]);
}

/// However many rows there are, and however they fill the lane, each reading brings the page forward.
#[test]
fn a_page_gets_all_rows_that_it_fell_behind_with() {
    for (rows, bytes) in [(2_000, 700), (65, OUTBOX_BYTES_MAX / 64), (3, OUTBOX_BYTES_MAX / 2), (400, 4_000)] {
        let mut outbox = Outbox::default();
        let offer = |outbox: &mut Outbox, n| outbox.fleeting(Fleeting::Row(ticket(n)), frame(ticket(n), 0, bytes));
        // In the way of all of them.
        outbox.fleeting(Fleeting::Shelf, "x".repeat(OUTBOX_BYTES_MAX).into());
        (0..rows).for_each(|n| offer(&mut outbox, n));
        let (mut seen, mut readings) = (drain(&mut outbox).len() - 1, 0);
        while seen < rows as usize {
            let again = outbox.take_stale();
            assert!(!again.is_empty(), "{seen} of {rows} rows of {bytes} bytes, and nothing more comes");
            again.into_iter().for_each(|row| outbox.was_read(row, frame(ticket(1), 0, bytes)));
            let bytes = outbox.bytes();
            assert!(bytes <= OUTBOX_BYTES_MAX, "{bytes} bytes wait");
            seen += drain(&mut outbox).len();
            readings += 1;
        }
        assert!(readings <= 16, "{readings} readings for {rows} rows of {bytes} bytes");
        assert!(outbox.take_stale().is_empty());
    }
}

#[test]
fn a_row_that_came_live_is_newer_than_one_that_was_being_read() {
    let mut outbox = Outbox::default();
    outbox.fleeting(Fleeting::Row(ticket(1)), "live".into());
    outbox.was_read(Fleeting::Row(ticket(1)), "read".into());
    outbox.was_read(Fleeting::Row(ticket(2)), "read".into());
    assert_eq!(drain(&mut outbox), ["live", "read"]);
}

#[tokio::test]
async fn an_agent_is_told_of_a_row_that_found_no_room_and_is_theirs_no_more() {
    let bench = Bench::sqlite().await;
    let team = bench.team("Billing").await;
    let (mia, nora) = (bench.agent("Mia", Role::Agent, &[]).await, bench.agent("Nora", Role::Lead, &[]).await);
    let (hers, not_hers) = (bench.guest_opens("one").await.id, bench.guest_opens("two").await.id);
    let (mia_acts, nora_acts) = (Actor::Agent(mia.login), Actor::Agent(nora.login));
    bench.does(hers, mia_acts, reply("Yes?")).await.unwrap();
    bench.does(not_hers, nora_acts, Act::Assign { team: Some(team), agent: None }).await.unwrap();
    let who = Who::Agent(bench.agent_of(mia).await);
    let connection = Connection::new(ConnectionId(Uuid::nil()), Audience::Agent, mia.login, who, "Mia".to_owned());
    reread(&hub_on(&bench), &connection, &[Fleeting::Row(hers), Fleeting::Row(not_hers)]).await.unwrap();
    let frames = drain(&mut connection.outbox());
    let [row, gone] = frames.as_slice() else { panic!("{frames:?}") };
    assert!(row.starts_with(r#"{"type":"inbox","ticket":{"#) && row.contains("Yes?"), "{row}");
    assert_eq!(*gone, format!(r#"{{"type":"inbox_gone","ticket":"{not_hers}"}}"#));
    bench.finish().await;
}

#[tokio::test]
async fn marks_that_found_no_room_are_told_as_they_stand_now() {
    let bench = Bench::sqlite().await;
    let (mia, nora) = (bench.agent("Mia", Role::Agent, &[]).await, bench.agent("Nora", Role::Lead, &[]).await);
    let (read, other) = (bench.guest_opens("one").await, bench.guest_opens("two").await);
    for (ticket, person) in [(read, mia), (read, nora), (other, mia), (other, nora)] {
        let (site, audience) = (bench.site(), Audience::Agent);
        let (ticket, participant, read_n) = (ticket.id, person.id, Some(2));
        bench.store.mark(MarkMove { site, ticket, participant, audience, delivered_n: None, read_n }).await.unwrap();
    }
    let who = Who::Agent(bench.agent_of(mia).await);
    let connection = Connection::new(ConnectionId(Uuid::nil()), Audience::Agent, mia.login, who, "Mia".to_owned());
    connection.outbox().join(read.id, 2);
    let all = [(read, mia), (read, nora), (other, mia), (other, nora)];
    let stale = all.map(|(ticket, person)| Fleeting::Mark(ticket.id, person.id));
    reread(&hub_on(&bench), &connection, &stale).await.unwrap();
    let told = |ticket: Opened, person: TestAgent, unread: &str| {
        let (ticket, person) = (ticket.id, person.id);
        format!(
            r#"{{"type":"read","ticket":"{ticket}","mark":{{"participant":"{person}","side":"agent","delivered_n":2,"read_n":2}}{unread}}}"#
        )
    };
    let mut expected =
        vec![told(read, mia, r#","unread":0"#), told(read, nora, ""), told(other, mia, r#","unread":0"#)];
    let mut frames = drain(&mut connection.outbox());
    expected.sort_unstable();
    frames.sort_unstable();
    assert_eq!(frames, expected, "her own, and others' where she reads the feed");
    bench.finish().await;
}

#[test]
fn nothing_goes_out_after_a_close() {
    // Invariant 12.
    let (mut outbox, a) = (Outbox::default(), ticket(1));
    outbox.join(a, 0);
    outbox.joined(a, 0);
    outbox.offer(a, 1, &frame(a, 1, 8), 0);
    outbox.close(CloseCode::Revoked);
    assert_eq!(outbox.closing(), Some(CloseCode::Revoked));
    assert_eq!(outbox.offer(a, 2, &frame(a, 2, 8), 0), Offered::NotSubscribed);
    outbox.control(frame(a, 3, 8));
    assert_eq!(drain(&mut outbox), Vec::<String>::new());
    // Invariant 23: the registry still finds what is to be left.
    assert_eq!(outbox.tickets().collect::<Vec<_>>(), [a]);
}

/// R-E7, with nothing else to run in it: no read for another word stands before the end.
#[tokio::test]
async fn a_login_that_was_ended_loses_its_sockets_and_others_keep_theirs() {
    let (bus, registry, stop) = (Bus::local(), Arc::<Registry>::default(), CancellationToken::new());
    let connections = [1, 2].map(|n| {
        let (id, login) = (ConnectionId(Uuid::from_u128(n)), LoginId(Uuid::from_u128(n)));
        let visitor = Visitor { site: SiteId(Uuid::nil()), login, customer: None, grants: Vec::new() };
        Arc::new(Connection::new(id, Audience::Requester, login, Who::Visitor(visitor), String::new()))
    });
    connections.iter().for_each(|connection| registry.add(connection));
    let heard = bus.subscribe();
    bus.publish_here(Signal::LoginsEnded(vec![connections[0].login]));
    let ends = end_with_words(bus, Arc::clone(&registry), heard, stop);
    assert!(ends.now_or_never().is_none(), "it waits for more");
    let closing = connections.map(|connection| connection.outbox().closing());
    assert_eq!(closing, [Some(CloseCode::Revoked), None]);
}

/// What may happen to a connection that reads two feeds.
#[derive(Clone, Debug)]
enum Step {
    /// An event is committed, and its hint arrives this many times.
    Commit {
        feed: usize,
        bytes: usize,
        hints: usize,
    },
    /// A hint of an old event arrives.
    Stale {
        feed: usize,
        n: i64,
    },
    /// The socket takes this many bytes.
    Write {
        bytes: usize,
    },
    Refill {
        limit: i64,
    },
    PositionCheck,
    Rejoin {
        feed: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_usize, 10..90_000_usize, 0..3_usize).prop_map(|(feed, bytes, hints)| Step::Commit { feed, bytes, hints }),
        1 => (0..2_usize, 1..20_i64).prop_map(|(feed, n)| Step::Stale { feed, n }),
        3 => (0..100_000_usize).prop_map(|bytes| Step::Write { bytes }),
        2 => (1..5_i64).prop_map(|limit| Step::Refill { limit }),
        1 => Just(Step::PositionCheck),
        1 => (0..2_usize).prop_map(|feed| Step::Rejoin { feed }),
    ]
}

/// The log of a feed and what its reader has applied.
struct Model {
    ticket: TicketId,
    log: Vec<Utf8Bytes>,
    applied: i64,
}

impl Model {
    fn last_n(&self) -> i64 {
        self.log.len() as i64
    }

    fn after(&self, n: i64, limit: i64) -> Vec<(i64, Utf8Bytes)> {
        (n + 1..=self.last_n()).take(limit as usize).map(|n| (n, self.log[n as usize - 1].clone())).collect()
    }
}

/// The reader checks that each number is the next one (invariant 1).
fn apply(feeds: &mut [Model; 2], frames: Vec<Utf8Bytes>) {
    for frame in frames {
        let (id, n) = frame.trim_end().split_once(':').unwrap();
        let feed = feeds.iter_mut().find(|feed| feed.ticket.0.as_u128().to_string() == id).unwrap();
        feed.applied += 1;
        assert_eq!(n.parse(), Ok(feed.applied));
    }
}

fn refill(outbox: &mut Outbox, feeds: &[Model; 2], limit: i64) {
    if let Some(refill) = outbox.next_refill() {
        let feed = feeds.iter().find(|feed| feed.ticket == refill.ticket).unwrap();
        let events = feed.after(refill.after, limit).into_iter().map(|(n, frame)| (n, 0, frame));
        outbox.refilled(refill, events, feed.last_n());
    }
}

proptest! {
    #[test]
    fn whatever_is_lost_doubled_or_slow_the_reader_applies_exactly_the_log(steps in prop::collection::vec(step(), 1..120)) {
        let mut outbox = Outbox::default();
        let mut feeds = [1, 2].map(|n| Model { ticket: ticket(n), log: Vec::new(), applied: 0 });
        for feed in &feeds {
            outbox.join(feed.ticket, 0);
            outbox.joined(feed.ticket, 0);
        }
        for step in steps {
            match step {
                Step::Commit { feed, bytes, hints } => {
                    let feed = &mut feeds[feed];
                    let event = frame(feed.ticket, feed.last_n() + 1, bytes);
                    feed.log.push(event.clone());
                    for _ in 0..hints {
                        outbox.offer(feed.ticket, feed.last_n(), &event, 0);
                    }
                }
                Step::Stale { feed, n } => {
                    let feed = &feeds[feed];
                    if n <= feed.last_n() {
                        outbox.offer(feed.ticket, n, &feed.log[n as usize - 1], 0);
                    }
                }
                Step::Write { bytes } => {
                    let mut frames = Vec::new();
                    outbox.take(bytes, &mut frames);
                    apply(&mut feeds, frames);
                }
                Step::Refill { limit } => refill(&mut outbox, &feeds, limit),
                Step::PositionCheck => feeds.iter().for_each(|feed| _ = outbox.position(feed.ticket, feed.last_n())),
                Step::Rejoin { feed } => {
                    let feed = &feeds[feed];
                    outbox.join(feed.ticket, feed.applied);
                    outbox.joined(feed.ticket, feed.last_n());
                }
            }
        }
        // After a last position check everything arrives.
        feeds.iter().for_each(|feed| _ = outbox.position(feed.ticket, feed.last_n()));
        loop {
            let mut frames = Vec::new();
            outbox.take(usize::MAX, &mut frames);
            let idle = frames.is_empty() && outbox.next_refill().is_none();
            apply(&mut feeds, frames);
            if idle {
                break;
            }
            refill(&mut outbox, &feeds, 100);
        }
        for feed in &feeds {
            prop_assert_eq!(feed.applied, feed.last_n());
        }
    }
}

fn refusal(text: &str) -> (ErrorCode, Option<String>) {
    match decode(text) {
        Decoded::Refused(_, refusal) => (refusal.code, refusal.field.map(|field| field.to_string())),
        Decoded::Frame(frame) => panic!("understood: {frame:?}"),
    }
}

#[test]
fn whatever_is_unknown_in_a_frame_is_refused_with_its_name() {
    // R-E8, R-D5.
    let some = |field: &str| Some(field.to_owned());
    let id = "01900000-0000-7000-8000-000000000001";
    assert_eq!(refusal("hello"), (ErrorCode::Malformed, None));
    assert_eq!(refusal("[]").0, ErrorCode::Malformed);
    assert_eq!(refusal(r#"{"type":"drop_tables"}"#), (ErrorCode::UnknownType, some("type")));
    assert_eq!(refusal(r#"{"n":1}"#), (ErrorCode::Required, some("type")));
    assert_eq!(refusal(r#"{"type":"pong","active":true,"role":"admin"}"#), (ErrorCode::UnknownField, some("role")));
    assert_eq!(refusal(r#"{"type":"refresh","token":"x"}"#), (ErrorCode::UnknownField, some("token")));
    assert_eq!(refusal(&format!(r#"{{"type":"read","ticket":"{id}"}}"#)), (ErrorCode::Required, some("n")));
    assert_eq!(refusal(&format!(r#"{{"type":"read","ticket":"{id}","n":"1"}}"#)).0, ErrorCode::Malformed);
    assert_eq!(
        refusal(&format!(r#"{{"type":"typing","ticket":"{id}","kind":"shout"}}"#)),
        (ErrorCode::BadValue, some("kind"))
    );
    assert_eq!(refusal(r#"{"type":"unsubscribe","tickets":["1"]}"#).0, ErrorCode::Malformed);
    // An object by its fields' names alone, at every depth.
    assert_eq!(refusal(r#"["pong",{"active":true}]"#), (ErrorCode::Malformed, None));
    assert_eq!(
        refusal(&format!(r#"{{"type":"subscribe","feeds":[["{id}",1]]}}"#)),
        (ErrorCode::Malformed, some("feeds[0]"))
    );
    assert_eq!(
        refusal(&format!(r#"{{"type":"hello","feeds":[{{"ticket":"{id}","after":1}},["{id}",1]]}}"#)),
        (ErrorCode::Malformed, some("feeds[1]"))
    );
}

#[test]
fn a_refused_send_keeps_its_client_id() {
    let id = "01900000-0000-7000-8000-000000000001";
    let text = format!(r#"{{"type":"send","ticket":"{id}","client_id":"{id}","kind":"reply","text":"hi","bold":1}}"#);
    let Decoded::Refused(client_id, refusal) = decode(&text) else { panic!("understood") };
    assert_eq!(client_id.unwrap().to_string(), id);
    assert_eq!(refusal.code, ErrorCode::UnknownField);
}

#[test]
fn a_frame_is_understood() {
    let Decoded::Frame(ClientFrame::Hello { feeds, .. }) = decode(r#"{"type":"hello"}"#) else { panic!() };
    assert!(feeds.is_empty());
}

#[test]
fn a_bucket_gives_a_burst_and_then_so_many_per_second() {
    let mut bucket = Bucket::full(3, 0);
    assert_eq!([0; 4].map(|now| bucket.take(3, 2, now)), [true, true, true, false]);
    assert_eq!([400, 500, 900].map(|now| bucket.take(3, 2, now)), [false, true, false]);
    assert_eq!([60_000; 4].map(|now| bucket.take(3, 2, now)), [true, true, true, false]);
    assert!(!bucket.take(3, 2, 0), "a clock that goes back gives nothing");
}

#[test]
fn sockets_are_capped_per_login_and_network_and_a_place_is_given_back() {
    // R-E5.
    let admission = Admission::default();
    let login = Some(LoginId(Uuid::from_u128(1)));
    let person = Some(ParticipantId(Uuid::from_u128(2)));
    let mut places: Vec<_> =
        (0..CONNECTIONS_PER_LOGIN_MAX).map(|_| admission.admit(login, person, "a".into()).unwrap()).collect();
    let refused = admission.admit(login, person, "b".into()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooManyConnections);
    places.pop();
    places.push(admission.admit(login, person, "a".into()).unwrap());
    let more = CONNECTIONS_PER_NETWORK_MAX - places.len();
    places.extend((0..more).map(|_| admission.admit(None, None, "a".into()).unwrap()));
    assert_eq!(admission.admit(None, None, "a".into()).unwrap_err().code, ErrorCode::TooManyConnections);
    assert!(admission.admit(None, None, "b".into()).is_ok());
}

#[tokio::test]
async fn those_who_come_take_turns_and_whoever_waits_too_long_is_told_to_come_again() {
    // R-K15.
    let (clock, time) = Clock::manual(0);
    let turns = Turns::default();
    let mut first = Vec::new();
    for _ in 0..HANDSHAKES_AT_ONCE_MAX {
        first.push(turns.next(&clock).await.unwrap());
    }
    let mut next = Box::pin(turns.next(&clock));
    let mut last = Box::pin(turns.next(&clock));
    assert!((&mut next).now_or_never().is_none() && (&mut last).now_or_never().is_none(), "both wait");
    first.pop();
    let turn = (&mut next).now_or_never().expect("in the order of asking").unwrap();
    time.advance(HANDSHAKE_WAIT_MS);
    let refused = last.await.unwrap_err();
    assert_eq!((refused.code, refused.retry_after_s), (ErrorCode::Unavailable, Some(1)));
    drop(turn);
    assert!(turns.next(&clock).now_or_never().is_some_and(|turn| turn.is_ok()), "who gave up takes no turn");
}
