//! Batches: jobs of all kinds in one transaction, of which none hurts another.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use protocol::frame::PostKind;
use protocol::model::{AgentBody, Role};
use protocol::{ErrorCode, ParticipantId, TicketId};

use super::bench::{Bench, Opened, guest, post, reply, text};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::committed::Committed;
use crate::domain::limits::WRITE_QUEUE_MAX;
use crate::store::StoreError;
use crate::store::writer::{Act, Actor, Append, MarkMove, Opening};

/// What became of a job, in few words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    At(i64),
    Again(i64),
    Ticket(TicketId),
    SameTicket(TicketId),
    Marked(Option<i64>),
    Refused(ErrorCode),
    Failed,
    Unavailable,
}

fn came<T>(result: Result<T, StoreError>, done: impl FnOnce(T) -> Came) -> Came {
    match result {
        Ok(value) => done(value),
        Err(StoreError::Refused(Refusal { code, .. })) => Came::Refused(code),
        Err(StoreError::Failed(_)) => Came::Failed,
        Err(StoreError::Unavailable(_)) => Came::Unavailable,
        Err(other) => panic!("{other}"),
    }
}

fn append(bench: &Bench, append: Append) -> BoxFuture<'_, Came> {
    let send = bench.store.append(append);
    send.map(|done| came(done, |done| if done.repeated { Came::Again(done.n) } else { Came::At(done.n) })).boxed()
}

fn open(bench: &Bench, opening: Opening) -> BoxFuture<'_, Came> {
    let send = bench.store.open_ticket(opening);
    let ticket = |done: crate::store::writer::Opened| match done.repeated {
        true => Came::SameTicket(done.ticket.id),
        false => Came::Ticket(done.ticket.id),
    };
    send.map(move |done| came(done, ticket)).boxed()
}

fn mark(bench: &Bench, ticket: Opened, read_n: i64) -> BoxFuture<'_, Came> {
    let mark = MarkMove {
        site: bench.site(),
        ticket: ticket.id,
        participant: ticket.requester,
        audience: Audience::Requester,
        delivered_n: None,
        read_n: Some(read_n),
    };
    bench.store.mark(mark).map(|done| came(done, |mark| Came::Marked(mark.map(|mark| mark.unread)))).boxed()
}

/// Makes the database itself refuse events that hold the word "poison".
async fn poison(bench: &Bench) {
    if bench.is_postgres() {
        bench
            .sql(
                "create function poisoned() returns trigger language plpgsql as \
                  $f$ begin raise exception 'poisoned'; end $f$",
            )
            .await;
        bench
            .sql(
                "create trigger poison before insert on event for each row when (new.body like '%poison%') \
                  execute function poisoned()",
            )
            .await;
    } else {
        bench
            .sql(
                "create trigger poison before insert on event when new.body like '%poison%' \
                  begin select raise(abort, 'poisoned'); end",
            )
            .await;
    }
}

on_both! {
    none_hurts_its_neighbours,
    a_batch_is_one_commit,
    a_batch_takes_few_statements,
    redactions_reach_what_the_same_batch_wrote,
    a_mark_of_nobody_fails_alone,
    rights_end_within_the_batch_too,
    a_full_queue_refuses_the_next_one,
    a_caller_waits_only_so_long,
}

