//! The audit of security and administration, by a fixed vocabulary (R-J2). Messages are audited by the
//! event log itself.

use protocol::ParticipantId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, Hub};
use crate::store::audit::Audit;

/// What may stand in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    CodeAsked,
    CodeFailed,
    CustomerSignedIn,
    CustomerSignedOut,
    AgentSignedIn,
    AgentSignInFailed,
    AgentSignedOut,
    AgentPasswordChanged,
    LinkUsed,
    LinkRefused,
    AgentInvited,
    AgentChanged,
    AgentSessionsEnded,
    ResetLinkMade,
    TeamAdded,
    TeamRenamed,
    TicketJoined,
    AddressChanged,
    GuestLinkUsed,
    GuestLinkRefused,
    GuestCodeAsked,
    GuestCodeFailed,
    GuestCodeEntered,
    GuestLinksAsked,
    GuestTrustGiven,
    GuestTrustEnded,
    GuestAccessEnded,
    GuestDisowned,
    GuestUnsubscribed,
    GuestSubscribed,
    AccessRefused,
    LimitHit,
}

impl Act {
    pub const fn name(self) -> &'static str {
        match self {
            Self::CodeAsked => "code.asked",
            Self::CodeFailed => "code.failed",
            Self::CustomerSignedIn => "customer.signed_in",
            Self::CustomerSignedOut => "customer.signed_out",
            Self::AgentSignedIn => "agent.signed_in",
            Self::AgentSignInFailed => "agent.sign_in_failed",
            Self::AgentSignedOut => "agent.signed_out",
            Self::AgentPasswordChanged => "agent.password_changed",
            Self::LinkUsed => "link.used",
            Self::LinkRefused => "link.refused",
            Self::AgentInvited => "agent.invited",
            Self::AgentChanged => "agent.changed",
            Self::AgentSessionsEnded => "agent.sessions_ended",
            Self::ResetLinkMade => "agent.reset_link_made",
            Self::TeamAdded => "team.added",
            Self::TeamRenamed => "team.renamed",
            Self::TicketJoined => "ticket.joined",
            Self::AddressChanged => "ticket.address_changed",
            Self::GuestLinkUsed => "guest.link_used",
            Self::GuestLinkRefused => "guest.link_refused",
            Self::GuestCodeAsked => "guest.code_asked",
            Self::GuestCodeFailed => "guest.code_failed",
            Self::GuestCodeEntered => "guest.code_entered",
            Self::GuestLinksAsked => "guest.links_asked",
            Self::GuestTrustGiven => "guest.trust_given",
            Self::GuestTrustEnded => "guest.trust_ended",
            Self::GuestAccessEnded => "guest.access_ended",
            Self::GuestDisowned => "guest.disowned",
            Self::GuestUnsubscribed => "guest.unsubscribed",
            Self::GuestSubscribed => "guest.subscribed",
            Self::AccessRefused => "access.refused",
            Self::LimitHit => "limit.hit",
        }
    }
}

/// Who did it, and to whom or what.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub actor: Option<ParticipantId>,
    pub subject: Option<Uuid>,
    /// Without secrets and addresses.
    pub details: Option<Value>,
}

impl About {
    pub fn actor(actor: ParticipantId) -> Self {
        Self { actor: Some(actor), ..Self::default() }
    }

    #[must_use]
    pub fn subject(self, subject: Uuid) -> Self {
        Self { subject: Some(subject), ..self }
    }

    #[must_use]
    pub fn details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }
}

/// Writes an act down. It has taken place already: that it cannot be written is told in the log and
/// does not undo it.
pub async fn record(hub: &Hub, caller: &Caller, act: Act, about: About) {
    tracing::info!(target: "audit", act = act.name(), actor = about.actor.map(|id| id.to_string()), subject = about.subject.map(|id| id.to_string()));
    let row = Audit {
        site: hub.store.site().id,
        act: act.name(),
        actor: about.actor,
        subject: about.subject,
        network: caller.network.clone(),
        details: about.details.unwrap_or_else(|| json!({})),
    };
    if let Err(error) = hub.store.audit(row).await {
        tracing::error!(%error, act = act.name(), "could not write the audit");
    }
}

/// A limit that was met is told in the log alone: a flood must not become a flood of rows.
pub fn limit_hit(limit: &'static str) {
    tracing::warn!(target: "audit", act = Act::LimitHit.name(), limit);
}
