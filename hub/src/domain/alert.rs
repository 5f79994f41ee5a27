//! Alerts: why one is held, and the numbers they go by. What is decided from them is in `attention`.

use protocol::model::{AgentBody, AgentEvent, Side, Status};

use super::attention::{Pace, Wanted};

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Points at which nothing is sent to an address any more (decisions.md 28); a hard bounce is as many.
pub const BOUNCES_MAX: i64 = 4;
/// A point is forgotten after this long (alerts.md 3.4).
const BOUNCE_FORGOTTEN_MS: i64 = 7 * 24 * HOUR_MS;

/// What is left of an address's points some time after they were counted.
pub fn score_now(score: i64, since_ms: i64) -> i64 {
    (score - since_ms.max(0) / BOUNCE_FORGOTTEN_MS).max(0)
}

/// Why somebody is not mailed. It is stored, and agents see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The address was never confirmed, and one alert went there already (decisions.md 13).
    NotConfirmed,
    /// Mails to the address come back.
    Bounces,
    /// The recipient wants no mails about this ticket.
    Muted,
    /// The recipient wants no alerts at all.
    Unsubscribed,
    /// Addresses that were never confirmed got as many mails as they may, for now.
    AddressBudget,
    DomainBudget,
    HubBudget,
    /// The mail could not be brought there in all its tries, or was refused for what it is.
    Undelivered,
}

impl Hold {
    pub const ALL: [Self; 8] = [
        Self::NotConfirmed,
        Self::Bounces,
        Self::Muted,
        Self::Unsubscribed,
        Self::AddressBudget,
        Self::DomainBudget,
        Self::HubBudget,
        Self::Undelivered,
    ];

    /// As it is stored and told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotConfirmed => "not_confirmed",
            Self::Bounces => "bounces",
            Self::Muted => "muted",
            Self::Unsubscribed => "unsubscribed",
            Self::AddressBudget => "address_budget",
            Self::DomainBudget => "domain_budget",
            Self::HubBudget => "hub_budget",
            Self::Undelivered => "undelivered",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.word() == word)
    }
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Guest,
    Customer,
    /// An agent, or everybody of a team while nobody is assigned.
    Agents,
}

/// The numbers of alerts that operators may set; the defaults are alerts.md 1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertTimes {
    pub guest: Pace,
    pub customer: Pace,
    pub agents: Pace,
    /// An agent gets one digest in this time.
    pub digest_every_ms: i64,
}

impl AlertTimes {
    pub fn pace(&self, audience: Audience) -> &Pace {
        match audience {
            Audience::Guest => &self.guest,
            Audience::Customer => &self.customer,
            Audience::Agents => &self.agents,
        }
    }
}

impl Default for AlertTimes {
    fn default() -> Self {
        let pace = Pace {
            quiet_ms: 2 * MINUTE_MS,
            cap_ms: 5 * MINUTE_MS,
            repeat_ms: 30 * MINUTE_MS,
            repeat_max_ms: 24 * HOUR_MS,
            attended_max_ms: 5 * MINUTE_MS,
        };
        Self {
            guest: Pace { quiet_ms: MINUTE_MS, ..pace },
            customer: pace,
            agents: Pace { quiet_ms: 10 * MINUTE_MS, cap_ms: 10 * MINUTE_MS, attended_max_ms: 15 * MINUTE_MS, ..pace },
            digest_every_ms: HOUR_MS,
        }
    }
}

/// Whom an event of a ticket's log is worth an alert to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The customer or guest.
    Requester(Wanted),
    /// Whoever is to answer.
    Agents,
    /// The colleagues whom a note mentions.
    Mentioned,
}

/// Whom to call for an event; nobody for what is internal and mentions nobody, told by the ticket itself, or erased.
pub fn call(event: &AgentEvent) -> Option<Call> {
    match (&event.body, event.author.side) {
        (AgentBody::Message(message), _) if message.redacted_at.is_some() => None,
        (AgentBody::Message(message), Side::Agent) if message.asks => Some(Call::Requester(Wanted::Asked)),
        (AgentBody::Message(_), Side::Agent | Side::System) => Some(Call::Requester(Wanted::Reply)),
        (AgentBody::Message(_), Side::Requester) => Some(Call::Agents),
        (AgentBody::Note(note), _) if !note.mentions.is_empty() => Some(Call::Mentioned),
        (AgentBody::Status { to: Status::Solved, .. }, Side::Agent | Side::System) => {
            Some(Call::Requester(Wanted::Solved))
        }
        (AgentBody::Status { to: Status::Open, .. }, Side::Agent | Side::System) => {
            Some(Call::Requester(Wanted::Reopened))
        }
        _ => None,
    }
}
