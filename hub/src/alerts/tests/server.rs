//! The workers against a mail server that misbehaves, from the outbox to the wire and back into the
//! store: what is tried again, what is given up, what is learnt of an address, and what agents are told.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use protocol::http::{AlertState, HoldReason, TicketAlerts};
use testkit::smtp::{Act, Script, Server as TestServer, Step, USER};

use super::*;
use crate::actions::alerts::{of_ticket, try_again};
use crate::domain::limits::{SMTP_COMMAND_MS, SMTP_DATA_MS};
use crate::mail::{Account, Security, Server};
use crate::store::logins::{CodeAsked, NewCode};
use crate::store::tests::bench::{MINUTE, email};

on_both! {
    a_greylisted_mail_is_accepted_once,
    a_server_that_wants_fewer_mails_costs_no_try_and_slows_its_domain,
    an_address_that_does_not_exist_is_held_until_somebody_looks,
    a_mail_that_is_refused_for_what_it_is_is_given_up_alone,
    a_broken_way_spends_no_try_and_everything_goes_out_once_it_is_mended,
    a_mail_that_may_have_arrived_is_sent_again_under_its_name,
    a_row_that_makes_no_mail_does_not_stop_the_next,
    four_workers_on_two_nodes_send_each_mail_once,
    codes_go_out_while_alerts_are_stuck,
    presence_that_is_lost_hastens_an_alert_and_loses_none,
}

/// A hub with a scripted mail server, and somebody who answers.
struct Desk<'a> {
    bench: &'a Bench,
    hub: Hub,
    server: TestServer,
    mailer: Mailer,
    ines: TestAgent,
}

impl<'a> Desk<'a> {
    async fn new(bench: &'a Bench, script: Script) -> Self {
        Self::signing_in(bench, script, None).await
    }

    async fn signing_in(bench: &'a Bench, script: Script, account: Option<Account>) -> Self {
        let server = TestServer::start(script).await;
        let mailer = mailer_to(bench, server.port(), account);
        Self { bench, hub: hub_on(bench), server, mailer, ines: bench.agent("Ines", Role::Lead, &[]).await }
    }

    fn outbox(&self, lane: Lane) -> Outbox {
        Outbox::alone(&self.hub, &self.mailer, lane)
    }

    /// A customer's ticket: its first mail is due.
    async fn opens(&self, address: &str) -> Opened {
        let (_, login) = self.bench.customer(address).await;
        // Customers came in by a code; its mail is another test's.
        self.bench.sql("update delivery set state = 'cancelled' where kind = 'm3'").await;
        self.bench.opens(login, OpeningRequester::Customer, "Hello").await
    }

    /// A guest's; as many as are wanted.
    async fn opens_as_guest(&self, address: &str) {
        let login = self.bench.visitor_login().await;
        self.bench.opens(login, guest(address), "Hello").await;
    }

    /// The agent writes, and the customer's time to see it goes by.
    async fn is_answered(&self, ticket: Opened) {
        let login = self.bench.login(Audience::Agent, Some(self.ines.id)).await;
        self.bench.answers(ticket.id, TestAgent { login, ..self.ines }, "a word").await;
        self.bench.clock.advance(2 * MINUTE);
        settle(&self.hub).await.unwrap();
    }

    async fn console(&self, ticket: Opened) -> TicketAlerts {
        of_ticket(&self.hub, &self.bench.agent_of(self.ines).await, ticket.id).await.unwrap()
    }

    async fn asks_code(&self, address: &str) {
        let code = NewCode {
            site: self.bench.site(),
            login: self.bench.visitor_login().await,
            email: email(address),
            locale: "en".to_owned(),
            network: "192.0.2.1/32".to_owned(),
            kid: self.hub.keys.newest_kid(),
        };
        assert!(matches!(self.bench.store.ask_code(code).await.unwrap(), CodeAsked::Queued { .. }));
    }

    /// Mails that wait and have spent a try.
    async fn tries_spent(&self) -> i64 {
        self.bench.number("select count(*) as n from delivery where state = 'queued' and attempts > 0").await
    }

    /// The names under which mails were tried, in order.
    fn names(&self) -> Vec<String> {
        let bytes = String::from_utf8(self.server.bytes()).unwrap();
        bytes.lines().filter(|line| line.starts_with("Message-ID:")).map(str::to_owned).collect()
    }
}

pub(super) fn mailer_to(bench: &Bench, port: u16, account: Option<Account>) -> Mailer {
    let server = Server::new("localhost", port, Security::Plain, account, None).unwrap();
    Mailer::smtp(server, bench.store.clock().clone()).unwrap()
}

