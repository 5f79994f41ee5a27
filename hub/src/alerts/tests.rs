//! Alerts as a whole, on the real store and the real workers, with a clock that is moved by hand:
//! random schedules of writing, reading, presence, waiting, and of workers that die where it hurts
//! (alerts.md 1.5, I1 to I5, I7 and I8). I6, that nothing is told, is a scenario over real bytes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod budgets;
mod server;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};

use protocol::model::{Role, Side};
use protocol::{ConnectionId, Millis};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::{Outbox, settle};
use crate::actions::files::FileLimits;
use crate::actions::{AlertLimits, Hub, Settings};
use crate::auth::Keys;
use crate::domain::Origin;
use crate::domain::access::Audience;
use crate::files::Files;
use crate::mail::{Mailer, Senders};
use crate::presence::Attendant;
use crate::store::alerts::Lane;
use crate::store::files::Space;
use crate::store::tests::bench::{Bench, Opened, TestAgent, guest};
use crate::store::tests::on_both;
use crate::store::writer::{MarkMove, OpeningRequester};

const S: u64 = 1_000;
const HOUR: u64 = 3_600 * S;
const STEPS: usize = 150;
const TICKETS: usize = 4;

on_both! {
    random_schedules_lose_nothing_and_tell_nothing_twice,
    an_alert_is_mailed_once_with_its_link,
    a_ticket_that_is_read_in_time_is_silent,
}

pub(crate) fn hub_on(bench: &Bench) -> Hub {
    let origin = Origin::localhost(8080);
    let settings = Settings {
        senders: Senders::new(None, None, origin.clone()),
        origin,
        writes_per_network_s: 1_000,
        new_tickets_per_network_hour_max: 1_000,
        sign_ins_per_network_15_min_max: 1_000,
        alerts: AlertLimits {
            mails_per_s: 10_000,
            mails_per_domain_s: 10_000,
            unconfirmed_per_address_day_max: 1_000,
            unconfirmed_per_domain_hour_max: 1_000,
            unconfirmed_per_hour_max: 1_000,
            by_server: false,
        },
        files: FileLimits {
            bytes_max: 1_000_000,
            space: Space { ticket_max: 10_000_000, person_day_max: 10_000_000, site_max: 10_000_000 },
        },
    };
    let files = Files::in_folder(bench.folder().join("files"), None, bench.store.clock().clone());
    Hub::new(bench.store.clone(), files, Keys::in_memory(), settings)
}

/// What the schedule has done so far, as the people of it would say.
struct Play<'a> {
    bench: &'a Bench,
    hub: Hub,
    mailer: Mailer,
    agent: TestAgent,
    tickets: Vec<Opened>,
    /// Per ticket: what the requester has read, in their numbering.
    read: BTreeMap<Uuid, i64>,
    /// When the unread spell began.
    spell: BTreeMap<Uuid, Millis>,
    attending: BTreeSet<usize>,
    told: BTreeSet<String>,
    session: ConnectionId,
}

async fn random_schedules_lose_nothing_and_tell_nothing_twice(bench: &Bench) {
    let schedules = if bench.is_postgres() { 6 } else { 12 };
    for seed in 0..schedules {
        let mut play = Play::begin(bench, seed).await;
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..STEPS {
            play.step(&mut random).await;
            play.check(seed).await;
        }
        play.ends_well(seed).await;
    }
}

impl<'a> Play<'a> {
    async fn begin(bench: &'a Bench, seed: u64) -> Self {
        let agent = bench.agent(&format!("Ines{seed}"), Role::Lead, &[]).await;
        let mut tickets = Vec::new();
        for n in 0..TICKETS {
            let (_, login) = bench.customer(&format!("c{seed}-{n}@example.org")).await;
            tickets.push(bench.opens(login, OpeningRequester::Customer, "Hello").await);
        }
        Self {
            bench,
            hub: hub_on(bench),
            mailer: Mailer::memory(),
            agent,
            tickets,
            read: BTreeMap::new(),
            spell: BTreeMap::new(),
            attending: BTreeSet::new(),
            told: BTreeSet::new(),
            session: ConnectionId(bench.id()),
        }
    }

