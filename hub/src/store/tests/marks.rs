//! Marks: forward only, cut to the log's end, told in both numberings.

use protocol::model::{Mark, Role, Side};
use protocol::{ErrorCode, ParticipantId};

use super::bench::{Bench, MINUTE, Opened, TestAgent, refusal};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::committed::CommittedMark;
use crate::store::tickets::MarkPlace;
use crate::store::writer::MarkMove;

async fn moves(
    bench: &Bench,
    ticket: Opened,
    who: (ParticipantId, Audience),
    to: (Option<i64>, Option<i64>),
) -> Option<CommittedMark> {
    let (participant, audience) = who;
    let (delivered_n, read_n) = to;
    let mark = MarkMove { site: bench.site(), ticket: ticket.id, participant, audience, delivered_n, read_n };
    bench.store.mark(mark).await.unwrap()
}

fn mark(participant: ParticipantId, side: Side, delivered_n: i64, read_n: i64) -> Mark {
    Mark { participant, side, delivered_n, read_n }
}

/// opened 1, message 2, note 3, reply 4 (pub 3), status 5 (pub 4), note 6, message 7 (pub 5), status 8 (pub 6)
async fn conversation(bench: &Bench) -> (Opened, TestAgent, TestAgent) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.notes(ticket.id, lea, "note").await;
    bench.answers(ticket.id, lea, "hi").await;
    bench.notes(ticket.id, lea, "note").await;
    bench.says(ticket, "thanks").await;
    (ticket, lea, lou)
}

on_both! {
    a_requesters_mark_is_told_in_both_numberings,
    an_agents_mark_skips_what_requesters_do_not_see,
    a_snapshot_has_everybodys_marks_in_the_readers_numbering,
    a_mark_on_a_ticket_that_is_not_there_is_refused,
    marks_that_moved_are_found_by_their_tickets_and_by_their_people,
}

async fn a_requesters_mark_is_told_in_both_numberings(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.notes(ticket.id, lea, "note").await;
    bench.answers(ticket.id, lea, "one").await;
    bench.answers(ticket.id, lea, "two").await;
    let guest = (ticket.requester, Audience::Requester);
    assert_eq!(bench.public_view(ticket).await.unread, 2);
    let moved = moves(bench, ticket, guest, (Some(4), Some(3))).await.unwrap();
    assert_eq!(moved.for_requesters, mark(ticket.requester, Side::Requester, 4, 3));
    assert_eq!(moved.for_agents, mark(ticket.requester, Side::Requester, 5, 4));
    assert_eq!(moved.unread, 1);
    // Forward only; what lies beyond the end is cut.
    assert!(moves(bench, ticket, guest, (Some(2), Some(3))).await.is_none());
    let moved = moves(bench, ticket, guest, (None, Some(999))).await.unwrap();
    assert_eq!(moved.for_requesters, mark(ticket.requester, Side::Requester, 5, 5));
    assert_eq!((moved.for_agents.read_n, moved.unread), (6, 0));
    let view = bench.public_view(ticket).await;
    assert_eq!((view.read_n, view.unread), (5, 0));
}

async fn an_agents_mark_skips_what_requesters_do_not_see(bench: &Bench) {
    let (ticket, _, lou) = conversation(bench).await;
    let agent = (lou.id, Audience::Agent);
    let moved = moves(bench, ticket, agent, (None, Some(3))).await.unwrap();
    assert_eq!(moved.for_agents, mark(lou.id, Side::Agent, 3, 3));
    assert_eq!(moved.for_requesters, mark(lou.id, Side::Agent, 2, 2));
    assert_eq!(moved.unread, 1);
    let moved = moves(bench, ticket, agent, (None, Some(6))).await.unwrap();
    assert_eq!((moved.for_requesters.read_n, moved.unread), (4, 1));
    let moved = moves(bench, ticket, agent, (None, Some(7))).await.unwrap();
    assert_eq!((moved.for_requesters.read_n, moved.unread), (5, 0));
}

async fn a_snapshot_has_everybodys_marks_in_the_readers_numbering(bench: &Bench) {
    let (ticket, lea, lou) = conversation(bench).await;
    moves(bench, ticket, (lou.id, Audience::Agent), (Some(6), Some(3))).await.unwrap();
    let by_person = |mut marks: Vec<Mark>| {
        marks.sort_by_key(|mark| mark.participant);
        marks
    };
    let expected = |marks: [Mark; 3]| by_person(marks.to_vec());
    assert_eq!(
        by_person(bench.agent_view(ticket.id, lea).await.marks),
        expected([
            mark(ticket.requester, Side::Requester, 8, 8),
            mark(lea.id, Side::Agent, 6, 6),
            mark(lou.id, Side::Agent, 6, 3),
        ])
    );
    assert_eq!(
        by_person(bench.public_view(ticket).await.marks),
        expected([
            mark(ticket.requester, Side::Requester, 6, 6),
            mark(lea.id, Side::Agent, 4, 4),
            mark(lou.id, Side::Agent, 4, 2),
        ])
    );
    let view = bench.agent_view(ticket.id, lou).await;
    assert_eq!((view.read_n, view.unread), (3, 1));
}

async fn a_mark_on_a_ticket_that_is_not_there_is_refused(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let mark = MarkMove {
        site: bench.site(),
        ticket: protocol::TicketId(bench.id()),
        participant: ticket.requester,
        audience: Audience::Requester,
        delivered_n: None,
        read_n: Some(1),
    };
    assert_eq!(refusal(bench.store.mark(mark).await).unwrap_err(), Refusal::new(ErrorCode::NotFound));
}

/// As position checks look for them.
async fn marks_that_moved_are_found_by_their_tickets_and_by_their_people(bench: &Bench) {
    let (ticket, lea, lou) = conversation(bench).await;
    bench.clock.advance(MINUTE);
    let (store, since) = (&bench.store, bench.clock.now());
    moves(bench, ticket, (lou.id, Audience::Agent), (Some(6), Some(3))).await.unwrap();
    let lous = MarkPlace { ticket: ticket.id, participant: lou.id, delivered_n: 6, read_n: 3 };
    assert_eq!(store.mark_places(&[ticket.id]).await.unwrap().len(), 3);
    assert_eq!(store.mark_places_since(&[ticket.id], since).await.unwrap(), [lous]);
    assert_eq!(store.mark_places_since(&[ticket.id], since + 1).await.unwrap(), []);
    assert_eq!(store.mark_places_of(&[lou.id, lea.id], since).await.unwrap(), [lous]);
    assert_eq!(store.mark_places_of(&[lea.id], since).await.unwrap(), []);
}
