//! Mails to addresses that nobody has confirmed: how many go, why the others wait, and that they go
//! when there is room again (R-H3, decisions.md 13).

use protocol::http::{AlertMail, AlertState, HoldReason};
use testkit::smtp::{Act, Script, Server, Step};

use super::server::mailer_to;
use super::*;
use crate::actions::alerts::of_ticket;
use crate::store::tests::bench::MINUTE;

on_both! {
    an_unconfirmed_address_gets_two_mails_a_day_over_all_tickets,
    domains_and_the_hub_get_so_many_an_hour,
    a_mail_that_is_tried_again_spends_its_budget_once,
}

const DAY: u64 = 24 * HOUR;

struct Desk<'a> {
    bench: &'a Bench,
    hub: Hub,
    mailer: Mailer,
    outbox: Outbox,
    ines: TestAgent,
}

impl<'a> Desk<'a> {
    async fn new(bench: &'a Bench, address_day: i64, domain_hour: i64, hub_hour: i64) -> Self {
        let (mut hub, mailer) = (hub_on(bench), Mailer::memory());
        let mut settings = (*hub.settings).clone();
        settings.alerts.unconfirmed_per_address_day_max = address_day;
        settings.alerts.unconfirmed_per_domain_hour_max = domain_hour;
        settings.alerts.unconfirmed_per_hour_max = hub_hour;
        hub.settings = settings.into();
        let outbox = Outbox::alone(&hub, &mailer, Lane::Alerts);
        Self { bench, hub, mailer, outbox, ines: bench.agent("Ines", Role::Lead, &[]).await }
    }

    async fn opens(&self, address: &str) -> Opened {
        let login = self.bench.visitor_login().await;
        self.bench.opens(login, guest(address), "Hello").await
    }

    async fn answers(&self, ticket: Opened) {
        let login = self.bench.login(Audience::Agent, Some(self.ines.id)).await;
        self.bench.answers(ticket.id, TestAgent { login, ..self.ines }, "a word").await;
    }

    /// What the workers do at this moment; answers how many mails went to requesters.
    async fn work(&mut self) -> i64 {
        let sent = "select count(*) as n from delivery where state = 'sent' and kind <> 'm8'";
        let before = self.bench.number(sent).await;
        settle(&self.hub).await.unwrap();
        self.outbox.send_due().await.unwrap();
        self.bench.number(sent).await - before
    }

    /// The ticket's hold, and its latest mail as the console shows it.
    async fn console(&self, ticket: Opened) -> (Option<HoldReason>, AlertMail) {
        let login = self.bench.login(Audience::Agent, Some(self.ines.id)).await;
        let agent = self.bench.agent_of(TestAgent { login, ..self.ines }).await;
        let mut told = of_ticket(&self.hub, &agent, ticket.id).await.unwrap();
        (told.hold, told.mails.remove(0))
    }

    async fn mailed(&self, address: &str) -> usize {
        let mails = self.mailer.kept(None).await.unwrap();
        mails.iter().filter(|mail| mail.to.to_lowercase() == address).count()
    }
}

async fn an_unconfirmed_address_gets_two_mails_a_day_over_all_tickets(bench: &Bench) {
    let mut desk = Desk::new(bench, 2, 1_000, 1_000).await;
    let first = desk.opens("amina@example.org").await;
    assert_eq!(desk.work().await, 1);
    desk.answers(first).await;
    bench.clock.advance(MINUTE);
    assert_eq!(desk.work().await, 1, "M1 and one alert");
    // The same ticket again: held, and not by the clock.
    desk.answers(first).await;
    bench.clock.advance(HOUR);
    assert_eq!(desk.work().await, 0);
    assert_eq!(desk.console(first).await.0, Some(HoldReason::NotConfirmed));
    // Other tickets, whatever way the address is written.
    let second = desk.opens("Amina@Example.org").await;
    assert_eq!(desk.work().await, 0);
    let (_, mail) = desk.console(second).await;
    assert_eq!((mail.state, mail.hold), (AlertState::Waiting, Some(HoldReason::AddressBudget)));
    let free_at = mail.until.unwrap();
    assert_eq!(free_at - bench.clock.now(), (DAY - HOUR - MINUTE) as i64, "when M1 is a day old");
    let other = desk.opens("berta@example.org").await;
    assert_eq!(desk.work().await, 1, "others have nothing to do with it");
    assert_eq!(desk.console(other).await.1.state, AlertState::Sent);

    bench.clock.advance(DAY - HOUR - MINUTE - 1);
    assert_eq!(desk.work().await, 0);
    bench.clock.advance(1);
    assert_eq!(desk.work().await, 1);
    assert_eq!(desk.console(second).await.1.state, AlertState::Sent);
    bench.clock.advance(30 * DAY);
    assert_eq!(desk.work().await, 0, "an address that is never confirmed gets no second alert");
    assert_eq!(desk.console(first).await.0, Some(HoldReason::NotConfirmed));
    assert_eq!(desk.mailed("amina@example.org").await, 3);
}

async fn domains_and_the_hub_get_so_many_an_hour(bench: &Bench) {
    let mut desk = Desk::new(bench, 2, 2, 3).await;
    for name in ["a", "b"] {
        desk.opens(&format!("{name}@one.example")).await;
    }
    assert_eq!(desk.work().await, 2);
    bench.clock.advance(10 * MINUTE);
    let third = desk.opens("c@one.example").await;
    desk.opens("d@two.example").await;
    assert_eq!(desk.work().await, 1);
    let held = desk.console(third).await.1;
    assert_eq!((held.state, held.hold), (AlertState::Waiting, Some(HoldReason::DomainBudget)));
    let fourth = desk.opens("e@three.example").await;
    assert_eq!(desk.work().await, 0);
    assert_eq!(desk.console(fourth).await.1.hold, Some(HoldReason::HubBudget));
    // Whoever is known is not concerned.
    let (_, login) = bench.customer("known@one.example").await;
    let known = bench.opens(login, OpeningRequester::Customer, "Hello").await;
    assert_eq!(desk.work().await, 1);
    assert_eq!(desk.console(known).await.1.state, AlertState::Sent);

    bench.clock.advance(50 * MINUTE - 1);
    assert_eq!(desk.work().await, 0);
    bench.clock.advance(1);
    assert_eq!(desk.work().await, 2, "the first two have left the window");
    assert_eq!(desk.console(third).await.1.state, AlertState::Sent);
    assert_eq!(desk.console(fourth).await.1.state, AlertState::Sent);
}

async fn a_mail_that_is_tried_again_spends_its_budget_once(bench: &Bench) {
    let mut desk = Desk::new(bench, 2, 1_000, 1_000).await;
    let ticket = desk.opens("amina@example.org").await;
    let later = || Act::Say("450 4.2.0 come back");
    let script = Script::default().at(Step::Rcpt, later()).at(Step::Rcpt, later()).at(Step::Rcpt, later());
    let server = Server::start(script).await;
    desk.outbox = Outbox::alone(&desk.hub, &mailer_to(bench, server.port(), None), Lane::Alerts);
    for wait in [0, MINUTE, 3 * MINUTE] {
        bench.clock.advance(wait);
        assert_eq!(desk.work().await, 0);
    }
    bench.clock.advance(12 * MINUTE);
    assert_eq!(desk.work().await, 1);
    desk.answers(ticket).await;
    bench.clock.advance(MINUTE);
    assert_eq!(desk.work().await, 1, "the second mail of the day");
}
