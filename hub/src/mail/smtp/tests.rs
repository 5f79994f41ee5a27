//! Couriers against a server that misbehaves at every step. Each time a second mail on the same courier
//! must arrive whole (the desync that a pool allows), and nothing that was refused counts as accepted.

use std::future::Future;

use testkit::smtp::{Act, PASSWORD, Script, Server as TestServer, Step, Tls, USER};

use super::*;
use crate::domain::clock::ManualClock;
use crate::domain::limits::{
    SMTP_COMMAND_MS, SMTP_CONNECT_MS, SMTP_DATA_MS, SMTP_IDLE_MS, SMTP_MAILS_PER_CONNECTION_MAX,
};
use crate::mail::tests::mail;
use crate::mail::{Answer, Mail, Outcome};

/// A courier to a scripted server, with the time in the test's hands.
struct Desk {
    server: TestServer,
    courier: Courier,
    clock: ManualClock,
}

impl Desk {
    async fn new(script: Script) -> Self {
        Self::with(script, Security::Plain, None).await
    }

    async fn with(script: Script, security: Security, account: Option<Account>) -> Self {
        let server = TestServer::start(script).await;
        let roots = (security != Security::Plain).then(|| server.certificate());
        let settings = Server::new("localhost", server.port(), security, account, roots).expect("allowed");
        let (clock, hand) = Clock::manual(0);
        let courier = Smtp::new(settings, clock).expect("set up").courier();
        Self { server, courier, clock: hand }
    }

    async fn sends(&mut self, n: u128) -> Outcome {
        self.courier.send(&mail(n)).await
    }

    /// Sends while the server goes silent; the clock then moves by this much.
    async fn sends_into_silence(&mut self, n: u128, limit_ms: u64) -> Outcome {
        let mail = mail(n);
        let waiting = async {
            self.server.has_stalled(1).await;
            self.clock.advance(limit_ms - 1);
            self.clock.advance(1);
        };
        let (outcome, ()) = futures_util::future::join(self.courier.send(&mail), waiting).await;
        outcome
    }

    /// A mail goes through and arrives whole.
    async fn is_well(&mut self) {
        assert_eq!(self.sends(99).await, Outcome::Accepted);
        let taken = self.server.taken();
        assert_eq!(taken.last().map(|taken| taken.message.clone()), Some(text(&mail(99))));
        assert_eq!(taken.last().map(|taken| taken.to.clone()), Some(vec!["TO:<amina@example.org>".to_owned()]));
    }
}

fn text(mail: &Mail) -> String {
    String::from_utf8(mail.raw.clone()).expect("ASCII")
}

fn account(password: &str) -> Option<Account> {
    Some(Account { user: USER.to_owned(), password: password.to_owned() })
}

fn code(outcome: &Outcome) -> Option<u16> {
    outcome.answer().and_then(|answer| answer.code)
}

/// For at most half a minute of real time.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    Clock::System.within(30_000, work).await.expect("it ends")
}

#[tokio::test]
async fn mails_go_over_one_connection_and_arrive_as_they_were_composed() {
    let mut desk = Desk::new(Script::default()).await;
    for n in 1..=3 {
        assert_eq!(desk.sends(n).await, Outcome::Accepted);
    }
    let taken = desk.server.taken();
    assert_eq!(taken.iter().map(|taken| taken.message.clone()).collect::<Vec<_>>(), [1, 2, 3].map(|n| text(&mail(n))));
    assert_eq!(taken[0].from, "FROM:<alerts@help.example.org>");
    assert_eq!(desk.server.connections(), 1);
}