/// Good, refused, repeated and poisoned jobs, in one batch, before and after each other.
async fn none_hurts_its_neighbours(bench: &Bench) {
    poison(bench).await;
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.guest_opens("Other").await;
    let plug = bench.guest_opens("Plug").await;
    let (visitor, lea) = (Actor::Visitor(ticket.login), Actor::Agent(agent.login));
    let early = bench.append(ticket.id, visitor, reply("early"));
    bench.store.append(early.clone()).await.unwrap();
    let twice = bench.append(ticket.id, lea, reply("twice"));
    let opening = bench.opening(bench.visitor_login().await, guest("new@example.org"), "New");

    let plug = bench.plug(plug).await;
    let came = bench
        .in_one_batch(
            plug,
            vec![
                append(bench, bench.append(ticket.id, visitor, reply("one"))),
                append(bench, bench.append(ticket.id, visitor, Act::Solve)),
                append(bench, early),
                append(bench, twice.clone()),
                append(bench, bench.append(ticket.id, lea, post(PostKind::Note, "poison in a note"))),
                append(bench, twice),
                open(bench, opening.clone()),
                open(bench, opening),
                mark(bench, ticket, 5),
                append(bench, bench.append(other.id, visitor, reply("not mine"))),
                append(bench, bench.append(ticket.id, lea, post(PostKind::Note, "a note"))),
                append(bench, bench.append(other.id, Actor::Visitor(other.login), reply("poison"))),
                append(bench, bench.append(other.id, Actor::Visitor(other.login), reply("clean"))),
                append(bench, bench.append(ticket.id, lea, Act::Solve)),
            ],
        )
        .await;
    let Came::Ticket(new) = came[6] else { panic!("{came:?}") };
    assert_eq!(
        came,
        [
            Came::At(4),
            Came::Refused(ErrorCode::Forbidden),
            Came::Again(3),
            Came::At(5),
            Came::Failed,
            Came::Again(5),
            Came::Ticket(new),
            Came::SameTicket(new),
            Came::Marked(Some(0)),
            Came::Refused(ErrorCode::NotFound),
            Came::At(7),
            Came::Failed,
            Came::At(3),
            Came::At(8),
        ]
    );
    let kinds: Vec<_> = bench.agent_view(ticket.id, agent).await.events.into_iter().map(|event| event.body).collect();
    assert_eq!(kinds.len(), 8);
    assert!(matches!(&kinds[6], AgentBody::Note(note) if note.text == "a note"));
    assert_eq!(bench.number("select count(*) as n from event where body like '%poison%'").await, 0);
}

/// What waited together is committed together, told in order, and last rows come with it once.
async fn a_batch_is_one_commit(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let plug = bench.guest_opens("Plug").await;
    let mut commits = bench.store.commits();
    let plug = bench.plug(plug).await;
    let posts =
        (0..100).map(|i| append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), reply(&format!("{i}")))));
    let came = bench.in_one_batch(plug, posts.collect()).await;
    assert_eq!(came, (3..103).map(Came::At).collect::<Vec<_>>());
    assert_eq!(commits.recv().await.unwrap().len(), 1);
    let told = commits.recv().await.unwrap();
    let events: Vec<_> = told
        .iter()
        .map(|told| match told {
            Committed::Event(event) => event,
            Committed::Mark(mark) => panic!("{mark:?}"),
        })
        .collect();
    assert_eq!(events.iter().map(|event| event.agent.n).collect::<Vec<_>>(), (3..103).collect::<Vec<_>>());
    assert!(events[..99].iter().all(|event| event.rows.is_none()));
    let (row, public) = events[99].rows.as_ref().unwrap();
    assert_eq!((row.last_n, public.last_n, row.theirs), (102, 102, 101));
    assert_eq!(bench.store.agent_rows(&[ticket.id]).await.unwrap(), std::slice::from_ref(row));
    assert_eq!(bench.store.public_rows(&[ticket.id]).await.unwrap(), std::slice::from_ref(public));
}

/// 200 posts to 100 tickets: a handful of statements.
async fn a_batch_takes_few_statements(bench: &Bench) {
    let mut tickets = Vec::new();
    for i in 0..100 {
        tickets.push(bench.guest_opens(&format!("Ticket {i}")).await);
    }
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let posts = tickets
        .iter()
        .chain(&tickets)
        .map(|ticket| append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), reply("hello"))));
    let before = bench.store.inner.statements.so_far();
    let came = bench.in_one_batch(plug, posts.collect()).await;
    let sent = bench.store.inner.statements.so_far() - before;
    assert!(came.iter().all(|came| matches!(came, Came::At(3 | 4))), "{came:?}");
    // The plug's own batch is among them.
    assert!(sent <= 22, "{sent} statements for two batches");
    println!("{sent} statements for two batches, one of 200 posts");
}

