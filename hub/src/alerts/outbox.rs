//! A worker of the outbox: claims mails that are due, makes each, hands it over, writes what became of it.
//!
//! It is woken when a mail may be due and looks by itself every second: a wake-up that is lost costs a
//! second. One bad row does not hold up the others. The worker may die anywhere: a mail that was claimed
//! is due again when its lease ends, under the same identity.

use std::sync::Arc;

use protocol::Millis;
use tokio_util::sync::CancellationToken;

use super::letter::{self, NoMail};
use super::retry::{self, Try};
use super::traffic::Traffic;
use crate::actions::{Hub, audit};
use crate::auth::tokens::digest_text;
use crate::bus::Signal;
use crate::domain::alert::Hold;
use crate::domain::ids::random_between;
use crate::domain::limits::MAILS_PER_CLAIM_MAX;
use crate::mail::{Answer, Courier, Mail, Mailer, Outcome};
use crate::metrics::MailOutcome;
use crate::store::alerts::{Budget, DueMail, Finish, Lane};
use crate::store::{StoreError, Window};

const LOOK_EVERY_MS: u64 = 1_000;
/// A worker that died holds its mails for this long; sending one takes less, or is given up.
const LEASE_MS: i64 = 180_000;
/// A mail that is under way when the hub stops has this long.
const STOP_WAIT_MS: u64 = 5_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// One worker, with its own way to the server.
pub struct Outbox {
    hub: Hub,
    courier: Courier,
    lane: Lane,
    traffic: Arc<Traffic>,
    stop: CancellationToken,
}

impl Outbox {
    pub(super) fn new(hub: Hub, mailer: &Mailer, lane: Lane, traffic: Arc<Traffic>, stop: CancellationToken) -> Self {
        Self { hub, courier: mailer.courier(), lane, traffic, stop }
    }

    /// A worker by itself, for tests and benchmarks.
    pub fn alone(hub: &Hub, mailer: &Mailer, lane: Lane) -> Self {
        let pace = &hub.settings.alerts;
        let traffic = Arc::new(Traffic::new(pace.mails_per_s, pace.mails_per_domain_s));
        Self::new(hub.clone(), mailer, lane, traffic, CancellationToken::new())
    }

    /// Sends what is due until it is stopped.
    pub(super) async fn run(mut self) {
        let mut due = self.hub.mail_due.follow();
        while !self.stop.is_cancelled() {
            if let Err(error) = self.send_due().await {
                tracing::warn!(%error, "could not read or write the outbox");
            }
            self.courier.rest().await;
            // All three may be dropped half-way without loss.
            tokio::select! {
                () = self.stop.cancelled() => {}
                _ = due.changed() => {}
                () = self.hub.clock.sleep(LOOK_EVERY_MS) => {}
            }
        }
    }

    /// Sends everything that is due now. Answers how many mails went out.
    ///
    /// # Errors
    /// When the outbox cannot be read or written.
    pub async fn send_due(&mut self) -> Result<usize, StoreError> {
        let mut sent = 0;
        while self.traffic.broken_until(self.hub.clock.now()).is_none() && !self.stop.is_cancelled() {
            let due = self.hub.store.claim_mails(self.lane, MAILS_PER_CLAIM_MAX, LEASE_MS).await?;
            if due.is_empty() {
                break;
            }
            for mail in due {
                let finish = self.handle(&mail).await?;
                sent += usize::from(matches!(finish, Finish::Sent { .. }));
                self.finish(&mail, &finish).await?;
            }
        }
        Ok(sent)
    }

    async fn finish(&self, mail: &DueMail, finish: &Finish) -> Result<(), StoreError> {
        self.hub.store.finish_mail(mail, finish).await?;
        self.hub.metrics.mail(self.lane.name(), outcome(finish));
        if let Some(ticket) = &mail.ticket {
            self.hub.bus.publish(Signal::AlertsChanged(ticket.id));
        }
        match finish {
            Finish::Dead { why, hold } => {
                tracing::error!(mail = %mail.id, kind = mail.kind, why, hold = hold.word(), "a mail was given up");
            }
            Finish::Again { why, at, .. } => {
                tracing::warn!(mail = %mail.id, kind = mail.kind, attempt = mail.attempts, why, at, "a mail waits");
            }
            Finish::Sent { .. } | Finish::Held(_) | Finish::Cancelled => {}
        }
        Ok(())
    }

    async fn handle(&mut self, due: &DueMail) -> Result<Finish, StoreError> {
        if let Some(finish) = self.not_now(due).await? {
            return Ok(finish);
        }
        match letter::write(&self.hub, due).await {
            // The last look: what was read meanwhile is not told.
            Ok(_) if !self.hub.store.is_still_due(due).await? => Ok(Finish::Cancelled),
            Ok(mail) => self.send(due, &mail).await,
            Err(NoMail::Nothing) => Ok(Finish::Cancelled),
            Err(NoMail::Never(why)) => Ok(Finish::Dead { why, hold: Hold::Undelivered }),
            Err(NoMail::Store(error)) => Err(error),
        }
    }