/// Each refusal has its class, and the connection goes on: the server said what it wanted to say.
#[tokio::test]
async fn a_refused_mail_is_told_by_its_class_and_the_next_one_arrives() {
    type Class = fn(&Outcome) -> bool;
    let cases: [(Step, &str, Class, usize); 12] = [
        (Step::Rcpt, "451 4.3.0 greylisted", |outcome| matches!(outcome, Outcome::Later(_)), 1),
        (Step::Rcpt, "451 4.7.1 slow down", |outcome| matches!(outcome, Outcome::Slower(_)), 1),
        (Step::Rcpt, "550 no such user", |outcome| matches!(outcome, Outcome::BadAddress(_)), 1),
        (Step::Rcpt, "550-5.1.1 no such user\n550 5.1.1 here", |outcome| matches!(outcome, Outcome::BadAddress(_)), 1),
        (Step::Rcpt, "552 5.2.2 full", |outcome| matches!(outcome, Outcome::Full(_)), 1),
        (Step::Rcpt, "421 4.3.2 closing", |outcome| matches!(outcome, Outcome::Slower(_)), 2),
        (Step::Data, "554 5.7.1 no", |outcome| matches!(outcome, Outcome::Refused(_)), 1),
        (Step::Dot, "554 5.7.1 spam", |outcome| matches!(outcome, Outcome::Refused(_)), 1),
        (Step::Dot, "451 4.3.0 later", |outcome| matches!(outcome, Outcome::Later(_)), 1),
        (Step::Dot, "421 4.3.2 closing", |outcome| matches!(outcome, Outcome::Slower(_)), 2),
        (Step::Mail, "550 5.7.1 you are not welcome", |outcome| matches!(outcome, Outcome::OurSide(_)), 2),
        (Step::Greeting, "421 4.3.2 too busy", |outcome| matches!(outcome, Outcome::OurSide(_)), 2),
    ];
    for (step, answer, is_class, connections) in cases {
        let mut desk = Desk::new(Script::default().at(step, Act::Say(answer))).await;
        let outcome = soon(desk.sends(1)).await;
        assert!(is_class(&outcome), "{step:?} {answer}: {outcome:?}");
        assert_eq!(code(&outcome), answer[..3].parse().ok(), "{step:?} {answer}");
        soon(desk.is_well()).await;
        assert_eq!(desk.server.taken().len(), 1, "{step:?} {answer}");
        assert_eq!(desk.server.connections(), connections, "{step:?} {answer}");
    }
}

#[tokio::test]
async fn a_greylisted_mail_is_taken_the_second_time_as_the_same_mail() {
    let mut desk = Desk::new(Script::default().at(Step::Rcpt, Act::Say("451 4.3.0 in a minute"))).await;
    assert!(matches!(desk.sends(1).await, Outcome::Later(_)));
    assert_eq!(desk.sends(1).await, Outcome::Accepted);
    assert_eq!(desk.server.taken()[0].message, text(&mail(1)));
}

/// Before the message went out nothing can have been taken; after it nobody knows.
#[tokio::test]
async fn a_connection_that_is_cut_is_dropped_and_the_next_mail_arrives() {
    for step in Step::ALL.into_iter().filter(|step| !matches!(step, Step::StartTls | Step::Handshake | Step::Auth)) {
        let mut desk = Desk::new(Script::default().at(step, Act::HangUp)).await;
        let outcome = soon(desk.sends(1)).await;
        match step {
            Step::Greeting | Step::Ehlo | Step::Mail => assert!(matches!(outcome, Outcome::OurSide(_)), "{outcome:?}"),
            Step::Rcpt | Step::Data => assert!(matches!(outcome, Outcome::Later(_)), "{step:?}: {outcome:?}"),
            Step::Dot => assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}"),
            _ => assert_eq!(outcome, Outcome::Accepted),
        }
        soon(desk.is_well()).await;
    }
}