async fn redactions_reach_what_the_same_batch_wrote(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("secret-a").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let edit = Act::Edit { target: 2, text: text("secret-b") };
    let came = bench
        .in_one_batch(
            plug,
            vec![
                append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), edit.clone())),
                append(bench, bench.append(ticket.id, Actor::Agent(agent.login), Act::Redact { target: 2 })),
                append(bench, bench.append(ticket.id, Actor::Agent(agent.login), Act::Redact { target: 2 })),
                append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), edit)),
            ],
        )
        .await;
    assert_eq!(
        came,
        [Came::At(3), Came::At(4), Came::Refused(ErrorCode::Conflict), Came::Refused(ErrorCode::Conflict),]
    );
    assert_eq!(bench.number("select count(*) as n from event where body like '%secret%'").await, 0);
}

/// What an earlier job of the batch took away is gone for the later ones.
async fn rights_end_within_the_batch_too(bench: &Bench) {
    let team = bench.team("Payments").await;
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.opens(bench.visitor_login().await, guest("amina@example.org"), "Hello").await;
    let (_, customer) = bench.customer("amina@example.org").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let assign = Act::Assign { team: Some(team), agent: None };
    let unsaid = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("x"));
    let came = bench
        .in_one_batch(
            plug,
            vec![
                append(bench, bench.append(ticket.id, Actor::Agent(lea.login), reply("mine"))),
                append(bench, bench.append(ticket.id, Actor::Agent(lead.login), assign)),
                append(bench, bench.append(ticket.id, Actor::Agent(lea.login), reply("not mine"))),
                append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), reply("me"))),
                append(bench, bench.append(ticket.id, Actor::Visitor(customer), Act::Join)),
                append(bench, unsaid),
                append(bench, bench.append(ticket.id, Actor::Visitor(customer), reply("me now"))),
            ],
        )
        .await;
    let gone = Came::Refused(ErrorCode::NotFound);
    // Lea's reply has a status with it, the guest's too.
    assert_eq!(came, [Came::At(3), Came::At(5), gone.clone(), Came::At(5), Came::At(7), gone, Came::At(8)]);
}

async fn a_mark_of_nobody_fails_alone(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let nobody = Opened { requester: ParticipantId(bench.id()), ..ticket };
    let came = bench
        .in_one_batch(
            plug,
            vec![
                mark(bench, nobody, 1),
                append(bench, bench.append(ticket.id, Actor::Visitor(ticket.login), reply("fine"))),
            ],
        )
        .await;
    assert_eq!(came, [Came::Failed, Came::At(3)]);
}

async fn a_full_queue_refuses_the_next_one(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("once"));
    let sends = (0..=WRITE_QUEUE_MAX).map(|_| append(bench, send.clone()));
    let came = bench.in_one_batch(plug, sends.collect()).await;
    assert_eq!((&came[0], &came[WRITE_QUEUE_MAX]), (&Came::At(3), &Came::Unavailable));
    assert!(came[1..WRITE_QUEUE_MAX].iter().all(|came| *came == Came::Again(3)));
}

async fn a_caller_waits_only_so_long(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("late"));
    let late = bench.store.append(send.clone());
    let (late, ()) = futures_util::future::join(late, async {
        bench.wait_until(|| bench.store.inner.queue.queued() == 1).await;
        bench.clock.advance(crate::domain::limits::WRITE_WAIT_MS);
    })
    .await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    bench.unplug(plug).await;
    // Whoever gave up is not written for; the same again is.
    assert_eq!(append(bench, send).await, Came::At(3));
}
