//! Who is to be alerted of what is written: armed and calmed in the message's own transaction.

use protocol::frame::PostKind;
use protocol::model::{Availability, Role};
use protocol::{ParticipantId, TicketId};
use uuid::Uuid;

use super::bench::{Bench, Opened, TestAgent, email, post, reply};
use super::on_both;
use crate::domain::access::Audience;
use crate::store::alerts::There;
use crate::store::sql::{Columns, Sql, one};
use crate::store::writer::{Act, Actor, MarkMove, OpeningRequester};

const S: i64 = 1_000;

/// What a row of attention says.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    unread: bool,
    kind: String,
    /// Seconds from now until the mail is due.
    due_s: Option<i64>,
}

async fn row(bench: &Bench, ticket: TicketId, who: Uuid) -> Option<Row> {
    let text = "select wanted_seq, read_seq, wanted_kind, mail_due from attention \
                where ticket_id = $1 and (recipient_id = $2 or team_id = $2)";
    let row = one(bench.store.db().writes(), Sql::with(text, [ticket.0.into(), who.into()])).await.unwrap()?;
    Some(Row {
        unread: row.get::<i64>("wanted_seq").unwrap() > row.get::<i64>("read_seq").unwrap(),
        kind: row.get("wanted_kind").unwrap(),
        due_s: row.get::<Option<i64>>("mail_due").unwrap().map(|due| (due - bench.clock.now()) / S),
    })
}

fn armed(kind: &str, due_s: i64) -> Option<Row> {
    Some(Row { unread: true, kind: kind.to_owned(), due_s: Some(due_s) })
}

async fn is_calm(bench: &Bench, ticket: TicketId, who: Uuid) -> bool {
    row(bench, ticket, who).await.is_none_or(|row| !row.unread && row.due_s.is_none())
}

async fn reads(bench: &Bench, ticket: TicketId, who: ParticipantId, audience: Audience, n: i64) {
    let site = bench.site();
    let mark = MarkMove { site, ticket, participant: who, audience, delivered_n: None, read_n: Some(n) };
    bench.store.mark(mark).await.unwrap();
}

async fn customer_opens(bench: &Bench) -> Opened {
    let (_, login) = bench.customer("c@example.org").await;
    bench.opens(login, OpeningRequester::Customer, "Where is my money?").await
}

async fn act(bench: &Bench, ticket: TicketId, agent: TestAgent, act: Act) {
    bench.does(ticket, Actor::Agent(agent.login), act).await.unwrap();
}

/// Nobody is there.
fn nobody(_: &crate::store::alerts::DueAlert) -> There {
    There::default()
}

async fn settle(bench: &Bench) -> usize {
    bench.store.settle_alerts(100, nobody).await.unwrap().len()
}

async fn queued(bench: &Bench, kind: &str) -> i64 {
    bench.number(&format!("select count(*) as n from delivery where state = 'queued' and kind = '{kind}'")).await
}

on_both! {
    an_agents_message_arms_the_requester_and_reading_calms,
    each_kind_of_event_asks_for_its_mail,
    nobody_is_alerted_of_notes_own_messages_or_what_was_erased,
    reading_by_an_unconfirmed_guest_cancels_nothing,
    whoever_is_responsible_is_called_and_an_answer_calms_all_agents,
    a_due_row_queues_one_mail_with_one_identity,
    reading_cancels_a_mail_that_is_queued,
    several_workers_settle_each_row_once,
    a_digest_goes_to_agents_who_are_away_once_an_hour,
    who_says_they_are_away_is_mailed_though_a_page_is_open,
    a_mention_calls_its_agent_until_they_have_read_it,
    a_digest_tells_of_mentions_in_tickets_that_can_be_seen,
    a_corrected_address_voids_what_went_to_the_old_one,
    a_second_mail_of_the_same_spell_waits,
    a_guest_who_confirms_the_address_is_alerted_like_others_again,
}

