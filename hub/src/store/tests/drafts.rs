//! Drafts: what is written over, what ends one, who reads it, and how long it is kept.

use futures_util::future::{join, join_all};
use protocol::drafts::Draft;
use protocol::frame::PostKind;
use protocol::model::Role;
use protocol::{DraftRevision, ErrorCode, TicketId};

use super::bench::{Bench, DAY, NOON, TestAgent, guest, post, refusal, reply};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::{self, Who};
use crate::domain::limits::DRAFTS_MAX;
use crate::domain::message::DraftText;
use crate::store::Store;
use crate::store::drafts::DraftState;
use crate::store::sql::{Sql, run};
use crate::store::writer::{Act, Actor, Append, OpeningRequester};

on_both! {
    a_draft_is_kept_one_for_each_kind,
    nothing_is_written_over_unseen,
    a_message_ends_its_draft_and_what_comes_late_is_refused,
    a_first_state_that_comes_after_its_message_is_refused,
    a_draft_that_was_written_on_elsewhere_outlives_the_message,
    a_message_that_is_refused_ends_no_draft,
    two_messages_of_one_batch_end_what_each_was_made_from,
    nobody_else_reads_a_draft,
    an_agent_has_so_many_drafts,
    twenty_at_once_find_room_for_one,
    drafts_are_forgotten_in_their_time,
    a_merged_tickets_draft_stays_and_ends_with_what_was_sent_on,
}

const KIND: PostKind = PostKind::Reply;
/// Of a bench's Postgres store, a third of all.
const CONNECTIONS_THAT_WRITE: i64 = 3;

impl Bench {
    fn revision(&self) -> DraftRevision {
        DraftRevision(self.id())
    }

    async fn keeps(
        &self,
        agent: TestAgent,
        ticket: TicketId,
        (kind, text): (PostKind, &str),
        (base, revision): (Option<DraftRevision>, DraftRevision),
    ) -> Result<(), Refusal> {
        let text = DraftText::parse(text.to_owned()).unwrap();
        self.keeps_on(&self.store, agent, ticket, DraftState { kind, text, base, revision }).await
    }

    async fn keeps_on(
        &self,
        node: &Store,
        agent: TestAgent,
        ticket: TicketId,
        state: DraftState,
    ) -> Result<(), Refusal> {
        let found = self.store.ticket_ref(self.site(), ticket).await.unwrap().unwrap();
        let who = Who::Agent(self.agent_of(agent).await);
        refusal(node.keep_draft(&access::read(&who, &found).unwrap(), &state).await)
    }

    /// A reply's first state.
    async fn begins(&self, agent: TestAgent, ticket: TicketId, text: &str) -> DraftRevision {
        let revision = self.revision();
        self.keeps(agent, ticket, (KIND, text), (None, revision)).await.unwrap();
        revision
    }

    /// (kind, text, revision) of a ticket, ended ones too.
    async fn drafts_of(&self, agent: TestAgent, ticket: TicketId) -> Vec<(PostKind, String, DraftRevision)> {
        let found = self.store.ticket_ref(self.site(), ticket).await.unwrap().unwrap();
        let who = Who::Agent(self.agent_of(agent).await);
        let drafts = self.store.ticket_drafts(&access::read(&who, &found).unwrap()).await.unwrap();
        drafts.into_iter().map(|draft| (draft.kind, draft.text, draft.revision)).collect()
    }

    /// Where the agent has one.
    async fn listed(&self, agent: TestAgent) -> Vec<(TicketId, PostKind)> {
        let agent = self.agent_of(agent).await;
        let drafts = self.store.drafts(&agent).await.unwrap();
        drafts.into_iter().map(|draft| (draft.ticket, draft.kind)).collect()
    }

    async fn sends(&self, agent: TestAgent, ticket: TicketId, states: &[DraftRevision]) -> Result<i64, Refusal> {
        self.does(ticket, Actor::Agent(agent.login), made_from(reply("sent"), states)).await.map(|done| done.n)
    }
}

fn made_from(act: Act, states: &[DraftRevision]) -> Act {
    match act {
        Act::Post { kind, text, attachments, mentions, .. } => {
            Act::Post { kind, text, attachments, mentions, drafts: states.to_vec() }
        }
        other => other,
    }
}

