//! Going on, many at once and in any order: what people send is written once, a closing is gone on from once, and no
//! way leads round.

use std::collections::HashMap;

use futures_util::future::{join, join_all};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use proptest::{prop_assert, prop_assert_eq};
use protocol::frame::{AnyEvent, PostKind};
use protocol::model::{AgentBody, PublicBody, Status};
use protocol::{ClientId, ErrorCode, LoginId, ParticipantId, TicketId};

use super::bench::{Bench, MINUTE, Opened, TestAgent, post, refusal, reply};
use super::continuing::{LIMIT, customers, limited, long_closed, says, sent, tickets};
use super::merging::{lea, proven_guest, sees};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::continuation::FIRST_MESSAGE_N;
use crate::store::Store;
use crate::store::writer::{Act, Actor, Append, Appended, OpeningRequester};

on_both! {
    posts_of_one_batch_open_one_ticket_and_all_come_to_stand_there,
    rights_go_along_in_the_order_of_a_batch,
    whatever_happens_all_is_written_once_and_leads_to_an_end,
}

async fn texts(bench: &Bench, ticket: TicketId) -> Vec<String> {
    let log = bench.agent_events(ticket, 0).await.into_iter();
    log.filter_map(|event| if let AgentBody::Message(message) = event.body { Some(message.text) } else { None })
        .collect()
}

/// The first opens the ticket. Those that came with it are told where it is, and sent on as pages do.
async fn posts_of_one_batch_open_one_ticket_and_all_come_to_stand_there(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    let (ticket, other) = (customers(bench).await, bench.guest_opens("Somebody else").await);
    let (ticket, other) = (long_closed(bench, agent, ticket).await, long_closed(bench, agent, other).await);
    let plugging = bench.guest_opens("Plug").await;
    let before = tickets(bench).await;
    let mut commits = store.commits();

    let posts = ["one", "two", "three", "four"].map(|words| says(bench, ticket, words));
    let note = bench.append(ticket.id, Actor::Agent(agent.login), post(PostKind::Note, "Ours."));
    let [one, two, three, four] = posts.clone();
    let batch = [note, one.clone(), says(bench, other, "alone"), two, one, three, four];
    let plug = bench.plug_of(&store, plugging).await;
    let came = bench.in_one_batch(plug, batch.into_iter().map(|send| sent(&store, send)).collect()).await;
    let new = came[1].as_ref().unwrap().in_other.unwrap();
    let first = Appended { n: FIRST_MESSAGE_N, repeated: false, in_other: Some(new) };
    assert_eq!(came[1], Ok(first));
    let others = came[2].as_ref().unwrap().in_other.unwrap();
    assert_eq!(came[4], Ok(Appended { repeated: true, ..first }));
    for late in [&came[3], &came[5], &came[6]] {
        assert_eq!(*late, Err(Refusal::continued(new)));
    }
    // One commit: a note, and twice `continued_in`, `opened`, `continues` and the message.
    assert_eq!(commits.recv().await.unwrap().len(), 1);
    assert_eq!(commits.recv().await.unwrap().len(), 9);
    assert_eq!(tickets(bench).await, before + 2);

    // In one batch again, from their beginning: what stands there is not written twice.
    let on = posts.map(|send| Append { ticket: new, ..send });
    let plug = bench.plug_of(&store, plugging).await;
    let came = bench.in_one_batch(plug, on.into_iter().map(|send| sent(&store, send)).collect()).await;
    let n = came.iter().map(|came| came.as_ref().map(|done| (done.n, done.repeated)).unwrap());
    assert_eq!(n.collect::<Vec<_>>(), [(3, true), (4, false), (5, false), (6, false)]);
    assert_eq!(texts(bench, new).await, ["one", "two", "three", "four"]);
    assert_eq!(texts(bench, others).await, ["alone"]);
    assert_eq!(tickets(bench).await, before + 2);
    store.close().await;
}