async fn an_agents_message_arms_the_requester_and_reading_calms(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, customer_opens(bench).await);
    let who = ticket.requester.0;
    assert_eq!(row(bench, ticket.id, who).await, None);
    bench.answers(ticket.id, agent, "One").await;
    assert_eq!(row(bench, ticket.id, who).await, armed("reply", 120));
    bench.clock.advance(100_000);
    bench.answers(ticket.id, agent, "Two").await;
    assert_eq!(row(bench, ticket.id, who).await, armed("reply", 120));
    bench.clock.advance(100_000);
    bench.answers(ticket.id, agent, "Three").await;
    assert_eq!(row(bench, ticket.id, who).await, armed("reply", 100), "five minutes after the first");
    let last = bench.public_view(ticket).await.cursor;
    reads(bench, ticket.id, ticket.requester, Audience::Requester, last - 1).await;
    assert_eq!(row(bench, ticket.id, who).await, armed("reply", 100), "one is unread still");
    reads(bench, ticket.id, ticket.requester, Audience::Requester, last).await;
    assert!(is_calm(bench, ticket.id, who).await);
    bench.answers(ticket.id, agent, "Four").await;
    assert_eq!(row(bench, ticket.id, who).await, armed("reply", 120), "a new spell");
    bench.says(ticket, "I am here").await;
    assert!(is_calm(bench, ticket.id, who).await, "who writes has read");
}

async fn each_kind_of_event_asks_for_its_mail(bench: &Bench) {
    let agent = bench.agent("Ines", Role::Lead, &[]).await;
    let acts: [(&str, &str, Vec<Act>); 4] = [
        ("reply", "m2", vec![reply("Hello")]),
        ("ask", "m5", vec![post(PostKind::Ask, "Which card?"), reply("And when?")]),
        ("solved", "m4", vec![reply("Done"), Act::Solve]),
        ("reopened", "m2", vec![Act::Solve, Act::Reopen { pending: false }]),
    ];
    for (kind, mail, steps) in acts {
        let ticket =
            bench.opens(bench.visitor_login().await, super::bench::guest(&format!("{kind}@example.org")), "Hi").await;
        for step in steps {
            act(bench, ticket.id, agent, step).await;
        }
        let due_s = 60;
        assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed(kind, due_s), "{kind}");
        bench.clock.advance(60_000);
        let before = queued(bench, mail).await;
        assert_eq!(settle(bench).await, 1);
        assert_eq!(queued(bench, mail).await, before + 1, "{kind}");
    }
}

async fn nobody_is_alerted_of_notes_own_messages_or_what_was_erased(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, customer_opens(bench).await);
    bench.notes(ticket.id, agent, "Careful with this one").await;
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, None);
    let first = bench.answers(ticket.id, agent, "Your PIN is 1234").await;
    let second = bench.answers(ticket.id, agent, "Sorry, wrong window").await;
    act(bench, ticket.id, agent, Act::Redact { target: second }).await;
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed("reply", 120), "the first is unread still");
    act(bench, ticket.id, agent, Act::Redact { target: first }).await;
    assert!(is_calm(bench, ticket.id, ticket.requester.0).await);
    bench.clock.advance(600_000);
    assert_eq!(queued(bench, "m2").await, 0);
}

async fn reading_by_an_unconfirmed_guest_cancels_nothing(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, bench.guest_opens("Hi").await);
    bench.answers(ticket.id, agent, "Hello").await;
    let last = bench.public_view(ticket).await.cursor;
    reads(bench, ticket.id, ticket.requester, Audience::Requester, last).await;
    bench.says(ticket, "I typed somebody else's address").await;
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed("reply", 60), "decisions.md 10");
    bench.clock.advance(60_000);
    settle(bench).await;
    assert_eq!(queued(bench, "m2").await, 1);
    bench.answers(ticket.id, agent, "Anything else?").await;
    bench.clock.advance(24 * 3_600_000);
    settle(bench).await;
    assert_eq!(queued(bench, "m2").await, 1, "one alert, then a hold (decisions.md 13)");
    assert_eq!(bench.number("select count(*) as n from attention where hold_reason = 'not_confirmed'").await, 1);
}

