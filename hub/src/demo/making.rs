//! Makes the workspace: plays the story in the order of its times, with a clock that is moved by hand,
//! and lets the alerts go out in between as they would have.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::stream;
use protocol::frame::PostKind;
use protocol::http::{NewTicket, NewView, TicketAction, ViewFilters};
use protocol::model::{Availability, Detail, Role, Status};
use protocol::{ClientId, Millis, ParticipantId, TeamId, TicketId};
use thiserror::Error;

use super::story::{
    AGENTS, AWAY, DIALOGUES, Paper, REQUESTERS, RequesterPart, Step, TEAMS, TICKETS, TicketPart, VIEWS,
};
use super::{Demo, Place, beside, phrases, sign_in};
use crate::actions::conversation::{self, Progress, RawPost};
use crate::actions::files::{FileFailure, RawUpload, upload};
use crate::actions::links::{self, Entered};
use crate::actions::sign_in::{Browser, recognise};
use crate::actions::{Caller, Hub, agents, macros, saved_views, tickets};
use crate::alerts::{Outbox, settle};
use crate::app::{StartError, open_keys, settings};
use crate::auth::cookies::Held;
use crate::auth::{Password, Token};
use crate::config::Config;
use crate::domain::access::{Audience, Who};
use crate::domain::clock::ManualClock;
use crate::domain::email::Email;
use crate::domain::ids::new_id;
use crate::domain::message::TeamName;
use crate::domain::{Clock, Locale, Refusal};
use crate::mail::{MailError, Mailer};
use crate::store::alerts::{Bounce, Lane};
use crate::store::logins::{CodeAsked, FoundLogin, NewCode};
use crate::store::tickets::Shelf;
use crate::store::{Store, StoreError};

const MINUTE_MS: i64 = 60 * 1000;
/// Alerts are looked at this often while days pass in a moment.
const LOOK_EVERY_MS: i64 = 5 * MINUTE_MS;
const PASSWORD_CHARS: usize = 12;

#[derive(Debug, Error)]
pub enum MakeError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] FileFailure),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("cannot write the demo's data: {0}")]
    Io(#[from] std::io::Error),
    #[error("the story of the demo does not fit together: {0}")]
    Story(String),
}

impl From<Refusal> for MakeError {
    fn from(refusal: Refusal) -> Self {
        Self::Store(refusal.into())
    }
}

/// Makes the workspace in the directory of these settings, whole or not at all.
///
/// # Errors
/// When its data cannot be written.
pub async fn make(config: &Config) -> Result<Demo, MakeError> {
    let mut unfinished = config.clone();
    unfinished.data_dir = beside(&config.data_dir, ".unfinished");
    if unfinished.data_dir.exists() {
        std::fs::remove_dir_all(&unfinished.data_dir)?;
    }
    let demo = play(&unfinished).await?;
    demo.write(&unfinished.data_dir)?;
    std::fs::rename(&unfinished.data_dir, &config.data_dir)?;
    Ok(demo)
}

async fn play(config: &Config) -> Result<Demo, MakeError> {
    crate::auth::keys::make_private_directory(&config.data_dir)?;
    let now = Clock::System.now();
    let first = TICKETS.iter().map(|part| part.opened).max().unwrap_or_default();
    let (clock, time) = Clock::manual(now - (first + 60) * MINUTE_MS);
    let store = Store::open_for_node(config.database(), clock, config.rules()).await?;
    let keys = open_keys(&config.keys_dir(), &store).await?;
    let port = config.http.listen.first().map_or(0, std::net::SocketAddr::port);
    let files = config.files(store.clock().clone()).map_err(StartError::from)?;
    let hub = Hub::new(store, files, keys, settings(config, config.origin(port)));
    let mailer = Mailer::local(&config.mailbox_dir())?;
    let mut stage = Stage { time, mailer, agents: HashMap::new(), requesters: HashMap::new(), hub };
    let password: String =
        Token::random().encode().chars().filter(char::is_ascii_alphanumeric).take(PASSWORD_CHARS).collect();
    stage.hire(&password).await?;
    stage.keep_macros().await?;
    let dialogues = stage.perform(now).await?;
    stage.hub.store.close().await;
    Ok(Demo { password, dialogues })
}