/// What stands there instead of the state that was to be gone on from.
fn changed(kind: PostKind, text: &str, revision: DraftRevision) -> Result<(), Refusal> {
    Err(Refusal::draft_changed(Draft { kind, text: text.to_owned(), revision, at: NOON }))
}

async fn a_draft_is_kept_one_for_each_kind(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (ticket, other) = (bench.guest_opens("one").await.id, bench.guest_opens("two").await.id);
    let [first, second, note] = [bench.revision(), bench.revision(), bench.revision()];
    bench.keeps(lea, ticket, (KIND, " Été 🙏\n"), (None, first)).await.unwrap();
    bench.keeps(lea, ticket, (PostKind::Note, "for us"), (None, note)).await.unwrap();
    bench.keeps(lea, ticket, (KIND, " Été 🙏\nand on"), (Some(first), second)).await.unwrap();
    bench.begins(lea, other, "elsewhere").await;
    let expected = [(PostKind::Note, "for us".to_owned(), note), (KIND, " Été 🙏\nand on".to_owned(), second)];
    assert_eq!(bench.drafts_of(lea, ticket).await, expected);
    let mut listed = bench.listed(lea).await;
    listed.sort_by_key(|(place, kind)| (*place == other, *kind == PostKind::Note));
    assert_eq!(listed, [(ticket, KIND), (ticket, PostKind::Note), (other, KIND)]);
    // Nothing of it is an event, and nothing of it counts.
    assert_eq!(bench.agent_view(ticket, lea).await.cursor, 2);

    // What is emptied is gone from the list; its state stays for a while.
    let emptied = bench.revision();
    bench.keeps(lea, ticket, (KIND, " \n"), (Some(second), emptied)).await.unwrap();
    assert_eq!(bench.drafts_of(lea, ticket).await[1], (KIND, String::new(), emptied));
    assert!(!bench.listed(lea).await.contains(&(ticket, KIND)));
    // What never was leaves nothing behind.
    bench.keeps(lea, ticket, (PostKind::Ask, "a question"), (None, bench.revision())).await.unwrap();
    assert_eq!(bench.drafts_of(lea, ticket).await[0].0, PostKind::Ask);
}

async fn nothing_is_written_over_unseen(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let first = bench.begins(lea, ticket, "on the desk").await;
    // A repeat of what got no answer is the same answer, and changes nothing.
    assert_eq!(bench.keeps(lea, ticket, (KIND, "on the desk"), (None, first)).await, Ok(()));
    let blind = bench.keeps(lea, ticket, (KIND, "on the phone"), (None, bench.revision())).await;
    assert_eq!(blind, changed(KIND, "on the desk", first));
    let second = bench.revision();
    bench.keeps(lea, ticket, (KIND, "on the desk, and on"), (Some(first), second)).await.unwrap();
    for text in ["on the phone", ""] {
        let late = bench.keeps(lea, ticket, (KIND, text), (Some(first), bench.revision())).await;
        assert_eq!(late, changed(KIND, "on the desk, and on", second));
    }
    assert_eq!(bench.drafts_of(lea, ticket).await, [(KIND, "on the desk, and on".to_owned(), second)]);
    // At the same time from the same state: one is written, the other is told of it.
    let (left, right) = (bench.revision(), bench.revision());
    let (one, two) = tokio::join!(
        bench.keeps(lea, ticket, (KIND, "left"), (Some(second), left)),
        bench.keeps(lea, ticket, (KIND, "right"), (Some(second), right)),
    );
    let stands = bench.drafts_of(lea, ticket).await;
    let (lost, text, revision) = if one.is_ok() { (two, "left", left) } else { (one, "right", right) };
    assert_eq!(stands, [(KIND, text.to_owned(), revision)]);
    assert_eq!(lost, changed(KIND, text, revision));
}

