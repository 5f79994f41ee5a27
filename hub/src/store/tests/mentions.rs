//! Mentions in notes: who may be called, where it is found again, and that it is the agents' own.

use protocol::frame::PostKind;
use protocol::http::View;
use protocol::model::{AgentBody, Note, Role};
use protocol::{ErrorCode, ParticipantId, TicketId};

use super::bench::{Bench, text};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::store::tickets::ListQuery;
use crate::store::writer::{Act, Actor, MarkMove};

fn note(words: &str, mentions: &[ParticipantId]) -> Act {
    Act::Post {
        kind: PostKind::Note,
        text: text(words),
        attachments: Vec::new(),
        mentions: mentions.to_vec(),
        drafts: Vec::new(),
    }
}

fn not_found() -> Refusal {
    Refusal::of("mentions", ErrorCode::NotFound)
}

on_both! {
    a_mention_stands_in_the_note_and_is_read_with_it,
    only_agents_who_may_see_the_ticket_can_be_mentioned,
    an_erased_note_mentions_nobody,
    who_loses_the_ticket_loses_its_mentions,
}

async fn mentioned(bench: &Bench, ticket: TicketId, seq: i64) -> Note {
    let events = bench.agent_events(ticket, seq - 1).await;
    match events.into_iter().find(|event| event.n == seq).unwrap().body {
        AgentBody::Note(note) => note,
        other => panic!("{other:?}"),
    }
}

async fn a_mention_stands_in_the_note_and_is_read_with_it(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let max = bench.agent("Max", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.guest_opens("another").await;
    let actor = Actor::Agent(lea.login);
    // Named twice is called once.
    bench.does(ticket.id, actor, note("@Max please", &[max.id, max.id])).await.unwrap();
    let found = mentioned(bench, ticket.id, 3).await;
    let names: Vec<_> = found.mentions.iter().map(|agent| (agent.id, agent.name.as_str())).collect();
    assert_eq!(names, [(max.id, "Max")]);

    let (who, other) = (bench.agent_of(max).await, bench.agent_of(lea).await);
    let query = || ListQuery { view: Some(View::Mentions), ..ListQuery::default() };
    let rows = bench.store.inbox(&who, &query()).await.unwrap().rows;
    let found: Vec<_> = rows.iter().map(|row| (row.ticket.id, row.mention_n, row.read_n)).collect();
    assert_eq!(found, [(ticket.id, Some(3), 0)]);
    assert!(bench.store.inbox(&other, &query()).await.unwrap().rows.is_empty());
    assert_eq!(bench.store.views(&who).await.unwrap().mentions, 1);
    assert_eq!(bench.store.views(&other).await.unwrap().mentions, 0);

    let read = |n| MarkMove {
        site: bench.site(),
        ticket: ticket.id,
        participant: max.id,
        audience: Audience::Agent,
        delivered_n: Some(n),
        read_n: Some(n),
    };
    bench.store.mark(read(2)).await.unwrap();
    assert_eq!(bench.store.views(&who).await.unwrap().mentions, 1);
    bench.store.mark(read(3)).await.unwrap();
    assert_eq!(bench.store.views(&who).await.unwrap().mentions, 0);
    let rows = bench.store.inbox(&who, &query()).await.unwrap().rows;
    let found: Vec<_> = rows.iter().map(|row| (row.mention_n, row.read_n)).collect();
    assert_eq!(found, [(Some(3), 3)], "what was read stays listed");
    let all = bench.store.inbox(&who, &ListQuery::default()).await.unwrap().rows;
    assert!(all.iter().all(|row| row.mention_n.is_none()), "elsewhere nothing is said of it");
    // Nothing of it is in a requester's numbering or words.
    assert_eq!(bench.public_events(ticket.id, 0).await.len(), 2);
}

async fn only_agents_who_may_see_the_ticket_can_be_mentioned(bench: &Bench) {
    let team = bench.team("Billing").await;
    let inside = bench.agent("Lea", Role::Agent, &[team]).await;
    let outside = bench.agent("Max", Role::Agent, &[]).await;
    let lead = bench.agent("Ada", Role::Lead, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(inside.login);
    bench.does(ticket.id, actor, Act::Assign { team: Some(team), agent: None }).await.unwrap();
    for id in [outside.id, ticket.requester, ParticipantId(uuid::Uuid::nil())] {
        let refused = bench.does(ticket.id, actor, note("@x", &[lead.id, id])).await;
        assert_eq!(refused.unwrap_err(), not_found());
    }
    let eleven = [lead.id; 11];
    let too_many = Refusal::of("mentions", ErrorCode::TooLong).with_limit(10);
    assert_eq!(bench.does(ticket.id, actor, note("@x", &eleven)).await.unwrap_err(), too_many);
    assert_eq!(bench.agent_events(ticket.id, 0).await.len(), 3, "a refusal takes no number");
    assert_eq!(bench.does(ticket.id, actor, note("@Ada", &[lead.id])).await.unwrap().n, 4);
    assert_eq!(bench.store.views(&bench.agent_of(lead).await).await.unwrap().mentions, 1);
}

async fn an_erased_note_mentions_nobody(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let max = bench.agent("Max", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(lea.login);
    bench.does(ticket.id, actor, note("@Max", &[max.id])).await.unwrap();
    bench.does(ticket.id, actor, Act::Redact { target: 3 }).await.unwrap();
    assert!(mentioned(bench, ticket.id, 3).await.mentions.is_empty());
    let who = bench.agent_of(max).await;
    let query = ListQuery { view: Some(View::Mentions), ..ListQuery::default() };
    assert_eq!(bench.store.views(&who).await.unwrap().mentions, 0);
    assert!(bench.store.inbox(&who, &query).await.unwrap().rows.is_empty());
}

async fn who_loses_the_ticket_loses_its_mentions(bench: &Bench) {
    let team = bench.team("Billing").await;
    let lea = bench.agent("Lea", Role::Agent, &[team]).await;
    let max = bench.agent("Max", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(lea.login);
    bench.does(ticket.id, actor, note("@Max", &[max.id])).await.unwrap();
    bench.does(ticket.id, actor, Act::Assign { team: Some(team), agent: None }).await.unwrap();
    let who = bench.agent_of(max).await;
    let query = ListQuery { view: Some(View::Mentions), ..ListQuery::default() };
    assert_eq!(bench.store.views(&who).await.unwrap().mentions, 0);
    assert!(bench.store.inbox(&who, &query).await.unwrap().rows.is_empty());
}
