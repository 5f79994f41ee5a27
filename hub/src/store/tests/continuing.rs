//! Going on after the site's limit: when a message opens another ticket, what that holds, who may read it, and
//! that there is exactly one of it.

use protocol::frame::PostKind;
use protocol::model::{AgentBody, Proof, PublicBody, Status, TicketName};
use protocol::{ClientId, ErrorCode, TicketId};

use super::bench::{Bench, HOUR, MINUTE, Opened, TestAgent, guest, refusal, reply, text};
use super::files::uploads;
use super::merging::{lea, literal, proven_guest, sees};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::continuation::FIRST_MESSAGE_N;
use crate::domain::tag::Tag;
use crate::store::writer::{Act, Actor, Append, Appended, OpeningRequester};
use crate::store::{Rules, Store};

on_both! {
    without_a_limit_or_within_it_a_message_reopens,
    past_the_limit_a_message_opens_a_linked_ticket,
    a_repeat_gets_the_same_answer,
    what_is_written_after_it_is_sent_on,
    two_nodes_open_one,
    a_continuation_goes_on_in_another_one,
    what_an_agent_opens_again_is_written_to_again,
    a_merge_leads_nowhere_round,
    an_agent_writes_in_it_as_before,
    a_guest_keeps_their_right_and_nobody_gains_one,
    an_unproven_guest_takes_no_proof_along,
    files_go_along_and_foreign_ones_do_not,
    what_is_refused_leaves_no_trace,
    alerts_go_with_it,
}

pub(super) const LIMIT: u64 = 2 * HOUR;

/// A node of a site that reopens for two hours.
pub(super) async fn limited(bench: &Bench) -> Store {
    let rules = Rules { reopen_within_ms: Some(LIMIT.cast_signed()), ..Rules::default() };
    Store::open_for_node(bench.database.clone(), bench.store.clock().clone(), rules).await.unwrap()
}

pub(super) async fn customers(bench: &Bench) -> Opened {
    let (_, login) = bench.customer("amina@example.org").await;
    bench.opens(login, OpeningRequester::Customer, "Charged twice").await
}