/// R-A13: a merge and a message that goes on, in one batch. Whoever was led to a ticket before it went on goes along;
/// whoever came after that does not.
async fn rights_go_along_in_the_order_of_a_batch(bench: &Bench) {
    let (agent, store) = (lea(bench).await, limited(bench).await);
    for merged_first in [true, false] {
        let [from, into] = [proven_guest(bench, "a@example.org").await, proven_guest(bench, "a@example.org").await];
        let (from, into) = (long_closed(bench, agent, from).await, long_closed(bench, agent, into).await);
        let plug = bench.guest_opens("Plug").await;
        let merge = bench.append(from.id, Actor::Agent(agent.login), Act::Merge { into: into.id });
        let message = says(bench, into, "late");
        let batch = if merged_first { [merge, message] } else { [message, merge] };
        let plug = bench.plug_of(&store, plug).await;
        let came = bench.in_one_batch(plug, batch.into_iter().map(|send| sent(&store, send)).collect()).await;
        let new = came.into_iter().find_map(|came| came.unwrap().in_other).unwrap();
        assert!(sees(bench, into.id, from.login).await && sees(bench, new, into.login).await);
        assert_eq!(sees(bench, new, from.login).await, merged_first);
        // What is still sent to the merged one comes to stand where it may be read by whoever sent it.
        let mut send = says(bench, from, "later");
        let written = loop {
            match sent(&store, send.clone()).await {
                Ok(done) => break done.in_other.unwrap_or(send.ticket),
                Err(refusal) => send.ticket = refusal.ticket.expect("it is led on"),
            }
        };
        assert_eq!(written == new, merged_first);
        assert!(sees(bench, written, from.login).await);
    }
    store.close().await;
}

/// What somebody does to one of the tickets that are there by then; places are counted from the newest, and round.
#[derive(Clone, Debug)]
enum Step {
    Says(usize),
    /// A page that got no answer sends it again, maybe to another node.
    SaysTwice(usize),
    Answers(usize, PostKind),
    /// An agent solves it, and time closes it.
    Closes(usize),
    Reopens(usize),
    Merges(usize, usize),
    /// Something that was written is sent once more.
    Repeats(usize),
}

/// What is done at the same time.
#[derive(Clone, Debug)]
struct Round {
    steps: Vec<Step>,
    /// By one node, in one transaction; else by both, as it comes.
    in_one_batch: bool,
    then: Then,
}

/// What happens between two rounds.
#[derive(Clone, Copy, Debug)]
enum Then {
    TimePasses(u64),
    /// Everything is solved and closed, and long after that.
    AllRests,
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    // Mostly with what was opened last.
    let place = || prop_oneof![0..3_usize, 0..24_usize];
    let kind = prop_oneof![Just(PostKind::Reply), Just(PostKind::Ask), Just(PostKind::Note)];
    let step = prop_oneof![
        6 => place().prop_map(Step::Says),
        1 => (place(), kind).prop_map(|(at, kind)| Step::Answers(at, kind)),
        3 => place().prop_map(Step::Closes),
        1 => place().prop_map(Step::Reopens),
        4 => (place(), place()).prop_map(|(from, into)| Step::Merges(from, into)),
        1 => place().prop_map(Step::Repeats),
    ];
    let at_once = (proptest::collection::vec(step, 1..7), any::<bool>());
    let twice = place().prop_map(|at| (vec![Step::SaysTwice(at)], false));
    let then = prop_oneof![
        2 => Just(Then::TimePasses(MINUTE)),
        2 => Just(Then::TimePasses(LIMIT + 1)),
        3 => Just(Then::AllRests),
    ];
    let round = (prop_oneof![6 => at_once, 1 => twice], then).prop_map(|((steps, in_one_batch), then)| Round {
        steps,
        in_one_batch,
        then,
    });
    // Ten at most: nobody is signed out meanwhile.
    proptest::collection::vec(round, 1..11)
}

/// A ticket, and the browser that writes to it.
#[derive(Clone, Copy, Debug)]
struct Held {
    id: TicketId,
    login: LoginId,
}

/// What was written, as it was sent in the end.
#[derive(Clone, Debug)]
struct Sent {
    send: Append,
    done: Appended,
}

impl Sent {
    fn is_post(&self) -> bool {
        matches!(self.send.act, Act::Post { .. })
    }

    /// Where it stands.
    fn place(&self) -> (TicketId, i64) {
        (self.done.in_other.unwrap_or(self.send.ticket), self.done.n)
    }
}