    async fn step(&mut self, random: &mut StdRng) {
        let place = random.random_range(0..TICKETS);
        let ticket = self.tickets[place];
        match random.random_range(0..20) {
            0..6 => {
                // Logins do not live as long as a schedule.
                let login = self.bench.login(Audience::Agent, Some(self.agent.id)).await;
                self.bench.answers(ticket.id, TestAgent { login, ..self.agent }, "a word").await;
                self.spell.entry(ticket.id.0).or_insert(self.bench.clock.now());
            }
            6..8 => self.reads(ticket, i64::MAX).await,
            8 => {
                let n = random.random_range(1..12);
                self.reads(ticket, n).await;
            }
            9 => {
                let person = Attendant { id: ticket.requester, side: Side::Requester, name: String::new() };
                self.hub.presence.attend(self.session, ticket.id, &person, self.bench.clock.now());
                self.attending = BTreeSet::from([place]);
            }
            // I8: all presence is lost.
            10 => {
                self.hub.presence.unattend(self.session);
                self.attending.clear();
            }
            11..15 => self.bench.clock.advance(random.random_range(1..90) * S),
            15 => self.bench.clock.advance(random.random_range(1..10) * HOUR),
            // A worker that dies after it has claimed; its lease has to end first.
            16 => drop(self.hub.store.claim_mails(Lane::Alerts, 2, 180_000).await.unwrap()),
            _ => self.work().await,
        }
    }

    async fn reads(&mut self, ticket: Opened, n: i64) {
        let found = self.bench.store.ticket_ref(self.bench.site(), ticket.id).await.unwrap().unwrap();
        let last = found.last_pub_seq;
        let n = n.min(last);
        let (site, participant) = (self.bench.site(), ticket.requester);
        let mark = MarkMove {
            site,
            ticket: ticket.id,
            participant,
            audience: Audience::Requester,
            delivered_n: None,
            read_n: Some(n),
        };
        self.bench.store.mark(mark).await.unwrap();
        let read = self.read.entry(ticket.id.0).or_default();
        *read = (*read).max(n);
        if *read == last {
            self.spell.remove(&ticket.id.0);
        }
    }

    /// What the workers of a node do, once.
    async fn work(&self) {
        settle(&self.hub).await.unwrap();
        Outbox::alone(&self.hub, &self.mailer, Lane::Alerts).send_due().await.unwrap();
    }

    /// Whatever was sent since the last look was not read, and was not told before.
    async fn check(&mut self, seed: u64) {
        let now = self.bench.clock.now();
        for sent in self.bench.alerts_sent().await {
            let Some(ticket) = self.tickets.iter().position(|ticket| ticket.id == sent.ticket) else { continue };
            if !self.told.insert(sent.identity.clone()) {
                continue;
            }
            let id = self.tickets[ticket].id.0;
            let read = self.read.get(&id).copied().unwrap_or_default();
            assert!(sent.cover > read, "I2, seed {seed}: {sent:?} was read up to {read}");
            assert_eq!(sent.done_at, now, "seed {seed}: told when it was sent");
            let began = self.spell[&id];
            let attends = self.attending.contains(&ticket)
                && self.hub.presence.is_attending(self.tickets[ticket].requester, self.tickets[ticket].id, now);
            assert!(!attends || now - began >= 300_000, "I5, seed {seed}: {sent:?} went to somebody who attends");
        }
    }