/// A step of one ticket at its time.
struct Scene {
    at: Millis,
    ticket: usize,
    /// `None`: the ticket is opened.
    step: Option<Step>,
}

fn scenes(now: Millis) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for (ticket, part) in TICKETS.iter().enumerate() {
        let mut at = now - part.opened * MINUTE_MS;
        scenes.push(Scene { at, ticket, step: None });
        for (after, step) in part.steps {
            at += after * MINUTE_MS;
            scenes.push(Scene { at, ticket, step: Some(*step) });
        }
    }
    scenes.sort_by_key(|scene| scene.at);
    scenes
}

struct Stage {
    hub: Hub,
    time: ManualClock,
    mailer: Mailer,
    agents: HashMap<&'static str, Hired>,
    /// By the key of the requester, and for guests by each of their tickets.
    requesters: HashMap<String, Token>,
}

struct Hired {
    id: ParticipantId,
    team: TeamId,
    login: Token,
}

impl Stage {
    /// Makes the teams and the agents.
    async fn hire(&mut self, password: &str) -> Result<(), MakeError> {
        let site = self.hub.store.site().id;
        let mut teams = HashMap::new();
        for name in TEAMS {
            let team = self.hub.store.add_team(site, &TeamName::parse(name)?, None).await?;
            teams.insert(name, team.id);
        }
        for part in AGENTS {
            agents::add(&self.hub, part.email, part.name, part.role, &[part.team.to_owned()]).await?;
            let email = Email::parse(part.email)?;
            let known = self.hub.store.credentials(site, &email).await?;
            let id = known.ok_or_else(|| MakeError::Story(format!("{} was not hired", part.name)))?.agent;
            let chosen = Password::choose("password", password.to_owned(), &[])?;
            let hash = self.hub.passwords.hash(chosen).await?;
            self.hub.store.set_password(site, id, hash).await?;
            let (_, login) = sign_in(&self.hub, Audience::Agent, Some(id)).await?;
            let team = teams[part.team];
            self.agents.insert(part.key, Hired { id, team, login });
        }
        self.hub.store.set_availability(site, self.agents[AWAY].id, Availability::Away).await?;
        Ok(())
    }