pub(super) async fn close(bench: &Bench, agent: TestAgent, ticket: TicketId) {
    bench.does(ticket, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    assert!(bench.store.close_rested(bench.store.clock().now(), 64).await.unwrap() > 0);
}

/// A ticket that has been closed for longer than the limit.
pub(super) async fn long_closed(bench: &Bench, agent: TestAgent, ticket: Opened) -> Opened {
    close(bench, agent, ticket.id).await;
    bench.clock.advance(LIMIT + 1);
    ticket
}

pub(super) fn says(bench: &Bench, ticket: Opened, words: &str) -> Append {
    bench.append(ticket.id, Actor::Visitor(ticket.login), reply(words))
}

pub(super) async fn sent(store: &Store, append: Append) -> Result<Appended, Refusal> {
    refusal(store.append(append).await)
}

pub(super) async fn goes_on(store: &Store, append: Append) -> TicketId {
    let appended = store.append(append).await.unwrap();
    assert_eq!((appended.n, appended.repeated), (FIRST_MESSAGE_N, false));
    appended.in_other.unwrap()
}

pub(super) async fn tickets(bench: &Bench) -> i64 {
    bench.number("select count(*) as n from ticket").await
}

async fn without_a_limit_or_within_it_a_message_reopens(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    close(bench, agent, ticket.id).await;
    bench.clock.advance(LIMIT);
    // Exactly at the edge.
    let appended = store.append(says(bench, ticket, "again")).await.unwrap();
    assert_eq!(appended, Appended { n: 5, repeated: false, in_other: None });
    assert_eq!(bench.agent_view(ticket.id, agent).await.ticket.status, Status::Open);

    close(bench, agent, ticket.id).await;
    bench.clock.advance(10 * LIMIT);
    let appended = bench.store.append(says(bench, ticket, "without a limit")).await.unwrap();
    assert_eq!(appended.in_other, None);
    assert_eq!(bench.public_view(ticket).await.ticket.closed_at, None);
    assert_eq!(tickets(bench).await, 1);
    store.close().await;
}

async fn past_the_limit_a_message_opens_a_linked_ticket(bench: &Bench) {
    let (agent, store, team) = (lea(bench).await, limited(bench).await, bench.team("Payments").await);
    let ticket = customers(bench).await;
    let as_agent = Actor::Agent(agent.login);
    let tag = Act::Tag { add: Tag::parse_all("add", &["Refund".to_owned()]).unwrap(), remove: Vec::new() };
    for act in [Act::Assign { team: Some(team), agent: Some(agent.id) }, tag] {
        bench.does(ticket.id, as_agent, act).await.unwrap();
    }
    close(bench, agent, ticket.id).await;
    let closed_at = bench.store.clock().now();
    bench.clock.advance(LIMIT + 1);
    let new = goes_on(&store, says(bench, ticket, "It happened again")).await;

    let old = bench.agent_view(ticket.id, agent).await;
    let name = TicketName { ticket: new, number: 10_002 };
    assert_eq!((old.ticket.status, old.ticket.continued_in), (Status::Closed, Some(name)));
    assert_eq!(old.ticket.closed_at, Some(closed_at));
    assert_eq!(old.events.last().unwrap().body, AgentBody::ContinuedIn(name));
    let shown = bench.public_view(ticket).await;
    assert_eq!((shown.ticket.closed_at, shown.ticket.continued_in), (Some(closed_at), Some(name)));
    // The requester's numbers have no hole for what agents did.
    assert_eq!(shown.events.iter().map(|event| event.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(shown.events[4].body, PublicBody::ContinuedIn(name));

    let living = bench.agent_view(new, agent).await;
    assert_eq!((living.ticket.number, living.ticket.status), (10_002, Status::Open));
    assert_eq!(living.ticket.requester.id, ticket.requester);
    assert_eq!((living.ticket.subject, living.ticket.topic), (old.ticket.subject, old.ticket.topic));
    assert_eq!(living.ticket.team.map(|team| team.id), Some(team));
    assert_eq!((living.ticket.assignee, living.ticket.tags), (None, vec!["Refund".to_owned()]));
    assert_eq!(living.ticket.waiting_since, Some(bench.store.clock().now()));
    let back = TicketName { ticket: ticket.id, number: 10_001 };
    assert_eq!(living.events[1].body, AgentBody::Continues(back));
    let AgentBody::Message(message) = &living.events[2].body else { panic!("{:?}", living.events[2]) };
    assert_eq!((living.events[2].n, message.text.as_str()), (FIRST_MESSAGE_N, "It happened again"));
    let public = bench.public_view(Opened { id: new, ..ticket }).await;
    assert_eq!(public.events[1].body, PublicBody::Continues(back));
    assert_eq!(public.ticket.last_n, FIRST_MESSAGE_N);
    let tagged = format!("select count(*) as n from ticket_tag where ticket_id = {}", literal(bench, new.0));
    assert_eq!(bench.number(&tagged).await, 1);
    store.close().await;
}

async fn a_repeat_gets_the_same_answer(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (_, login) = bench.customer("amina@example.org").await;
    let customer = bench.opens(login, OpeningRequester::Customer, "Charged twice").await;
    for ticket in [customer, bench.guest_opens("Hello").await] {
        let ticket = long_closed(bench, agent, ticket).await;
        let send = says(bench, ticket, "once");
        let new = goes_on(&store, send.clone()).await;
        let again = Appended { n: FIRST_MESSAGE_N, repeated: true, in_other: Some(new) };
        assert_eq!(store.append(send.clone()).await.unwrap(), again);
        // Another node, which knows no limit, says the same; and so does the ticket it went to.
        assert_eq!(bench.store.append(send.clone()).await.unwrap(), again);
        let there = store.append(Append { ticket: new, ..send }).await.unwrap();
        assert_eq!(there, Appended { in_other: None, ..again });
    }
    assert_eq!(tickets(bench).await, 4);
    store.close().await;
}

async fn what_is_written_after_it_is_sent_on(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let ticket = long_closed(bench, agent, ticket).await;
    let new = goes_on(&store, says(bench, ticket, "first")).await;
    let second = says(bench, ticket, "from another tab");
    assert_eq!(sent(&store, second.clone()).await, Err(Refusal::continued(new)));
    assert_eq!(sent(&bench.store, second.clone()).await, Err(Refusal::continued(new)), "also without a limit");
    assert_eq!(store.append(Append { ticket: new, ..second }).await.unwrap().n, FIRST_MESSAGE_N + 1);
    assert_eq!(tickets(bench).await, 2);
    store.close().await;
}

async fn two_nodes_open_one(bench: &Bench) {
    let agent = lea(bench).await;
    let stores = [limited(bench).await, limited(bench).await];
    let (_, login) = bench.customer("amina@example.org").await;
    for round in 0..6 {
        let ticket = bench.opens(login, OpeningRequester::Customer, &format!("Round {round}")).await;
        close(bench, agent, ticket.id).await;
        // Within the life of a login that nobody uses meanwhile.
        bench.clock.advance(LIMIT + 1);
        let tasks = [0, 1].map(|node: usize| {
            let (store, send) = (stores[node].clone(), says(bench, ticket, &format!("{round} from {node}")));
            tokio::spawn(async move { sent(&store, send).await })
        });
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.unwrap().map_err(|refusal| (refusal.code, refusal.ticket)));
        }
        done.sort_by_key(Result::is_err);
        let new = done[0].as_ref().unwrap().in_other.unwrap();
        assert_eq!(done[1], Err((ErrorCode::Continued, Some(new))));
    }
    assert_eq!(tickets(bench).await, 12);
    for store in stores {
        store.close().await;
    }
}

async fn a_continuation_goes_on_in_another_one(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let first = long_closed(bench, agent, ticket).await;
    let second = Opened { id: goes_on(&store, says(bench, first, "second")).await, ..first };
    let second = long_closed(bench, agent, second).await;
    // A stale page still sends to the first: it is led to the second, which opens a third.
    let send = says(bench, first, "third");
    assert_eq!(sent(&store, send.clone()).await, Err(Refusal::continued(second.id)));
    let third = goes_on(&store, Append { ticket: second.id, ..send }).await;
    assert_eq!(bench.agent_view(third, agent).await.ticket.number, 10_003);
    store.close().await;
}

async fn what_an_agent_opens_again_is_written_to_again(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let ticket = long_closed(bench, agent, ticket).await;
    goes_on(&store, says(bench, ticket, "first")).await;
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Reopen { pending: false }).await.unwrap();
    assert_eq!(store.append(says(bench, ticket, "here again")).await.unwrap().in_other, None);
    assert_eq!(bench.public_view(ticket).await.ticket.continued_in, None);
    store.close().await;
}