struct Game<'a> {
    bench: &'a Bench,
    nodes: &'a [Store; 2],
    lea: TestAgent,
    /// The browsers of each person: an account's, a guest's who proved the address, a guest's who did not, and one
    /// of nobody here.
    people: [Vec<LoginId>; 4],
    tickets: Vec<Held>,
    /// What the writer is held up with.
    plug: Opened,
    sent: Vec<Sent>,
}

impl<'a> Game<'a> {
    async fn begin(bench: &'a Bench, nodes: &'a [Store; 2], lea: ParticipantId, customer: ParticipantId) -> Self {
        // Sign-ins of its own: hours pass in each game.
        let lea = TestAgent { id: lea, login: bench.login(Audience::Agent, Some(lea)).await };
        let account = bench.login(Audience::Requester, Some(customer)).await;
        let mut opened: Vec<Opened> = Vec::new();
        for n in 0..2 {
            opened.push(bench.opens(account, OpeningRequester::Customer, &format!("Number {n}")).await);
        }
        for _ in 0..2 {
            opened.push(proven_guest(bench, "a@example.org").await);
        }
        opened.push(bench.guest_opens("Hello").await);
        let proven = vec![opened[2].login, opened[3].login];
        let people = [vec![account], proven, vec![opened[4].login], vec![bench.visitor_login().await]];
        let tickets = opened.iter().map(|ticket| Held { id: ticket.id, login: ticket.login }).collect();
        let plug = bench.guest_opens("Plug").await;
        Self { bench, nodes, lea, people, tickets, plug, sent: Vec::new() }
    }

    fn ticket(&self, place: usize) -> Held {
        self.tickets[self.tickets.len() - 1 - place % self.tickets.len()]
    }

    async fn take(&self, node: usize, step: &Step) -> Result<Vec<Sent>, TestCaseError> {
        let message = |place: usize| {
            let Held { id, login } = self.ticket(place);
            self.bench.append(id, Actor::Visitor(login), reply("x"))
        };
        match step {
            Step::Says(at) => Ok(vec![self.sends(node, message(*at)).await?]),
            Step::SaysTwice(at) => {
                let send = message(*at);
                let (one, other) = join(self.sends(0, send.clone()), self.sends(1, send)).await;
                let (one, other) = (one?, other?);
                prop_assert_eq!((one.send.ticket, one.place()), (other.send.ticket, other.place()));
                prop_assert!(one.done.repeated != other.done.repeated);
                Ok(vec![one, other])
            }
            Step::Answers(at, kind) => self.agent_does(node, *at, post(*kind, "y")).await,
            Step::Closes(at) => {
                let solved = self.agent_does(node, *at, Act::Solve).await?;
                self.nodes[node].close_rested(self.bench.clock.now(), 64).await.unwrap();
                Ok(solved)
            }
            Step::Reopens(at) => self.agent_does(node, *at, Act::Reopen { pending: false }).await,
            Step::Merges(from, into) => self.agent_does(node, *from, Act::Merge { into: self.ticket(*into).id }).await,
            Step::Repeats(at) => {
                if let Some(sent) = self.sent.get(at % self.sent.len().max(1)) {
                    is_answered_again(&self.nodes[node], sent).await?;
                }
                Ok(Vec::new())
            }
        }
    }

    /// As a page does: on to wherever it is led, under the same client id.
    async fn sends(&self, node: usize, mut send: Append) -> Result<Sent, TestCaseError> {
        // Those that are there, and those that this round's other steps open.
        for _ in 0..self.tickets.len() + 5 {
            match refusal(self.nodes[node].append(send.clone()).await) {
                Ok(done) => return Ok(Sent { send, done }),
                Err(Refusal { code: ErrorCode::Merged | ErrorCode::Continued, ticket: Some(on), .. }) => {
                    send.ticket = on;
                }
                Err(other) => return Err(TestCaseError::fail(format!("{send:?}: {other:?}"))),
            }
        }
        Err(TestCaseError::fail(format!("led on and on: {send:?}")))
    }