    /// Left alone for long enough, everybody who is away is told of everything (I1), each with one mail
    /// for one identity (I3), and of each spell no more than there may be (I4).
    async fn ends_well(mut self, seed: u64) {
        for _ in 0..40 {
            self.work().await;
            self.check(seed).await;
            self.bench.clock.advance(HOUR);
        }
        let unread = "select count(*) as n from attention where wanted_seq > read_seq and mailed_seq < wanted_seq \
                      and hold_reason is null and recipient_id is not null";
        assert_eq!(self.bench.number(unread).await, 0, "I1, seed {seed}");
        let waiting = "select count(*) as n from delivery where state = 'queued' and kind <> 'm3'";
        assert_eq!(self.bench.number(waiting).await, 0, "I1, seed {seed}: nothing is stuck");
        let mails = self.mailer.kept(None).await.unwrap();
        let identities: BTreeSet<&str> = mails.iter().map(|mail| message_id(&mail.headers)).collect();
        assert_eq!(identities.len(), mails.len(), "I3, seed {seed}");
    }
}

fn message_id(headers: &str) -> &str {
    headers.lines().find(|line| line.starts_with("Message-ID:")).expect("every mail has one")
}

async fn an_alert_is_mailed_once_with_its_link(bench: &Bench) {
    let (hub, mailer) = (hub_on(bench), Mailer::memory());
    let (agent, login) = (bench.agent("Ines", Role::Lead, &[]).await, bench.visitor_login().await);
    let ticket = bench.opens(login, guest("guest@example.org"), "My secret is 4711").await;
    let mut outbox = Outbox::alone(&hub, &mailer, Lane::Alerts);
    assert_eq!(outbox.send_due().await.unwrap(), 1, "M1 goes at once");
    bench.answers(ticket.id, agent, "Nobody else may read this").await;
    bench.clock.advance(59 * S);
    assert_eq!((settle(&hub).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0));
    bench.clock.advance(S);
    assert_eq!((settle(&hub).await.unwrap(), outbox.send_due().await.unwrap()), (1, 1));
    bench.clock.advance(48 * HOUR);
    assert_eq!((settle(&hub).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0));
    let mails = mailer.kept(None).await.unwrap();
    assert_eq!(mails.iter().map(|mail| &*mail.to).collect::<Vec<_>>(), ["guest@example.org"; 2]);
    let link = |text: &str| text.split_whitespace().find(|word| word.contains("/t/")).map(str::to_owned).unwrap();
    assert_eq!(link(&mails[0].text), link(&mails[1].text), "the same link in every mail");
    assert!(link(&mails[0].text).starts_with("http://localhost:8080/t/"), "R-A16");
    assert!(mails[1].headers.contains("List-Unsubscribe: <http://localhost:8080/u/"), "{}", mails[1].headers);
    assert!(!mails[0].headers.contains("List-Unsubscribe"), "{}", mails[0].headers);
    for mail in &mails {
        let html = mailer.kept_html(mail.id).await.unwrap().unwrap();
        let all = format!("{}{}{html}{}", mail.subject, mail.text, mail.headers);
        assert!(!all.contains("4711") && !all.contains("Nobody") && !all.contains("Ines"), "R-H2: {all}");
    }
}

async fn a_ticket_that_is_read_in_time_is_silent(bench: &Bench) {
    let (hub, mailer) = (hub_on(bench), Mailer::memory());
    let agent = bench.agent("Ines", Role::Lead, &[]).await;
    let (_, login) = bench.customer("c@example.org").await;
    let ticket = bench.opens(login, OpeningRequester::Customer, "Hello").await;
    let mut outbox = Outbox::alone(&hub, &mailer, Lane::Alerts);
    outbox.send_due().await.unwrap();
    let site = bench.site();
    for _ in 0..20 {
        bench.answers(ticket.id, agent, "a word").await;
        bench.clock.advance(100 * S);
        let read_n = Some(bench.public_view(ticket).await.cursor);
        let (participant, audience) = (ticket.requester, Audience::Requester);
        bench
            .store
            .mark(MarkMove { site, ticket: ticket.id, participant, audience, delivered_n: None, read_n })
            .await
            .unwrap();
        assert_eq!((settle(&hub).await.unwrap(), outbox.send_due().await.unwrap()), (0, 0));
    }
    assert_eq!(mailer.kept(None).await.unwrap().len(), 1, "M1 alone");
}