    /// The site's macros, by whoever looks after it.
    async fn keep_macros(&self) -> Result<(), MakeError> {
        let nobody = || MakeError::Story("nobody looks after the site".to_owned());
        let admin = AGENTS.iter().find(|part| part.role == Role::Admin).ok_or_else(nobody)?;
        let Who::Agent(admin) = self.agent(admin.key).await? else { return Err(nobody()) };
        for new in phrases::macros() {
            macros::add(&self.hub, &admin, Shelf::Shared, self.key(), new).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, now: Millis) -> Result<Vec<Place>, MakeError> {
        let mut opened: HashMap<usize, TicketId> = HashMap::new();
        for scene in scenes(now) {
            self.let_pass(scene.at).await?;
            let part = &TICKETS[scene.ticket];
            match scene.step {
                None => {
                    let ticket = self.open(scene.ticket, part).await?;
                    opened.insert(scene.ticket, ticket);
                }
                Some(Step::Merge(agent, subject)) => {
                    let into = TICKETS.iter().position(|part| part.subject == subject);
                    let into = into.and_then(|index| opened.get(&index)).copied();
                    let into = into.ok_or_else(|| MakeError::Story(subject.to_owned()))?;
                    self.decides(agent, opened[&scene.ticket], TicketAction::Merge { into }).await?;
                }
                Some(step) => self.act(scene.ticket, part, opened[&scene.ticket], step).await?,
            }
        }
        self.let_pass(now).await?;
        self.keep_views().await?;
        let mut places = Vec::new();
        for dialogue in &DIALOGUES {
            let index = TICKETS.iter().position(|part| part.subject == dialogue.subject);
            let index = index.ok_or_else(|| MakeError::Story(dialogue.subject.to_owned()))?;
            let Who::Visitor(visitor) = self.requester(index, &TICKETS[index]).await? else {
                return Err(MakeError::Story("a dialogue needs a customer".to_owned()));
            };
            let requester = visitor.customer.ok_or_else(|| MakeError::Story("a dialogue with a guest".to_owned()))?;
            places.push(Place { ticket: opened[&index], requester, agent: self.agents[dialogue.agent].id });
        }
        Ok(places)
    }

    /// Moves the clock to then; mails go out meanwhile.
    async fn let_pass(&mut self, then: Millis) -> Result<(), MakeError> {
        loop {
            let left = then - self.time.now();
            self.time.advance(left.clamp(0, LOOK_EVERY_MS).unsigned_abs());
            settle(&self.hub).await?;
            for lane in [Lane::Codes, Lane::Alerts] {
                Outbox::alone(&self.hub, &self.mailer, lane).send_due().await?;
            }
            if left <= LOOK_EVERY_MS {
                return Ok(());
            }
        }
    }

    async fn open(&mut self, index: usize, part: &TicketPart) -> Result<TicketId, MakeError> {
        let requester = requester_part(part)?;
        let caller = caller(requester);
        let browser = match requester.is_customer {
            true => self.customer(requester).await?,
            false => Browser::default(),
        };
        let form = NewTicket {
            topic: part.topic.to_owned(),
            subject: part.subject.to_owned(),
            text: part.text.to_owned(),
            details: part.details.iter().map(|(key, value)| detail(key, value)).collect(),
            email: (!requester.is_customer).then(|| requester.email.to_owned()),
            name: (!requester.is_customer && !requester.name.is_empty()).then(|| requester.name.to_owned()),
            locale: Some(requester.locale.to_owned()),
        };
        let opened = tickets::open(&self.hub, &browser, &caller, self.key(), form).await?;
        if let Some(token) = opened.cookie {
            self.requesters.insert(seat(index, requester), token);
        }
        Ok(opened.ticket.id)
    }

    async fn act(&mut self, index: usize, part: &TicketPart, ticket: TicketId, step: Step) -> Result<(), MakeError> {
        match step {
            Step::Write(text) => self.writes(index, part, ticket, text, &[]).await?,
            Step::WriteWith(text, papers) => self.writes(index, part, ticket, text, papers).await?,
            Step::Reply(agent, text) => self.replies(agent, ticket, text, &[]).await?,
            Step::ReplyWith(agent, text, papers) => self.replies(agent, ticket, text, papers).await?,
            Step::Note(agent, text) => {
                let who = self.agent(agent).await?;
                let mentions = self.called_in(text);
                let raw = RawPost {
                    kind: PostKind::Note,
                    text: text.to_owned(),
                    attachments: Vec::new(),
                    mentions,
                    drafts: Vec::new(),
                };
                conversation::post(&self.hub, &who, ticket, self.key(), raw).await?;
            }
            Step::Assign(agent) => {
                let hired = &self.agents[agent];
                let action = TicketAction::Assign { team: Some(hired.team), agent: Some(hired.id) };
                self.decides("nora", ticket, action).await?;
            }
            Step::Solve(agent) => {
                let who = self.agent(agent).await?;
                self.read(&who, ticket).await?;
                self.decides(agent, ticket, TicketAction::Solve).await?;
            }
            Step::Reopen(agent) => {
                self.decides(agent, ticket, TicketAction::Reopen { pending: false }).await?;
            }
            Step::Rank(agent, priority) => {
                self.decides(agent, ticket, TicketAction::SetPriority { priority }).await?;
            }
            Step::Tag(agent, tags) => {
                let add = tags.iter().map(|tag| (*tag).to_owned()).collect();
                self.decides(agent, ticket, TicketAction::Tag { add, remove: Vec::new() }).await?;
            }
            Step::Snooze(agent, minutes) => {
                let until = self.time.now() + minutes * MINUTE_MS;
                self.decides(agent, ticket, TicketAction::Snooze { until }).await?;
            }
            Step::Reads => {
                let who = self.requester(index, part).await?;
                self.read(&who, ticket).await?;
            }
            Step::Back => {
                self.come_back(index, part).await?;
                let who = self.requester(index, part).await?;
                self.read(&who, ticket).await?;
            }
            // It needs the other ticket: see `perform`.
            Step::Merge(..) => {}
            Step::Bounces => {
                let email = Email::parse(requester_part(part)?.email)?;
                let answer = "550 5.1.1 no such mailbox here";
                let hub = &self.hub;
                hub.store.mail_came_back(hub.store.site().id, email.canonical(), Bounce::Hard, answer).await?;
            }
        }
        Ok(())
    }

    async fn decides(&self, agent: &str, ticket: TicketId, action: TicketAction) -> Result<(), MakeError> {
        let who = self.agent(agent).await?;
        conversation::decide(&self.hub, &who, ticket, self.key(), action).await?;
        Ok(())
    }

    /// The lists that the site keeps.
    async fn keep_views(&self) -> Result<(), MakeError> {
        let Who::Agent(nora) = self.agent("nora").await? else {
            return Err(MakeError::Story("nora is no agent".to_owned()));
        };
        for part in VIEWS {
            let filters = ViewFilters {
                statuses: vec![Status::Open, Status::Pending],
                tags: part.tags.iter().map(|tag| (*tag).to_owned()).collect(),
                waiting_min: part.waiting_min,
                ..ViewFilters::default()
            };
            let form = NewView { name: part.name.to_owned(), filters };
            saved_views::add(&self.hub, &nora, Shelf::Shared, self.key(), form).await?;
        }
        Ok(())
    }

    async fn writes(
        &self,
        index: usize,
        part: &TicketPart,
        ticket: TicketId,
        text: &str,
        papers: &[Paper],
    ) -> Result<(), MakeError> {
        let who = self.requester(index, part).await?;
        self.post(&who, ticket, PostKind::Reply, text, papers).await
    }

    async fn replies(&self, agent: &str, ticket: TicketId, text: &str, papers: &[Paper]) -> Result<(), MakeError> {
        let who = self.agent(agent).await?;
        self.read(&who, ticket).await?;
        self.post(&who, ticket, PostKind::Reply, text, papers).await
    }

    /// The files first, then the message that names them.
    async fn post(
        &self,
        who: &Who,
        ticket: TicketId,
        kind: PostKind,
        text: &str,
        papers: &[Paper],
    ) -> Result<(), MakeError> {
        let mut attachments = Vec::new();
        for paper in papers {
            let bytes_told = Some(paper.bytes.len() as u64);
            let raw = RawUpload { ticket, key: self.key(), name: paper.name.to_owned(), bytes_told };
            let body = stream::iter([Ok(Bytes::from_static(paper.bytes))]);
            attachments.push(upload(&self.hub, who, raw, body).await?.attachment.id);
        }
        let raw = RawPost { kind, text: text.to_owned(), attachments, mentions: Vec::new(), drafts: Vec::new() };
        conversation::post(&self.hub, who, ticket, self.key(), raw).await?;
        Ok(())
    }

    /// The agents whose names stand after an @.
    fn called_in(&self, text: &str) -> Vec<ParticipantId> {
        let called = AGENTS.iter().filter(|part| text.contains(&format!("@{}", part.name)));
        called.map(|part| self.agents[part.key].id).collect()
    }

    /// Everything there is was read.
    async fn read(&self, who: &Who, ticket: TicketId) -> Result<(), MakeError> {
        let found = conversation::find(&self.hub, who, ticket).await?;
        let last_n = crate::domain::access::read(who, &found).map_or(0, |readable| readable.last_n());
        conversation::mark(&self.hub, who, ticket, Progress::Read(last_n)).await?;
        Ok(())
    }

    async fn agent(&self, key: &str) -> Result<Who, MakeError> {
        match self.hub.store.login(Audience::Agent, &self.agents[key].login.digest()).await? {
            Some(FoundLogin::Agent(agent)) => Ok(Who::Agent(agent)),
            _ => Err(MakeError::Story(format!("{key} is not signed in"))),
        }
    }

    async fn requester(&self, index: usize, part: &TicketPart) -> Result<Who, MakeError> {
        let requester = requester_part(part)?;
        let browser = self.browser(&seat(index, requester)).await?;
        browser.visitor.map(Who::Visitor).ok_or_else(|| MakeError::Story(format!("{} is nobody", requester.key)))
    }

    async fn browser(&self, seat: &str) -> Result<Browser, MakeError> {
        let token = self.requesters.get(seat).cloned();
        Ok(recognise(&self.hub, token.map(Held::of_a_login)).await?)
    }

    /// The browser of a customer, who signs in with the first ticket.
    async fn customer(&mut self, part: &RequesterPart) -> Result<Browser, MakeError> {
        if !self.requesters.contains_key(part.key) {
            let (site, store) = (self.hub.store.site().id, &self.hub.store);
            let (login, _) = sign_in(&self.hub, Audience::Requester, None).await?;
            let token = Token::random();
            let code = NewCode {
                site,
                login,
                email: Email::parse(part.email)?,
                locale: part.locale.to_owned(),
                network: caller(part).network,
                kid: self.hub.keys.newest_kid(),
            };
            let CodeAsked::Queued { id } = store.ask_code(code).await? else {
                return Err(MakeError::Story("too many codes".to_owned()));
            };
            store.use_code(id, login, token.digest()).await?;
            self.requesters.insert(part.key.to_owned(), token);
            let browser = self.browser(part.key).await?;
            if let Some(visitor) = &browser.visitor {
                crate::actions::sign_in::rename(&self.hub, visitor, part.name).await?;
            }
        }
        self.browser(part.key).await
    }

    /// A guest opens the link of the newest mail in another browser, asks for the code and enters it.
    async fn come_back(&mut self, index: usize, part: &TicketPart) -> Result<(), MakeError> {
        let requester = requester_part(part)?;
        let (hub, caller) = (self.hub.clone(), caller(requester));
        let missing = |what: &str| MakeError::Story(format!("{} has no {what}", requester.key));
        let mails = self.mailer.kept(None).await?;
        let newest = mails.iter().rev().find(|mail| mail.to.contains(requester.email) && mail.text.contains("/t/"));
        let text = &newest.ok_or_else(|| missing("mail with a link"))?.text;
        let link = text.split("/t/").nth(1).and_then(|rest| rest.split_whitespace().next());
        let link = link.ok_or_else(|| missing("link"))?.to_owned();
        let (_, before) = sign_in(&hub, Audience::Requester, None).await?;
        let browser = recognise(&hub, Some(Held::of_a_login(before))).await?;
        links::look(&hub, &browser, &caller, &link).await?;
        links::ask_code(&hub, &browser, &caller, &link).await?;
        Outbox::alone(&hub, &self.mailer, Lane::Codes).send_due().await?;
        let mails = self.mailer.kept(None).await?;
        let mail = mails.iter().rev().find(|mail| mail.to.contains(requester.email));
        let code = mail.and_then(|mail| mail.text.lines().find(|line| is_code(line.trim())));
        let code = code.ok_or_else(|| missing("code"))?.trim();
        let entered = Entered { token: &link, code, trust: false };
        let (_, token) = links::enter_code(&hub, &browser, &caller, entered).await?;
        self.requesters.insert(seat(index, requester), token);
        Ok(())
    }

    fn key(&self) -> ClientId {
        ClientId(new_id(&self.hub.clock))
    }
}

/// Customers have one browser; guests one for each ticket.
fn seat(index: usize, part: &RequesterPart) -> String {
    if part.is_customer { part.key.to_owned() } else { format!("{} {index}", part.key) }
}

fn requester_part(part: &TicketPart) -> Result<&'static RequesterPart, MakeError> {
    let found = REQUESTERS.iter().find(|requester| requester.key == part.requester);
    found.ok_or_else(|| MakeError::Story(format!("nobody is called {}", part.requester)))
}

/// Each from a network of their own, so that no limit meets them.
fn caller(part: &RequesterPart) -> Caller {
    let n = REQUESTERS.iter().position(|other| other.key == part.key).unwrap_or_default();
    Caller {
        network: format!("192.0.2.{n}"),
        browser: "Firefox on Linux".to_owned(),
        locale: Locale::from_code(part.locale).unwrap_or(Locale::En),
    }
}

fn detail(key: &str, value: &str) -> Detail {
    Detail { key: key.to_owned(), value: value.to_owned() }
}

/// `1234 5678`.
fn is_code(line: &str) -> bool {
    crate::auth::codes::parse(line).is_some()
}