async fn a_message_ends_its_draft_and_what_comes_late_is_refused(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let first = bench.begins(lea, ticket, "almost").await;
    let note = bench.revision();
    bench.keeps(lea, ticket, (PostKind::Note, "for us"), (None, note)).await.unwrap();
    let late = bench.revision();
    bench.sends(lea, ticket, &[first, late]).await.unwrap();
    assert_eq!(bench.listed(lea).await, [(ticket, PostKind::Note)]);
    let ended = bench.drafts_of(lea, ticket).await.pop().unwrap();
    assert_eq!((ended.0, ended.1.as_str()), (KIND, ""));
    // The state that was on its way when it was sent, and its repeat.
    for _ in 0..2 {
        let refused = bench.keeps(lea, ticket, (KIND, "almost there"), (Some(first), late)).await;
        assert_eq!(refused, changed(KIND, "", ended.2));
    }
    assert_eq!(bench.listed(lea).await, [(ticket, PostKind::Note)]);
    // Whoever has seen the end begins anew.
    bench.keeps(lea, ticket, (KIND, "the next one"), (Some(ended.2), bench.revision())).await.unwrap();
    assert_eq!(bench.listed(lea).await.len(), 2);
}

async fn a_first_state_that_comes_after_its_message_is_refused(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let on_its_way = bench.revision();
    bench.sends(lea, ticket, &[on_its_way]).await.unwrap();
    let refused = bench.keeps(lea, ticket, (KIND, "sent"), (None, on_its_way)).await.unwrap_err();
    assert_eq!((refused.code, refused.draft.unwrap().text.as_str()), (ErrorCode::DraftChanged, ""));
    assert_eq!(bench.listed(lea).await, []);
    // A message of which no state was ever on its way leaves nothing behind.
    let other = bench.guest_opens("two").await.id;
    bench.sends(lea, other, &[]).await.unwrap();
    assert_eq!(bench.drafts_of(lea, other).await, []);
}

async fn a_draft_that_was_written_on_elsewhere_outlives_the_message(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let first = bench.begins(lea, ticket, "on the desk").await;
    let phone = bench.revision();
    bench.keeps(lea, ticket, (KIND, "on the phone"), (Some(first), phone)).await.unwrap();
    bench.sends(lea, ticket, &[first]).await.unwrap();
    assert_eq!(bench.drafts_of(lea, ticket).await, [(KIND, "on the phone".to_owned(), phone)]);
    // Nor does a note end the reply's, nor a colleague's message anything.
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    bench.sends(lou, ticket, &[phone]).await.unwrap();
    bench.does(ticket, Actor::Agent(lea.login), made_from(post(PostKind::Note, "n"), &[])).await.unwrap();
    assert_eq!(bench.listed(lea).await, [(ticket, KIND)]);
    // What had been written before is answered the same, and ends nothing more.
    let act = made_from(reply("twice"), &[phone]);
    let append = bench.append(ticket, Actor::Agent(lea.login), act);
    let done = bench.store.append(append.clone()).await.unwrap();
    let ended = bench.drafts_of(lea, ticket).await[0].2;
    let again = bench.revision();
    bench.keeps(lea, ticket, (KIND, "the next one"), (Some(ended), again)).await.unwrap();
    let repeated = Append { act: made_from(reply("twice"), &[phone, again]), ..append };
    assert_eq!(bench.store.append(repeated).await.unwrap().n, done.n);
    assert_eq!(bench.drafts_of(lea, ticket).await, [(KIND, "the next one".to_owned(), again)]);
}

async fn a_message_that_is_refused_ends_no_draft(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let first = bench.begins(lea, ticket, "almost").await;
    let last_n = bench.agent_view(ticket, lea).await.cursor;
    let mut append = bench.append(ticket, Actor::Agent(lea.login), made_from(reply("sent"), &[first]));
    append.if_last_n = Some(last_n + 7);
    assert_eq!(refusal(bench.store.append(append).await), Err(Refusal::new(ErrorCode::Conflict)));
    assert_eq!(bench.drafts_of(lea, ticket).await, [(KIND, "almost".to_owned(), first)]);
}

async fn two_messages_of_one_batch_end_what_each_was_made_from(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("hello").await.id;
    let (leas, lous) = (bench.begins(lea, ticket, "Lea's").await, bench.begins(lou, ticket, "Lou's").await);
    let plug = bench.plug(bench.guest_opens("Plug").await).await;
    let made = [(lea, [leas]), (lea, [bench.revision()]), (lou, [lous])];
    let sends = made.iter().map(|(agent, states)| bench.sends(*agent, ticket, states)).collect();
    let done = bench.in_one_batch(plug, sends).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 3);
    assert_eq!((bench.listed(lea).await, bench.listed(lou).await), (vec![], vec![]));
    assert_eq!((bench.drafts_of(lea, ticket).await.len(), bench.drafts_of(lou, ticket).await.len()), (1, 1));
}