async fn a_merge_leads_nowhere_round(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let old = long_closed(bench, agent, ticket).await;
    let new = Opened { id: goes_on(&store, says(bench, old, "first")).await, ..old };
    bench.does(new.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    bench.does(new.id, Actor::Agent(agent.login), Act::Merge { into: old.id }).await.unwrap();
    let shown = bench.public_view(old).await.ticket;
    assert_eq!((shown.status, shown.continued_in), (Status::Closed, None));
    let send = says(bench, new, "where?");
    assert_eq!(sent(&store, send.clone()).await, Err(Refusal::merged(old.id)));
    let third = goes_on(&store, Append { ticket: old.id, ..send }).await;
    assert!(third != old.id && third != new.id);
    store.close().await;
}

async fn an_agent_writes_in_it_as_before(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let ticket = long_closed(bench, agent, ticket).await;
    let reply = bench.append(ticket.id, Actor::Agent(agent.login), reply("a parting word"));
    assert_eq!(store.append(reply).await.unwrap().in_other, None);
    assert_eq!(bench.public_view(ticket).await.ticket.status, Status::Closed);
    // What an agent writes there does not make it younger.
    goes_on(&store, says(bench, ticket, "thanks, but")).await;
    store.close().await;
}

/// R-A13, R-D4: rights go along, and no more than there were.
async fn a_guest_keeps_their_right_and_nobody_gains_one(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = proven_guest(bench, "a@example.org").await;
    let (elsewhere, ended, bystander) =
        (bench.visitor_login().await, bench.visitor_login().await, bench.visitor_login().await);
    let (yes, no) = if bench.is_postgres() { ("true", "false") } else { ("1", "0") };
    for (login, proven, revoked) in [(elsewhere, yes, "null"), (ended, yes, "1"), (bystander, no, "null")] {
        let values = [login.0, ticket.id.0, ticket.requester.0].map(|id| literal(bench, id)).join(", ");
        let text = "insert into login_grant (login_id, ticket_id, participant_id, proven, created_at, revoked_at)";
        bench.sql(&format!("{text} values ({values}, {proven}, 1, {revoked})")).await;
    }
    let ticket = long_closed(bench, agent, ticket).await;
    let new = goes_on(&store, says(bench, ticket, "secret canary")).await;
    assert!(sees(bench, new, ticket.login).await && sees(bench, new, elsewhere).await);
    assert!(!sees(bench, new, ended).await, "what was ended stays ended");
    assert!(!sees(bench, new, bystander).await, "who never proved the address gains nothing");
    assert!(sees(bench, ticket.id, elsewhere).await, "the old one stays readable");
    let requester = bench.agent_view(new, agent).await.ticket.requester;
    assert_eq!((requester.guest, requester.proof), (true, Proof::Confirmed));
    assert_eq!(requester.email, "a@example.org");
    assert!(requester.id != ticket.requester, "a guest is another participant in each ticket");
    // R-D3: whoever sees the old one alone reads nothing of what was written.
    let old = serde_json::to_string(&bench.public_events(ticket.id, 0).await).unwrap();
    assert!(!old.contains("canary"), "{old}");
    // The rights are whole: the guest goes on there.
    let send = bench.append(new, Actor::Visitor(elsewhere), reply("from my phone"));
    assert_eq!(store.append(send).await.unwrap().n, FIRST_MESSAGE_N + 1);
    store.close().await;
}

/// Decisions 10: an address that somebody typed stays unproven.
async fn an_unproven_guest_takes_no_proof_along(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = bench.guest_opens("Hello").await;
    let ticket = long_closed(bench, agent, ticket).await;
    let new = goes_on(&store, says(bench, ticket, "still me")).await;
    assert!(sees(bench, new, ticket.login).await);
    assert_eq!(bench.agent_view(new, agent).await.ticket.requester.proof, Proof::NotConfirmed);
    let (new, login) = (literal(bench, new.0), literal(bench, ticket.login.0));
    let proven = if bench.is_postgres() { "proven" } else { "proven = 1" };
    let grants = format!("select count(*) as n from login_grant where ticket_id = {new}");
    assert_eq!(bench.number(&format!("{grants} and login_id = {login}")).await, 1);
    assert_eq!(bench.number(&format!("{grants} and {proven}")).await, 0);
    store.close().await;
}

fn with_file(file: protocol::AttachmentId) -> Act {
    Act::Post {
        kind: PostKind::Reply,
        text: text("see"),
        attachments: vec![file],
        mentions: Vec::new(),
        drafts: Vec::new(),
    }
}

/// R-F: a file is bound to one message, by who uploaded it.
async fn files_go_along_and_foreign_ones_do_not(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.guest_opens("Somebody else").await;
    let ticket = long_closed(bench, agent, ticket).await;
    let (file, foreign) = (uploads(bench, ticket, 300).await, uploads(bench, other, 300).await);
    let send = |file| bench.append(ticket.id, Actor::Visitor(ticket.login), with_file(file));
    let missing = Refusal::of("attachments", ErrorCode::NotFound);
    assert_eq!(sent(&store, send(foreign.id)).await, Err(missing.clone()));
    assert_eq!(tickets(bench).await, 2);
    let new = Opened { id: goes_on(&store, send(file.id)).await, ..ticket };
    let AgentBody::Message(message) = &bench.agent_view(new.id, agent).await.events[2].body else { panic!() };
    assert_eq!(message.attachments, std::slice::from_ref(&file));
    let there =
        format!("select count(*) as n from attachment where seq = 3 and ticket_id = {}", literal(bench, new.id.0));
    assert_eq!(bench.number(&there).await, 1);
    let twice = bench.append(new.id, Actor::Visitor(ticket.login), with_file(file.id));
    assert_eq!(sent(&store, twice).await, Err(missing));
    store.close().await;
}

async fn what_is_refused_leaves_no_trace(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = customers(bench).await;
    let ticket = long_closed(bench, agent, ticket).await;
    let stranger = bench.visitor_login().await;
    let foreign = bench.append(ticket.id, Actor::Visitor(stranger), reply("let me in"));
    assert_eq!(sent(&store, foreign).await, Err(Refusal::new(ErrorCode::NotFound)));
    let late = Append { if_last_n: Some(1), ..says(bench, ticket, "conditional") };
    assert_eq!(sent(&store, late).await.map_err(|refusal| refusal.code), Err(ErrorCode::Conflict));
    assert_eq!(tickets(bench).await, 1);
    // The number is not used up either.
    goes_on(&store, Append { client_id: ClientId(bench.id()), ..says(bench, ticket, "now") }).await;
    assert_eq!(bench.number("select max(number) as n from ticket").await, 10_002);
    store.close().await;
}

async fn alerts_go_with_it(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let ticket = bench.opens(bench.visitor_login().await, guest("a@example.org"), "Hello").await;
    let ticket = long_closed(bench, agent, ticket).await;
    bench.clock.advance(MINUTE);
    let new = goes_on(&store, says(bench, ticket, "still broken")).await;
    let unread = |ticket: TicketId| {
        let ticket = literal(bench, ticket.0);
        format!(
            "select count(*) as n from attention where ticket_id = {ticket} and wanted_seq > read_seq \
                 and recipient_id is null"
        )
    };
    assert_eq!(bench.number(&unread(ticket.id)).await, 0);
    assert_eq!(bench.number(&unread(new)).await, 1);
    let mails =
        format!("select count(*) as n from delivery where kind = 'm1' and ticket_id = {}", literal(bench, new.0));
    assert_eq!(bench.number(&mails).await, 1);
    store.close().await;
}