async fn whoever_is_responsible_is_called_and_an_answer_calms_all_agents(bench: &Bench) {
    let team = bench.team("Payments").await;
    let (ines, omar) = (bench.agent("Ines", Role::Lead, &[team]).await, bench.agent("Omar", Role::Lead, &[team]).await);
    let ticket = customer_opens(bench).await;
    let everybody = bench.site().0;
    assert_eq!(row(bench, ticket.id, everybody).await, armed("reply", 600), "nobody's ticket calls everybody");
    act(bench, ticket.id, ines, Act::Assign { team: Some(team), agent: None }).await;
    assert!(is_calm(bench, ticket.id, everybody).await);
    assert_eq!(row(bench, ticket.id, team.0).await, armed("reply", 600));
    act(bench, ticket.id, ines, Act::Assign { team: Some(team), agent: Some(omar.id) }).await;
    assert!(is_calm(bench, ticket.id, team.0).await);
    assert_eq!(row(bench, ticket.id, omar.id.0).await, armed("reply", 600));
    act(bench, ticket.id, ines, Act::Assign { team: Some(team), agent: Some(ines.id) }).await;
    assert!(is_calm(bench, ticket.id, omar.id.0).await && is_calm(bench, ticket.id, ines.id.0).await, "she took it");
    bench.says(ticket, "Are you there?").await;
    assert_eq!(row(bench, ticket.id, ines.id.0).await, armed("reply", 600));
    bench.answers(ticket.id, omar, "I am").await;
    assert!(is_calm(bench, ticket.id, ines.id.0).await, "somebody answered");
}

async fn a_due_row_queues_one_mail_with_one_identity(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, customer_opens(bench).await);
    bench.answers(ticket.id, agent, "Hello").await;
    bench.clock.advance(119_000);
    assert_eq!(settle(bench).await, 0);
    bench.clock.advance(1_000);
    assert_eq!((settle(bench).await, settle(bench).await), (1, 0));
    assert_eq!(queued(bench, "m2").await, 1);
    let attending = |_: &crate::store::alerts::DueAlert| There { attends: true, online: Vec::new() };
    bench.answers(ticket.id, agent, "Again").await;
    bench.clock.advance(1_800_000);
    assert_eq!(bench.store.settle_alerts(100, attending).await.unwrap().len(), 1);
    assert_eq!(queued(bench, "m2").await, 2, "attention puts a mail off for five minutes of a spell, no more");
}

async fn reading_cancels_a_mail_that_is_queued(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, customer_opens(bench).await);
    bench.answers(ticket.id, agent, "Hello").await;
    bench.clock.advance(120_000);
    settle(bench).await;
    bench.answers(ticket.id, agent, "Something newer").await;
    let last = bench.public_view(ticket).await.cursor;
    reads(bench, ticket.id, ticket.requester, Audience::Requester, last - 1).await;
    assert_eq!(queued(bench, "m2").await, 0, "what it covers was read");
    assert!(row(bench, ticket.id, ticket.requester.0).await.unwrap().unread);
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'cancelled'").await, 1);
}

async fn several_workers_settle_each_row_once(bench: &Bench) {
    let agent = bench.agent("Ines", Role::Lead, &[]).await;
    for i in 0..20 {
        let ticket =
            bench.opens(bench.visitor_login().await, super::bench::guest(&format!("g{i}@example.org")), "Hi").await;
        bench.answers(ticket.id, agent, "Hello").await;
    }
    bench.clock.advance(60_000);
    let stores = [bench.store.clone(), bench.second_store().await];
    let looks = (0..8).map(|turn| {
        let store = stores[turn % 2].clone();
        tokio::spawn(async move { store.settle_alerts(4, nobody).await.unwrap().len() })
    });
    futures_util::future::join_all(looks).await;
    while settle(bench).await > 0 {}
    assert_eq!(queued(bench, "m2").await, 20);
    stores[1].close().await;
}