    /// What keeps a mail from going out now.
    async fn not_now(&self, due: &DueMail) -> Result<Option<Finish>, StoreError> {
        if let Some(hold) = due.hold {
            return Ok(Some(Finish::Held(hold)));
        }
        let now = self.hub.clock.now();
        let again = |at, hold, why: &str| Some(Finish::Again { at, counts: false, hold, why: why.to_owned() });
        if let Some(until) = self.traffic.broken_until(now) {
            return Ok(again(until, None, "the mail server cannot be reached"));
        }
        if self.lane == Lane::Alerts
            && let Err(at) = self.traffic.admit(&due.canonical, letter::is_alert(&due.kind), now)
        {
            return Ok(again(at, None, "as many mails as may go out in this time did"));
        }
        if !due.unproven || !(letter::is_alert(&due.kind) || due.kind == "m1") {
            return Ok(None);
        }
        match self.hub.store.spend(due.id, &self.budgets(due, now)).await? {
            Ok(()) => Ok(None),
            Err((hold, at)) => {
                if hold != Hold::AddressBudget {
                    // Somebody may be using the hub to flood others.
                    tracing::error!(hold = hold.word(), "mails to unconfirmed addresses are held: the budget is spent");
                    audit::limit_hit(hold.word());
                }
                Ok(again(at, Some(hold), "the budget for unconfirmed addresses is spent"))
            }
        }
    }

    /// R-H3, decisions.md 13.
    fn budgets(&self, due: &DueMail, now: Millis) -> [Budget; 3] {
        let settings = &self.hub.settings.alerts;
        let domain = due.canonical.rsplit_once('@').map_or("", |(_, domain)| domain);
        let per_hour = |max| Window { since: now - HOUR_MS, max };
        [
            Budget {
                hold: Hold::AddressBudget,
                subject: digest_text(&due.canonical),
                window: Window { since: now - DAY_MS, max: settings.unconfirmed_per_address_day_max },
            },
            Budget {
                hold: Hold::DomainBudget,
                subject: domain.to_owned(),
                window: per_hour(settings.unconfirmed_per_domain_hour_max),
            },
            Budget {
                hold: Hold::HubBudget,
                subject: String::new(),
                window: per_hour(settings.unconfirmed_per_hour_max),
            },
        ]
    }

    async fn send(&mut self, due: &DueMail, mail: &Mail) -> Result<Finish, StoreError> {
        let stopped = async {
            self.stop.cancelled().await;
            self.hub.clock.sleep(STOP_WAIT_MS).await;
        };
        // Sending may be dropped: the courier drops its connection with it, and the mail is due again.
        let outcome = tokio::select! {
            outcome = self.courier.send(mail) => outcome,
            () = stopped => return Ok(given_up(due, self.hub.clock.now())),
        };
        let now = self.hub.clock.now();
        let jitter = random_between(0, 2_000) as f64 / 1_000.0 - 1.0;
        let tried = Try { lane: self.lane, attempts: due.attempts, created_at: due.created_at, now, jitter };
        let next = retry::after(&outcome, tried);
        match outcome {
            Outcome::OurSide(_) => {
                self.traffic.broke(now);
            }
            _ => self.traffic.works(),
        }
        if next.slower {
            self.traffic.slower(&due.canonical, now);
        }
        if let (Some(bounce), Some(answer)) = (next.bounce, outcome.answer()) {
            let site = self.hub.store.site().id;
            self.hub.store.mail_came_back(site, &due.canonical, bounce, &answer.to_string()).await?;
        }
        Ok(next.finish)
    }
}

fn outcome(finish: &Finish) -> MailOutcome {
    match finish {
        Finish::Sent { .. } => MailOutcome::Sent,
        Finish::Again { .. } => MailOutcome::Again,
        Finish::Held(_) => MailOutcome::Held,
        Finish::Cancelled => MailOutcome::Cancelled,
        Finish::Dead { .. } => MailOutcome::GivenUp,
    }
}

/// The hub stops, and the server does not answer: it may have taken the mail.
fn given_up(due: &DueMail, now: Millis) -> Finish {
    let lane = if due.code.is_some() { Lane::Codes } else { Lane::Alerts };
    let tried = Try { lane, attempts: due.attempts, created_at: due.created_at, now, jitter: 0.0 };
    let answer = Answer { code: None, enhanced: None, text: "the hub stopped before the server answered".to_owned() };
    retry::after(&Outcome::Unknown(answer), tried).finish
}