#[tokio::test]
async fn a_server_that_ends_the_connection_between_two_mails_costs_a_connection_and_no_try() {
    for act in [Act::SayAndHangUp("250 2.0.0 taken"), Act::SayMore("421 4.4.2 idle for too long")] {
        let mut desk = Desk::new(Script::default().at(Step::Dot, act)).await;
        assert_eq!(soon(desk.sends(1)).await, Outcome::Accepted);
        soon(desk.is_well()).await;
        assert_eq!((desk.server.taken().len(), desk.server.connections()), (2, 2));
    }
    let mut desk = Desk::new(Script::default()).await;
    assert_eq!(desk.sends(1).await, Outcome::Accepted);
    let busy = TestServer::start(Script::default()).await;
    desk.server = busy;
    // The old server is gone, and nothing listens at its port any more.
    let outcome = soon(desk.sends(2)).await;
    assert!(matches!(outcome, Outcome::OurSide(_)), "{outcome:?}");
}

#[tokio::test]
async fn silence_at_any_step_ends_with_its_limit() {
    for (step, limit_ms) in [
        (Step::Greeting, SMTP_COMMAND_MS),
        (Step::Ehlo, SMTP_COMMAND_MS),
        (Step::Mail, SMTP_COMMAND_MS),
        (Step::Rcpt, SMTP_COMMAND_MS),
        (Step::Data, SMTP_COMMAND_MS),
        (Step::Dot, SMTP_DATA_MS),
    ] {
        let mut desk = Desk::new(Script::default().at(step, Act::Stall)).await;
        let outcome = soon(desk.sends_into_silence(1, limit_ms)).await;
        match step {
            Step::Rcpt | Step::Data => assert!(matches!(outcome, Outcome::Later(_)), "{step:?}: {outcome:?}"),
            Step::Dot => assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}"),
            _ => assert!(matches!(outcome, Outcome::OurSide(_)), "{step:?}: {outcome:?}"),
        }
        soon(desk.is_well()).await;
        assert_eq!(desk.server.taken().len(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn silence_while_encrypting_and_signing_in_ends_with_its_limit() {
    for (tls, security, step, limit_ms) in [
        (Tls::FromTheStart, Security::Tls, Step::Handshake, SMTP_CONNECT_MS),
        (Tls::OnRequest, Security::StartTls, Step::Greeting, SMTP_COMMAND_MS),
        (Tls::OnRequest, Security::StartTls, Step::Ehlo, SMTP_COMMAND_MS),
        (Tls::OnRequest, Security::StartTls, Step::StartTls, SMTP_COMMAND_MS),
        (Tls::OnRequest, Security::StartTls, Step::Handshake, SMTP_CONNECT_MS),
        (Tls::FromTheStart, Security::Tls, Step::Auth, SMTP_COMMAND_MS),
    ] {
        let script = Script::default().tls(tls).at(step, Act::Stall);
        let mut desk = Desk::with(script, security, account(PASSWORD)).await;
        let outcome = soon(desk.sends_into_silence(1, limit_ms)).await;
        assert!(matches!(outcome, Outcome::OurSide(_)), "{security:?} {step:?}: {outcome:?}");
        soon(desk.is_well()).await;
    }
}

/// The regression of the pool: a mail that was given up must not leave its answer to the next one.
#[tokio::test]
async fn an_answer_that_comes_late_is_never_taken_for_the_next_mails() {
    for late in ["250 2.0.0 taken", "554 5.7.1 refused"] {
        let script = Script::default().at(Step::Dot, Act::Late(late)).at(Step::Dot, Act::Say("554 5.7.1 refused too"));
        let mut desk = Desk::new(script).await;
        let outcome = soon(desk.sends_into_silence(1, SMTP_DATA_MS)).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        desk.server.release();
        let outcome = soon(desk.sends(2)).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        soon(desk.is_well()).await;
    }
}

/// A caller that gives up half-way takes the connection with it.
#[tokio::test]
async fn a_send_that_is_dropped_half_way_leaves_nothing_to_the_next_mail() {
    for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Dot] {
        let mut desk = Desk::new(Script::default().at(step, Act::Late("250 2.0.0 ok"))).await;
        let mail = mail(1);
        tokio::select! {
            _ = desk.courier.send(&mail) => panic!("the server is silent"),
            () = desk.server.has_stalled(1) => {}
        }
        desk.server.release();
        soon(desk.is_well()).await;
        assert_eq!(desk.server.connections(), 2, "{step:?}");
    }
}

/// An answer too many, before each step: whatever the server says of the mail itself, it is not accepted
/// by an answer that was meant for something else.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_connection() {
    for step in [Step::Greeting, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data] {
        let script = Script::default()
            .at(step, Act::SayMore("250 2.0.0 taken"))
            .at(Step::Dot, Act::Say("554 5.7.1 refused"))
            .at(Step::Dot, Act::Say("554 5.7.1 refused"));
        let mut desk = Desk::new(script).await;
        let outcome = soon(desk.sends(1)).await;
        let told = outcome.answer().map(Answer::to_string).unwrap_or_default();
        assert!(told.contains("what it was not asked"), "{step:?}: {told}");
        // Once more, without the superfluous answer: it is refused, and told so.
        let outcome = soon(desk.sends(1)).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{step:?}: {outcome:?}");
        assert!(desk.server.taken().is_empty(), "{step:?}");
    }
}

#[tokio::test]
async fn a_yes_in_the_wrong_place_is_none() {
    for (step, answer) in [(Step::Data, "250 2.0.0 taken"), (Step::Mail, "354 go on"), (Step::Rcpt, "354 go on")] {
        let mut desk = Desk::new(Script::default().at(step, Act::Say(answer))).await;
        let outcome = soon(desk.sends(1)).await;
        assert!(matches!(outcome, Outcome::Later(_) | Outcome::OurSide(_)), "{step:?}: {outcome:?}");
        soon(desk.is_well()).await;
    }
    for answer in ["251 taken, perhaps", "354 go on", "nonsense", "2500 taken"] {
        let mut desk = Desk::new(Script::default().at(Step::Dot, Act::Say(answer))).await;
        let outcome = soon(desk.sends(1)).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{answer}: {outcome:?}");
        soon(desk.is_well()).await;
    }
}

/// R-H6.
#[tokio::test]
async fn encrypted_and_signed_in_mails_arrive() {
    for (tls, security) in [(Tls::FromTheStart, Security::Tls), (Tls::OnRequest, Security::StartTls)] {
        let script = Script::default().tls(tls).asks_for_auth();
        let mut desk = Desk::with(script, security, account(PASSWORD)).await;
        soon(desk.is_well()).await;
        soon(desk.is_well()).await;
        assert_eq!(desk.server.connections(), 1, "{security:?}");
    }
}

/// R-H6: no silent fallback.
#[tokio::test]
async fn a_server_that_cannot_prove_itself_or_encrypt_gets_neither_mail_nor_password() {
    let strangers: [(Tls, Security, bool); 4] = [
        // A certificate that nobody here trusts.
        (Tls::FromTheStart, Security::Tls, false),
        (Tls::OnRequest, Security::StartTls, false),
        // No encryption at all.
        (Tls::None, Security::StartTls, true),
        (Tls::None, Security::Tls, true),
    ];
    for (tls, security, is_trusted) in strangers {
        let server = TestServer::start(Script::default().tls(tls)).await;
        let roots = is_trusted.then(|| server.certificate());
        let settings = Server::new("localhost", server.port(), security, account(PASSWORD), roots).expect("allowed");
        let mut courier = Smtp::new(settings, Clock::System).expect("set up").courier();
        let outcome = soon(courier.send(&mail(1))).await;
        assert!(matches!(outcome, Outcome::OurSide(_)), "{tls:?} {security:?}: {outcome:?}");
        let heard = String::from_utf8_lossy(&server.bytes()).into_owned();
        assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{tls:?} {security:?}: {heard}");
    }
}

/// What a stranger puts behind the answer to STARTTLS was not encrypted, and is not read as if it were.
#[tokio::test]
async fn words_injected_before_the_encryption_end_the_connection() {
    let script = Script::default().tls(Tls::OnRequest).at(Step::StartTls, Act::SayMore("250-test\n250 AUTH PLAIN"));
    let mut desk = Desk::with(script, Security::StartTls, account(PASSWORD)).await;
    let outcome = soon(desk.sends(1)).await;
    assert!(matches!(outcome, Outcome::OurSide(_)), "{outcome:?}");
    soon(desk.is_well()).await;
}

#[tokio::test]
async fn a_wrong_password_is_our_side_and_is_not_shown() {
    let script = Script::default().tls(Tls::FromTheStart).asks_for_auth();
    let mut desk = Desk::with(script, Security::Tls, account("wrong secret")).await;
    let outcome = soon(desk.sends(1)).await;
    assert!(matches!(&outcome, Outcome::OurSide(answer) if answer.code == Some(535)), "{outcome:?}");
    let shown = format!("{:?} {outcome:?}", desk.courier);
    assert!(!shown.contains("secret"), "{shown}");
    // The server's own word for "sign in first".
    let mut desk = Desk::new(Script::default().asks_for_auth()).await;
    let outcome = soon(desk.sends(1)).await;
    assert!(matches!(&outcome, Outcome::OurSide(answer) if answer.code == Some(530)), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_ends_after_a_hundred_mails_or_a_minute_of_rest() {
    let mut desk = Desk::new(Script::default()).await;
    for _ in 0..=SMTP_MAILS_PER_CONNECTION_MAX {
        assert_eq!(desk.sends(1).await, Outcome::Accepted);
    }
    assert_eq!(desk.server.connections(), 2);
    desk.clock.advance(SMTP_IDLE_MS.unsigned_abs() - 1);
    assert_eq!(desk.sends(1).await, Outcome::Accepted);
    assert_eq!(desk.server.connections(), 2);
    desk.clock.advance(SMTP_IDLE_MS.unsigned_abs());
    desk.courier.rest().await;
    assert!(String::from_utf8_lossy(&desk.server.bytes()).ends_with("QUIT\r\n"));
    desk.is_well().await;
    assert_eq!(desk.server.connections(), 3);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_and_a_port_where_nobody_listens_are_our_side() {
    let free = testkit::ports::free().expect("a port");
    let server = Server::new("localhost", free, Security::Plain, None, None).expect("allowed");
    let outcome = Smtp::new(server, Clock::System).expect("set up").courier().send(&mail(1)).await;
    assert!(matches!(outcome, Outcome::OurSide(_)), "{outcome:?}");
    let server = Server::new("no-such-host.invalid", 465, Security::Tls, None, None).expect("allowed");
    let outcome =
        soon(async { Smtp::new(server, Clock::System).expect("set up").courier().send(&mail(1)).await }).await;
    assert!(matches!(outcome, Outcome::OurSide(_)), "{outcome:?}");
}

/// R-H6: the one place without encryption is this machine.
#[test]
fn plain_text_goes_to_this_machine_alone() {
    for host in ["localhost", "127.0.0.1", "127.0.0.2", "::1"] {
        assert!(Server::new(host, 25, Security::Plain, None, None).is_ok(), "{host}");
    }
    for host in ["smtp.example.org", "10.0.0.1", "localhost.example.org", "0.0.0.0"] {
        let refused = Server::new(host, 25, Security::Plain, None, None).err();
        assert_eq!(refused, Some(BadServer::PlainElsewhere), "{host}");
        assert!(Server::new(host, 465, Security::Tls, None, None).is_ok(), "{host}");
    }
    for host in ["", "smtp example", "smtp/example", "smtp.example.org:25"] {
        assert_eq!(Server::new(host, 465, Security::Tls, None, None).err(), Some(BadServer::Host), "{host}");
    }
}