/// R-D2, R-D3: nobody else's, and not one's own once the ticket is out of reach.
async fn nobody_else_reads_a_draft(bench: &Bench) {
    let (cards, loans) = (bench.team("Cards").await, bench.team("Loans").await);
    let lea = bench.agent("Lea", Role::Agent, &[cards]).await;
    let lou = bench.agent("Lou", Role::Admin, &[]).await;
    let opened = bench.guest_opens("hello").await;
    let leas = bench.begins(lea, opened.id, "Lea's").await;
    assert_eq!((bench.drafts_of(lou, opened.id).await, bench.listed(lou).await), (vec![], vec![]));
    // Lou's first state is not Lea's, whatever he says that it was made from.
    let lous = bench.revision();
    bench.keeps(lou, opened.id, (KIND, "Lou's"), (Some(leas), lous)).await.unwrap();
    assert_eq!(bench.drafts_of(lea, opened.id).await, [(KIND, "Lea's".to_owned(), leas)]);

    let found = bench.store.ticket_ref(bench.site(), opened.id).await.unwrap().unwrap();
    let visitor = Who::Visitor(bench.visitor_of(opened.login).await);
    assert!(bench.store.ticket_drafts(&access::read(&visitor, &found).unwrap()).await.is_err());

    let moves = |team| Act::Assign { team: Some(team), agent: None };
    bench.does(opened.id, Actor::Agent(lou.login), moves(loans)).await.unwrap();
    assert_eq!(bench.listed(lea).await, []);
    let found = bench.store.ticket_ref(bench.site(), opened.id).await.unwrap().unwrap();
    assert!(access::read(&Who::Agent(bench.agent_of(lea).await), &found).is_none());
    // It is there again with the ticket.
    bench.does(opened.id, Actor::Agent(lou.login), moves(cards)).await.unwrap();
    assert_eq!(bench.drafts_of(lea, opened.id).await, [(KIND, "Lea's".to_owned(), leas)]);
}

async fn an_agent_has_so_many_drafts(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let login = bench.visitor_login().await;
    let mut tickets = Vec::new();
    for n in 0..=DRAFTS_MAX / 2 {
        tickets.push(bench.opens(login, guest("guest@example.org"), &format!("{n}")).await.id);
    }
    let mut last = None;
    for ticket in &tickets[..tickets.len() - 1] {
        let note = bench.revision();
        bench.keeps(lea, *ticket, (PostKind::Note, "n"), (None, note)).await.unwrap();
        last = Some((*ticket, bench.begins(lea, *ticket, "r").await));
    }
    let (full, revision) = last.unwrap();
    let more = *tickets.last().unwrap();
    let refused = bench.keeps(lea, more, (KIND, "one more"), (None, bench.revision())).await;
    assert_eq!(refused, Err(Refusal::of("text", ErrorCode::Conflict).with_limit(200)));
    // One goes on with those that are there; an end makes room.
    let next = bench.revision();
    bench.keeps(lea, full, (KIND, "r and on"), (Some(revision), next)).await.unwrap();
    bench.sends(lea, full, &[next]).await.unwrap();
    bench.begins(lea, more, "one more").await;
    assert_eq!(bench.listed(lea).await.len(), 200);
}