async fn a_greylisted_mail_is_accepted_once(bench: &Bench) {
    let desk = Desk::new(bench, Script::default().at(Step::Rcpt, Act::Say("450 4.2.0 greylisted, come back"))).await;
    let ticket = desk.opens("amina@example.org").await;
    let mut outbox = desk.outbox(Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    let told = desk.console(ticket).await.mails.remove(0);
    assert_eq!((told.state, told.answer.as_deref()), (AlertState::Waiting, Some("450 4.2.0 greylisted, come back")));
    let wait_ms = told.until.unwrap() - bench.clock.now();
    assert!((24_000..=36_000).contains(&wait_ms), "{wait_ms}");
    bench.clock.advance(wait_ms as u64 - 1);
    assert_eq!(outbox.send_due().await.unwrap(), 0, "not before");
    bench.clock.advance(1);
    assert_eq!(outbox.send_due().await.unwrap(), 1);
    bench.clock.advance(10 * HOUR);
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    assert_eq!((desk.server.taken().len(), desk.names().len()), (1, 1));
    assert_eq!(desk.console(ticket).await.mails[0].state, AlertState::Sent);
}

async fn a_server_that_wants_fewer_mails_costs_no_try_and_slows_its_domain(bench: &Bench) {
    let script = Script::default().at(Step::Rcpt, Act::SayAndHangUp("421 4.7.0 too fast"));
    let mut desk = Desk::new(bench, script).await;
    let mut settings = (*desk.hub.settings).clone();
    settings.alerts.mails_per_domain_s = 4;
    desk.hub.settings = settings.into();
    for n in 0..40 {
        desk.opens_as_guest(&format!("a{n}@slow.example")).await;
    }
    for n in 0..4 {
        desk.opens_as_guest(&format!("b{n}@other.example")).await;
    }
    let mut outbox = desk.outbox(Lane::Alerts);
    outbox.send_due().await.unwrap();
    assert_eq!(desk.tries_spent().await, 0, "nothing of this is a mail's own fault");
    let to = |domain: &str| desk.server.taken().iter().filter(|mail| mail.to[0].contains(domain)).count();
    assert_eq!(to("other.example"), 4, "who has nothing to do with it");
    let before = to("slow.example");
    for _ in 0..40 {
        bench.clock.advance(250);
        outbox.send_due().await.unwrap();
    }
    let in_ten_seconds = to("slow.example") - before;
    assert!((15..=20).contains(&in_ten_seconds), "two a second in place of four: {in_ten_seconds}");
    // The one that was told "too fast" comes back within 72 s: a minute and its jitter.
    for _ in 0..65 {
        bench.clock.advance(S);
        outbox.send_due().await.unwrap();
    }
    assert_eq!((to("slow.example"), desk.names().len()), (40, 44), "each once");
}

async fn an_address_that_does_not_exist_is_held_until_somebody_looks(bench: &Bench) {
    let desk = Desk::new(bench, Script::default().at(Step::Rcpt, Act::Say("550 5.1.1 no such user"))).await;
    let ticket = desk.opens("nobody@example.org").await;
    let mut outbox = desk.outbox(Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    desk.is_answered(ticket).await;
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    let told = desk.console(ticket).await;
    assert_eq!((told.hold, told.due_at), (Some(HoldReason::Bounces), None));
    assert_eq!(told.mails.len(), 1);
    assert_eq!(
        (told.mails[0].state, told.mails[0].answer.as_deref()),
        (AlertState::Bounced, Some("550 5.1.1 no such user"))
    );
    // Codes go nowhere either.
    desk.asks_code("nobody@example.org").await;
    assert_eq!(desk.outbox(Lane::Codes).send_due().await.unwrap(), 0);
    let held = "select count(*) as n from delivery where kind = 'm3' and state = 'held' and hold_reason = 'bounces'";
    assert_eq!(bench.number(held).await, 1);
    bench.clock.advance(HOUR);
    assert_eq!((settle(&desk.hub).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0));
    assert!(desk.server.taken().is_empty());

    try_again(&desk.hub, &bench.agent_of(desk.ines).await, ticket.id).await.unwrap();
    settle(&desk.hub).await.unwrap();
    assert_eq!(outbox.send_due().await.unwrap(), 2, "M1 and the alert");
    let told = desk.console(ticket).await;
    assert_eq!(told.hold, None);
    assert!(told.mails.iter().all(|mail| mail.state == AlertState::Sent), "{told:?}");
}

async fn a_mail_that_is_refused_for_what_it_is_is_given_up_alone(bench: &Bench) {
    let script = Script::default().at(Step::Dot, Act::Say("250 2.0.0 taken"));
    let desk = Desk::new(bench, script.at(Step::Dot, Act::Say("554 5.7.1 looks like spam"))).await;
    let ticket = desk.opens("amina@example.org").await;
    let mut outbox = desk.outbox(Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 1);
    desk.is_answered(ticket).await;
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    let told = desk.console(ticket).await;
    assert_eq!((told.hold, told.mails[0].state), (Some(HoldReason::Undelivered), AlertState::Failed));
    assert_eq!(told.mails[0].answer.as_deref(), Some("554 5.7.1 looks like spam"));
    assert_eq!(bench.number("select count(*) as n from mail_address").await, 0, "the address has done nothing");
    bench.clock.advance(HOUR);
    assert_eq!((settle(&desk.hub).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0), "given up");
    desk.is_answered(ticket).await;
    assert_eq!(outbox.send_due().await.unwrap(), 1, "the next word is told");
    assert_eq!(desk.console(ticket).await.hold, None);
}

async fn a_broken_way_spends_no_try_and_everything_goes_out_once_it_is_mended(bench: &Bench) {
    let script = Script::default().asks_for_auth().at(Step::Auth, Act::Say("535 5.7.8 wrong password"));
    let script = script.at(Step::Greeting, Act::Say("220 test ready")).at(Step::Greeting, Act::HangUp);
    let account = Account { user: USER.to_owned(), password: testkit::smtp::PASSWORD.to_owned() };
    let desk = Desk::signing_in(bench, script, Some(account)).await;
    for n in 0..10 {
        desk.opens(&format!("c{n}@example.org")).await;
    }
    // Nobody listens there at all.
    let nobody = testkit::ports::free().unwrap();
    let unreachable = mailer_to(bench, nobody, None);
    assert_eq!(Outbox::alone(&desk.hub, &unreachable, Lane::Alerts).send_due().await.unwrap(), 0);
    assert_eq!(desk.tries_spent().await, 0);
    // Each failure is one try of one mail, and then the way rests.
    let mut outbox = desk.outbox(Lane::Alerts);
    for (connections, rest_s) in [(1, 30), (2, 60)] {
        bench.clock.advance(36 * S);
        assert_eq!(outbox.send_due().await.unwrap(), 0);
        assert_eq!((desk.server.connections(), desk.tries_spent().await), (connections, 0));
        bench.clock.advance((rest_s - 1) * S);
        assert_eq!((outbox.send_due().await.unwrap(), desk.server.connections()), (0, connections));
    }
    for _ in 0..3 {
        bench.clock.advance(36 * S);
        outbox.send_due().await.unwrap();
    }
    assert_eq!((desk.server.taken().len(), desk.names().len()), (10, 10));
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'sent' and attempts = 1").await, 10);
}

async fn a_mail_that_may_have_arrived_is_sent_again_under_its_name(bench: &Bench) {
    let script = Script::default().at(Step::Dot, Act::HangUp).at(Step::Dot, Act::Stall);
    let desk = Desk::new(bench, script).await;
    let ticket = desk.opens("amina@example.org").await;
    let mut outbox = desk.outbox(Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    bench.clock.advance(12 * MINUTE - 1);
    assert_eq!(outbox.send_due().await.unwrap(), 0);
    bench.clock.advance(6 * MINUTE + 1);
    let waiting = async {
        desk.server.has_stalled(1).await;
        bench.clock.advance(SMTP_DATA_MS);
    };
    let (sent, ()) = futures_util::future::join(outbox.send_due(), waiting).await;
    assert_eq!(sent.unwrap(), 0);
    bench.clock.advance(18 * MINUTE);
    assert_eq!(outbox.send_due().await.unwrap(), 1);
    let names = desk.names();
    assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (3, 1), "I3: {names:?}");
    assert_eq!(desk.console(ticket).await.mails[0].state, AlertState::Sent);
}

/// R-H4: names and addresses that would write headers, and a kind that no letter has.
async fn a_row_that_makes_no_mail_does_not_stop_the_next(bench: &Bench) {
    let desk = Desk::new(bench, Script::default()).await;
    let poisoned = desk.opens("amina@example.org").await;
    bench.clock.advance(1);
    desk.opens("berta@example.org").await;
    bench.clock.advance(1);
    desk.opens("carla@example.org").await;
    let berta = "(select id from participant where email = 'berta@example.org')";
    bench.sql(&format!("update delivery set kind = 'm99' where recipient_id = {berta}")).await;
    let inject = "a@example.org>\r\nBcc: <eve@evil.example";
    bench.sql(&format!("update participant set email = '{inject}' where email = 'amina@example.org'")).await;
    bench.sql("update site set name = 'Verso\r\nBcc: eve@evil.example\r\n\r\nHello'").await;
    // The site's name is read at the start.
    let store = bench.second_store().await;
    let hub = Hub { store: store.clone(), ..desk.hub.clone() };
    let mut outbox = Outbox::alone(&hub, &desk.mailer, Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 1);
    let taken = desk.server.taken();
    assert_eq!(taken.iter().flat_map(|mail| &mail.to).collect::<Vec<_>>(), ["TO:<carla@example.org>"]);
    let headers = taken[0].message.split_once("\r\n\r\n").unwrap().0;
    assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
    assert!(!desk.names().is_empty() && !String::from_utf8(desk.server.bytes()).unwrap().contains("RCPT TO:<eve"));
    let console = desk.console(poisoned).await;
    assert_eq!(console.mails[0].state, AlertState::Failed, "{console:?}");
    assert_eq!(bench.number("select count(*) as n from delivery where state = 'dead'").await, 2);
    store.close().await;
    // What no hub writes would be told by the check that comes after each test.
    bench.sql("update delivery set kind = 'm1' where kind = 'm99'").await;
    bench.sql(&format!("update participant set email = 'amina@example.org' where email = '{inject}'")).await;
}

async fn four_workers_on_two_nodes_send_each_mail_once(bench: &Bench) {
    let desk = Desk::new(bench, Script::default()).await;
    for n in 0..60 {
        desk.opens_as_guest(&format!("d{n}@example.org")).await;
    }
    let store = bench.second_store().await;
    let other = Hub { store: store.clone(), ..desk.hub.clone() };
    let workers = [&desk.hub, &desk.hub, &other, &other].map(|hub| {
        let mut outbox = Outbox::alone(hub, &desk.mailer, Lane::Alerts);
        tokio::spawn(async move { outbox.send_due().await.unwrap() })
    });
    let sent: Vec<usize> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(sent.iter().sum::<usize>(), 60, "{sent:?}");
    let names: BTreeSet<_> = desk.names().into_iter().collect();
    assert_eq!((desk.server.taken().len(), desk.names().len(), names.len()), (60, 60, 60));
    store.close().await;
}

async fn codes_go_out_while_alerts_are_stuck(bench: &Bench) {
    let desk = Desk::new(bench, Script::default().at(Step::Mail, Act::Stall)).await;
    desk.opens("amina@example.org").await;
    let mut alerts = desk.outbox(Lane::Alerts);
    let meanwhile = async {
        desk.server.has_stalled(1).await;
        desk.asks_code("berta@example.org").await;
        assert_eq!(desk.outbox(Lane::Codes).send_due().await.unwrap(), 1);
        let taken = desk.server.taken();
        assert_eq!(taken.iter().flat_map(|mail| &mail.to).collect::<Vec<_>>(), ["TO:<berta@example.org>"]);
        bench.clock.advance(SMTP_COMMAND_MS);
    };
    let (sent, ()) = futures_util::future::join(alerts.send_due(), meanwhile).await;
    assert_eq!(sent.unwrap(), 0);
    bench.clock.advance(36 * S);
    assert_eq!(alerts.send_due().await.unwrap(), 1);
}

/// I8: a node that comes back knows nobody.
async fn presence_that_is_lost_hastens_an_alert_and_loses_none(bench: &Bench) {
    let desk = Desk::new(bench, Script::default()).await;
    let ticket = desk.opens("amina@example.org").await;
    let mut outbox = desk.outbox(Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 1);
    let session = ConnectionId(bench.id());
    let amina = Attendant { id: ticket.requester, side: Side::Requester, name: String::new() };
    bench.answers(ticket.id, desk.ines, "a word").await;
    bench.clock.advance(2 * MINUTE);
    desk.hub.presence.attend(session, ticket.id, &amina, bench.clock.now());
    assert_eq!((settle(&desk.hub).await.unwrap(), outbox.send_due().await.unwrap()), (1, 0), "put off");
    let amnesiac = Hub { presence: Default::default(), ..desk.hub.clone() };
    bench.clock.advance(30 * S - 1);
    assert_eq!((settle(&amnesiac).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0));
    bench.clock.advance(1);
    assert_eq!((settle(&amnesiac).await.unwrap(), outbox.send_due().await.unwrap()), (1, 1));
}