    /// What the ticket's state does not allow is refused, and nothing else is.
    async fn agent_does(&self, node: usize, place: usize, act: Act) -> Result<Vec<Sent>, TestCaseError> {
        let send = self.bench.append(self.ticket(place).id, Actor::Agent(self.lea.login), act);
        match refusal(self.nodes[node].append(send.clone()).await) {
            Ok(done) => Ok(vec![Sent { send, done }]),
            Err(Refusal { code, .. }) => {
                use ErrorCode::{BadValue, Conflict, DifferentRequesters, Merged};
                prop_assert!(
                    [BadValue, Conflict, DifferentRequesters, Merged].contains(&code),
                    "{:?}: {:?}",
                    send,
                    code
                );
                Ok(Vec::new())
            }
        }
    }

    fn keep(&mut self, sent: Sent) {
        if let (Some(id), Actor::Visitor(login)) = (sent.done.in_other, sent.send.actor)
            && self.tickets.iter().all(|ticket| ticket.id != id)
        {
            self.tickets.push(Held { id, login });
        }
        self.sent.push(sent);
    }

    async fn then(&mut self, then: Then) -> Result<(), TestCaseError> {
        let passing = match then {
            Then::TimePasses(ms) => ms,
            Then::AllRests => {
                for place in 0..self.tickets.len() {
                    let solved = self.agent_does(0, place, Act::Solve).await?;
                    self.sent.extend(solved);
                }
                self.nodes[0].close_rested(self.bench.clock.now(), 64).await.unwrap();
                LIMIT + 1
            }
        };
        self.bench.clock.advance(passing);
        Ok(())
    }

    async fn is_sound(&self) -> Result<(), TestCaseError> {
        // Invariant 4.
        self.bench.check_logs().await;
        self.ways_are_sound().await?;
        self.all_is_written_once().await?;
        for sent in &self.sent {
            is_answered_again(&self.nodes[0], sent).await?;
            // By a node that knows no limit, too.
            is_answered_again(&self.bench.store, sent).await?;
        }
        self.nobody_gained_a_right().await
    }

    /// A ticket goes on in one other at a time, which knows it; and wherever ways begin, they end, where whoever
    /// began them may read.
    async fn ways_are_sound(&self) -> Result<(), TestCaseError> {
        let (mut ends, mut begins) = (Vec::new(), Vec::new());
        let mut leads_to = HashMap::new();
        for Held { id, .. } in &self.tickets {
            let row = self.bench.agent_view(*id, self.lea).await.ticket;
            let mut goes_on = None;
            for event in self.bench.agent_events(*id, 0).await {
                match event.body {
                    AgentBody::ContinuedIn(other) => {
                        prop_assert_eq!(goes_on.replace(other), None, "{:?} goes on once", id);
                        ends.push((*id, other.ticket));
                    }
                    AgentBody::Continues(old) => begins.push((old.ticket, *id)),
                    AgentBody::Status { .. } | AgentBody::MergedFrom(_) => goes_on = None,
                    _ => {}
                }
            }
            prop_assert_eq!(row.continued_in, goes_on);
            prop_assert!(row.continued_in.is_none() || row.status == Status::Closed);
            if let Some(next) = row.merged_into.or(row.continued_in) {
                leads_to.insert(*id, next.ticket);
            }
        }
        ends.sort_unstable();
        begins.sort_unstable();
        prop_assert_eq!(ends, begins);
        for begin in &self.tickets {
            let (mut at, mut steps) = (begin.id, 0);
            while let Some(next) = leads_to.get(&at) {
                (at, steps) = (*next, steps + 1);
                prop_assert!(steps < self.tickets.len(), "{:?} leads round", begin.id);
                prop_assert!(
                    sees(self.bench, at, begin.login).await,
                    "{:?} leads to what its holder cannot see",
                    begin
                );
            }
        }
        Ok(())
    }

    /// Under the number that was answered, and nothing else is there.
    async fn all_is_written_once(&self) -> Result<(), TestCaseError> {
        let mut expected = HashMap::new();
        for sent in self.sent.iter().filter(|sent| sent.is_post()) {
            expected.insert((sent.send.client_id, audience(sent.send.actor)), vec![sent.place()]);
        }
        for side in [Audience::Agent, Audience::Requester] {
            let mut found: HashMap<ClientId, Vec<(TicketId, i64)>> = HashMap::new();
            for Held { id, .. } in &self.tickets {
                for event in self.bench.store.feed_after(*id, side, 0, 500).await.unwrap().events {
                    if let Some((client_id, n)) = text_of(&event) {
                        found.entry(client_id).or_default().push((*id, n));
                    }
                }
            }
            for ((client_id, by), places) in &expected {
                if *by == side {
                    prop_assert_eq!(found.get(client_id), Some(places));
                }
            }
            if side == Audience::Agent {
                // Five tickets were opened, each with a message.
                prop_assert_eq!(found.len(), expected.len() + 5);
            }
        }
        Ok(())
    }