/// In as many tickets, on two nodes, where there is room for one. On Postgres as many as there are connections have
/// looked before any of them can write.
async fn twenty_at_once_find_room_for_one(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let login = bench.visitor_login().await;
    let mut left = DRAFTS_MAX - 1;
    while left > 0 {
        let ticket = bench.opens(login, guest("guest@example.org"), "one of many").await.id;
        for kind in [PostKind::Reply, PostKind::Ask, PostKind::Note].into_iter().take(left as usize) {
            bench.keeps(lea, ticket, (kind, "kept"), (None, bench.revision())).await.unwrap();
            left -= 1;
        }
    }
    let mut begun = Vec::new();
    for turn in 0..20 {
        let ticket = bench.opens(login, guest("guest@example.org"), "one more").await.id;
        let text = DraftText::parse("one more".to_owned()).unwrap();
        let state = DraftState { kind: KIND, text, base: None, revision: bench.revision() };
        begun.push(bench.keeps_on(&stores[turn % 2], lea, ticket, state));
    }
    let done = match bench.is_postgres() {
        true => {
            let held = bench.store.db().begin_batch().await.unwrap();
            run(&held, Sql::new("lock table draft in share mode")).await.unwrap();
            let release = async {
                bench.waits_for_locks(2 * CONNECTIONS_THAT_WRITE).await;
                held.rollback().await.unwrap();
            };
            join(join_all(begun), release).await.0
        }
        false => join_all(begun).await,
    };
    let full = Err(Refusal::of("text", ErrorCode::Conflict).with_limit(DRAFTS_MAX as u64));
    assert_eq!(done.iter().filter(|done| **done == full).count(), 19);
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(bench.number("select count(*) as n from draft where text <> ''").await, DRAFTS_MAX);
    stores[1].close().await;
}

async fn drafts_are_forgotten_in_their_time(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    let (kept, sent) = (bench.guest_opens("one").await.id, bench.guest_opens("two").await.id);
    let first = bench.begins(lea, kept, "kept").await;
    let second = bench.begins(lea, sent, "sent").await;
    bench.begins(lou, kept, "of one who goes").await;
    bench.sends(lea, sent, &[second]).await.unwrap();
    let rows = async || bench.number("select count(*) as n from draft").await;
    bench.store.prune().await.unwrap();
    assert_eq!(rows().await, 3);
    bench.sql(&format!("update participant set disabled_at = {NOON} where name = 'Lou'")).await;
    bench.clock.advance(DAY + 1);
    bench.store.prune().await.unwrap();
    // What ended is forgotten, and what somebody who was put out for a day was writing.
    assert_eq!(rows().await, 1);
    bench.clock.advance(89 * DAY - 2);
    bench.store.prune().await.unwrap();
    assert_eq!(rows().await, 1);
    bench.clock.advance(2);
    bench.store.prune().await.unwrap();
    assert_eq!(rows().await, 0);
    // A page that still has it writes it anew, over nothing.
    let lea = TestAgent { login: bench.login(access::Audience::Agent, Some(lea.id)).await, ..lea };
    let again = bench.revision();
    bench.keeps(lea, kept, (KIND, "kept"), (Some(first), again)).await.unwrap();
    assert_eq!(bench.drafts_of(lea, kept).await, [(KIND, "kept".to_owned(), again)]);
}

async fn a_merged_tickets_draft_stays_and_ends_with_what_was_sent_on(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Lead, &[]).await;
    let (_, login) = bench.customer("amina@example.org").await;
    let from = bench.opens(login, OpeningRequester::Customer, "Charged twice").await.id;
    let into = bench.opens(login, OpeningRequester::Customer, "Charged twice, again").await.id;
    let first = bench.begins(lea, from, "almost").await;
    let theirs = bench.begins(lea, into, "another").await;
    bench.does(from, Actor::Agent(lea.login), Act::Merge { into }).await.unwrap();
    assert_eq!(bench.drafts_of(lea, from).await, [(KIND, "almost".to_owned(), first)]);
    // Nothing more is written there; what is sent from there goes on, and ends it.
    let refused = bench.keeps(lea, from, (KIND, "almost there"), (Some(first), bench.revision())).await;
    assert_eq!(refused, Err(Refusal::merged(into)));
    assert_eq!(bench.sends(lea, from, &[first]).await, Err(Refusal::merged(into)));
    assert_eq!(bench.drafts_of(lea, from).await, [(KIND, "almost".to_owned(), first)]);
    bench.sends(lea, into, &[first]).await.unwrap();
    assert_eq!(bench.listed(lea).await, [(into, KIND)]);
    assert_eq!(bench.drafts_of(lea, into).await, [(KIND, "another".to_owned(), theirs)]);
    // And what is left there can be taken away.
    let ended = bench.drafts_of(lea, from).await[0].2;
    bench.keeps(lea, from, (KIND, ""), (Some(ended), bench.revision())).await.unwrap();
}