async fn a_digest_goes_to_agents_who_are_away_once_an_hour(bench: &Bench) {
    let team = bench.team("Payments").await;
    let (ines, omar) =
        (bench.agent("Ines", Role::Lead, &[team]).await, bench.agent("Omar", Role::Agent, &[team]).await);
    let other = bench.agent("Eve", Role::Agent, &[]).await;
    let ticket = customer_opens(bench).await;
    act(bench, ticket.id, ines, Act::Assign { team: Some(team), agent: None }).await;
    let ines_is_there = move |_: &crate::store::alerts::DueAlert| There { attends: false, online: vec![ines.id] };
    bench.clock.advance(600_000);
    bench.store.settle_alerts(100, ines_is_there).await.unwrap();
    assert_eq!(queued(bench, "m8").await, 1);
    let text = "select recipient_id from delivery where kind = 'm8'";
    let to: Uuid = one(bench.store.db().writes(), Sql::new(text)).await.unwrap().unwrap().get("recipient_id").unwrap();
    assert_eq!(to, omar.id.0, "neither who is there nor who is not of the team ({other:?})");
    assert_eq!(bench.store.waiting_for(bench.site(), omar.id).await.unwrap().len(), 1);
    assert!(bench.store.waiting_for(bench.site(), other.id).await.unwrap().is_empty());
    bench.sql("update delivery set state = 'sent' where kind = 'm8'").await;
    let second = bench.guest_opens("Me too").await;
    act(bench, second.id, ines, Act::Assign { team: Some(team), agent: None }).await;
    bench.clock.advance(600_000);
    bench.store.settle_alerts(100, ines_is_there).await.unwrap();
    let due = bench.number("select due_at as n from delivery where kind = 'm8' and state = 'queued'").await;
    assert_eq!((due - bench.clock.now()) / S, 3_000, "an hour after the last one");
}

async fn who_says_they_are_away_is_mailed_though_a_page_is_open(bench: &Bench) {
    let (ines, omar) = (bench.agent("Ines", Role::Lead, &[]).await, bench.agent("Omar", Role::Lead, &[]).await);
    customer_opens(bench).await;
    bench.store.set_availability(bench.site(), omar.id, Availability::Away).await.unwrap();
    bench.clock.advance(600_000);
    let both = move |_: &crate::store::alerts::DueAlert| There { attends: false, online: vec![ines.id, omar.id] };
    bench.store.settle_alerts(100, both).await.unwrap();
    let text = "select recipient_id from delivery where kind = 'm8'";
    let to: Uuid = one(bench.store.db().writes(), Sql::new(text)).await.unwrap().unwrap().get("recipient_id").unwrap();
    assert_eq!((queued(bench, "m8").await, to), (1, omar.id.0));
}

fn mentioning(whom: &[ParticipantId]) -> Act {
    let (kind, text) = (PostKind::Note, super::bench::text("Who knows this?"));
    Act::Post { kind, text, attachments: Vec::new(), mentions: whom.to_vec(), drafts: Vec::new() }
}

async fn last_n(bench: &Bench, ticket: TicketId) -> i64 {
    bench.store.ticket_ref(bench.site(), ticket).await.unwrap().unwrap().last_seq
}

async fn a_mention_calls_its_agent_until_they_have_read_it(bench: &Bench) {
    let (ines, omar) = (bench.agent("Ines", Role::Lead, &[]).await, bench.agent("Omar", Role::Lead, &[]).await);
    let ticket = customer_opens(bench).await;
    let who = omar.id.0;
    act(bench, ticket.id, ines, Act::Assign { team: None, agent: Some(ines.id) }).await;
    act(bench, ticket.id, ines, mentioning(&[omar.id, ines.id])).await;
    let n = last_n(bench, ticket.id).await;
    assert_eq!(row(bench, ticket.id, who).await, armed("mention", 600));
    assert!(is_calm(bench, ticket.id, ines.id.0).await, "who mentions herself knows it");
    bench.answers(ticket.id, ines, "We are looking into it").await;
    act(bench, ticket.id, ines, Act::Assign { team: None, agent: None }).await;
    assert_eq!(row(bench, ticket.id, who).await, armed("mention", 600), "nobody else's answer ends it");
    reads(bench, ticket.id, omar.id, Audience::Agent, n - 1).await;
    assert_eq!(row(bench, ticket.id, who).await, armed("mention", 600));
    reads(bench, ticket.id, omar.id, Audience::Agent, n).await;
    assert!(is_calm(bench, ticket.id, who).await);

    act(bench, ticket.id, ines, mentioning(&[omar.id])).await;
    let (second, mail_due) = (last_n(bench, ticket.id).await, armed("mention", 600));
    assert_eq!(row(bench, ticket.id, who).await, mail_due);
    act(bench, ticket.id, ines, mentioning(&[omar.id])).await;
    let third = last_n(bench, ticket.id).await;
    bench.says(ticket, "Anybody?").await;
    act(bench, ticket.id, ines, Act::Redact { target: third }).await;
    assert_eq!(row(bench, ticket.id, who).await, mail_due, "the second one is unread still");
    act(bench, ticket.id, ines, Act::Redact { target: second }).await;
    assert!(is_calm(bench, ticket.id, who).await, "what the customer wrote is for whoever is to answer");
}