    /// R-A13, R-D4: everybody reads what became of their own tickets, and no one else's.
    async fn nobody_gained_a_right(&self) -> Result<(), TestCaseError> {
        for ticket in &self.tickets {
            prop_assert!(sees(self.bench, ticket.id, ticket.login).await);
            for person in self.people.iter().filter(|logins| !logins.contains(&ticket.login)) {
                for login in person {
                    prop_assert!(!sees(self.bench, ticket.id, *login).await, "{:?} sees {:?}", login, ticket);
                }
            }
        }
        Ok(())
    }
}

async fn is_answered_again(store: &Store, sent: &Sent) -> Result<(), TestCaseError> {
    let again = refusal(store.append(sent.send.clone()).await);
    prop_assert_eq!(again, Ok(Appended { repeated: true, ..sent.done }));
    Ok(())
}

fn audience(actor: Actor) -> Audience {
    match actor {
        Actor::Agent(_) => Audience::Agent,
        Actor::Visitor(_) => Audience::Requester,
    }
}

/// The client id and number of what somebody wrote.
fn text_of(event: &AnyEvent) -> Option<(ClientId, i64)> {
    match event {
        AnyEvent::Agent(event) => match event.body {
            AgentBody::Message(_) | AgentBody::Note(_) => Some((event.client_id?, event.n)),
            _ => None,
        },
        AnyEvent::Public(event) => match event.body {
            PublicBody::Message(_) => Some((event.client_id?, event.n)),
            _ => None,
        },
    }
}

async fn play(mut game: Game<'_>, rounds: &[Round]) -> Result<(), TestCaseError> {
    for round in rounds {
        // Each puts one thing into the writer's queue at first, but for this one.
        let repeats_nothing = |step: &&Step| matches!(step, Step::Repeats(_)) && game.sent.is_empty();
        let steps: Vec<_> = round.steps.iter().filter(|step| !repeats_nothing(step)).collect();
        let taken = match round.in_one_batch {
            true => {
                let plug = game.bench.plug_of(&game.nodes[0], game.plug).await;
                game.bench.in_one_batch(plug, steps.into_iter().map(|step| game.take(0, step)).collect()).await
            }
            false => join_all(steps.into_iter().enumerate().map(|(n, step)| game.take(n % 2, step))).await,
        };
        for sent in taken {
            sent?.into_iter().for_each(|sent| game.keep(sent));
        }
        game.then(round.then).await?;
    }
    game.is_sound().await
}

async fn whatever_happens_all_is_written_once_and_leads_to_an_end(bench: &Bench) {
    let lea = lea(bench).await.id;
    let (customer, _) = bench.customer("amina@example.org").await;
    let nodes = [limited(bench).await, limited(bench).await];
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 30, failure_persistence: None, max_shrink_iters: 100, ..Config::default() },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let played = tokio::task::block_in_place(|| {
        runner.run(&rounds(), |rounds| {
            tokio::runtime::Handle::current().block_on(async {
                let game = Game::begin(bench, &nodes, lea, customer).await;
                play(game, &rounds).await
            })
        })
    });
    if let Err(failed) = played {
        panic!("{failed}");
    }
    // The game was worth it.
    let later = |kind: &str| {
        format!(
            "select count(*) as n from event e where e.kind = '{kind}' and exists (select 1 from event c \
             where c.ticket_id = e.ticket_id and c.kind in ('continues', 'continued_in') and c.seq < e.seq)"
        )
    };
    for kind in ["continued_in", "status", "merged_into", "merged_from"] {
        assert!(bench.number(&later(kind)).await > 0, "{kind}, of what goes on or has gone on");
    }
    for store in nodes {
        store.close().await;
    }
}