async fn a_digest_tells_of_mentions_in_tickets_that_can_be_seen(bench: &Bench) {
    let team = bench.team("Payments").await;
    let (ines, omar) = (bench.agent("Ines", Role::Lead, &[team]).await, bench.agent("Omar", Role::Agent, &[]).await);
    let (kept, lost) = (customer_opens(bench).await, bench.guest_opens("Me too").await);
    for ticket in [kept.id, lost.id] {
        bench.answers(ticket, ines, "Hello").await;
        act(bench, ticket, ines, mentioning(&[omar.id])).await;
    }
    act(bench, lost.id, ines, Act::Assign { team: Some(team), agent: None }).await;
    bench.clock.advance(600_000);
    settle(bench).await;
    let text = "select count(*) as n from delivery d join participant p on p.id = d.recipient_id \
                where d.kind = 'm8' and d.state = 'queued' and p.name = 'Omar'";
    assert_eq!(bench.number(text).await, 1);
    let number = bench.number("select number as n from ticket where subject = 'Where is my money?'").await;
    assert_eq!(bench.store.waiting_for(bench.site(), omar.id).await.unwrap(), [number]);
}

async fn a_corrected_address_voids_what_went_to_the_old_one(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, bench.guest_opens("Hi").await);
    let link = bench.store.secure_link(ticket.id, ticket.requester, "k1").await.unwrap();
    bench.answers(ticket.id, agent, "Hello").await;
    bench.clock.advance(60_000);
    settle(bench).await;
    let email = email("right@example.org");
    bench.does(ticket.id, Actor::Visitor(ticket.login), Act::ChangeAddress { email }).await.unwrap();
    let anew = bench.store.secure_link(ticket.id, ticket.requester, "k1").await.unwrap();
    assert_eq!((anew.id, anew.generation), (link.id, link.generation + 1), "R-A14");
    assert_eq!(bench.number("select count(*) as n from delivery where kind = 'm1' and state = 'queued'").await, 2);
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed("reply", 0), "the alert goes to the new address");
}

async fn a_second_mail_of_the_same_spell_waits(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, customer_opens(bench).await);
    bench.answers(ticket.id, agent, "One").await;
    bench.clock.advance(120_000);
    settle(bench).await;
    bench.answers(ticket.id, agent, "Two").await;
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed("reply", 1_800));
}

async fn a_guest_who_confirms_the_address_is_alerted_like_others_again(bench: &Bench) {
    let (agent, ticket) = (bench.agent("Ines", Role::Lead, &[]).await, bench.guest_opens("Hi").await);
    bench.answers(ticket.id, agent, "One").await;
    bench.clock.advance(60_000);
    settle(bench).await;
    bench.answers(ticket.id, agent, "Two").await;
    bench.clock.advance(24 * 3_600_000);
    settle(bench).await;
    assert_eq!(bench.number("select count(*) as n from attention where hold_reason = 'not_confirmed'").await, 1);
    let link = bench.store.secure_link(ticket.id, ticket.requester, "k1").await.unwrap();
    let login = bench.visitor_login().await;
    let code = super::links::gets_code(bench, &link, login).await;
    let right = super::links::used(code, &link, login);
    assert!(bench.store.use_link_code(right).await.unwrap().unwrap().is_new);
    assert_eq!(row(bench, ticket.id, ticket.requester.0).await, armed("reply", 60), "as if it was written now");
    let site = bench.site();
    let last = bench.store.ticket_ref(site, ticket.id).await.unwrap().unwrap().last_pub_seq;
    reads(bench, ticket.id, ticket.requester, Audience::Requester, last).await;
    assert!(is_calm(bench, ticket.id, ticket.requester.0).await, "and reading counts");
}
