//! What admins do about agents: invite, change, reset, end sessions; and who can be given a ticket.

use protocol::http::{AgentAccount, ChangeAgent, Colleague, Colleagues, Invite, LinkPurpose, OneTimeLink};
use protocol::model::Role;
use protocol::{ClientId, ErrorCode, Millis, ParticipantId, TeamId};
use serde_json::json;

use super::agent_sign_in::link_url;
use super::audit::{self, About, Act};
use super::{Caller, Hub};
use crate::auth::Token;
use crate::bus::Signal;
use crate::domain::access::Agent;
use crate::domain::email::Email;
use crate::domain::limits::{INVITE_LINK_LIFE_MS, RESET_LINK_LIFE_MS};
use crate::domain::message::Name;
use crate::domain::{Locale, Refusal};
use crate::store::StoreError;
use crate::store::people::Assignable;

/// Only admins go on.
pub fn require_admin(agent: &Agent) -> Result<(), Refusal> {
    match agent.role {
        Role::Admin => Ok(()),
        Role::Lead | Role::Agent => Err(Refusal::new(ErrorCode::Forbidden)),
    }
}

pub async fn list(hub: &Hub, admin: &Agent) -> Result<Vec<AgentAccount>, StoreError> {
    require_admin(admin)?;
    hub.store.agents(admin.site).await
}

/// Who a ticket can be given to, and who of them is there.
pub async fn colleagues(hub: &Hub, agent: &Agent) -> Result<Colleagues, StoreError> {
    let assignable = hub.store.assignable(agent.site).await?;
    let agents = assignable
        .into_iter()
        .map(|Assignable { agent, role, teams, availability }| Colleague {
            online: hub.presence.is_online(agent.id, hub.clock.now()),
            id: agent.id,
            name: agent.name,
            role,
            teams,
            availability,
        })
        .collect();
    Ok(Colleagues { agents, teams: hub.store.teams(agent.site).await?, presence: hub.presence.scope() })
}

/// Makes an agent without a password and the link that sets one. A repeat of the key answers the same
/// link: its token is derived from the admin's login and the key.
pub async fn invite(
    hub: &Hub,
    admin: &Agent,
    caller: &Caller,
    key: ClientId,
    form: Invite,
) -> Result<OneTimeLink, StoreError> {
    require_admin(admin)?;
    let (email, name) = (Email::parse(&form.email)?, Name::parse(&form.name)?);
    let by = Some((admin.login, key));
    let agent = hub.store.add_agent(admin.site, &email, &name, form.role, &form.teams, by).await?;
    let token = hub.keys.invite(admin.login, key);
    let expires_at = made_at(hub, agent) + INVITE_LINK_LIFE_MS;
    let (first_time, usable) = match hub.store.one_time_link(&token.digest()).await? {
        Some(_) => (false, true),
        // Made before and used or ended since, or never made because the hub died in between.
        None => (true, is_waiting(hub, admin, agent).await? && expires_at > hub.clock.now()),
    };
    if first_time && usable {
        let digest = token.digest();
        hub.store.new_one_time_link(admin.site, LinkPurpose::Invite, Some(agent), digest, expires_at).await?;
        let about = About::actor(admin.id).subject(agent.0).details(json!({ "role": form.role }));
        audit::record(hub, caller, Act::AgentInvited, about).await;
    }
    Ok(OneTimeLink { url: link_url(hub, &token), expires_at })
}

/// When an agent was made: their id says so.
fn made_at(hub: &Hub, agent: ParticipantId) -> Millis {
    let from_id = agent.0.get_timestamp().map(|at| {
        let (seconds, nanos) = at.to_unix();
        i64::try_from(seconds).unwrap_or_default() * 1000 + i64::from(nanos / 1_000_000)
    });
    from_id.unwrap_or_else(|| hub.clock.now())
}

/// Whether the agent has not chosen a password yet.
async fn is_waiting(hub: &Hub, admin: &Agent, agent: ParticipantId) -> Result<bool, StoreError> {
    Ok(hub.store.agent(admin.site, agent).await?.is_some_and(|row| row.password_hash.is_none()))
}

/// A new link for an agent: to choose another password, or the first one if the invitation was lost.
pub async fn reset_link(
    hub: &Hub,
    admin: &Agent,
    caller: &Caller,
    agent: ParticipantId,
) -> Result<OneTimeLink, StoreError> {
    require_admin(admin)?;
    let row = hub.store.agent(admin.site, agent).await?.ok_or(Refusal::new(ErrorCode::NotFound))?;
    let (purpose, life_ms) = match row.password_hash {
        Some(_) => (LinkPurpose::Reset, RESET_LINK_LIFE_MS),
        None => (LinkPurpose::Invite, INVITE_LINK_LIFE_MS),
    };
    let token = Token::random();
    let expires_at = hub.clock.now() + life_ms;
    hub.store.new_one_time_link(admin.site, purpose, Some(agent), token.digest(), expires_at).await?;
    audit::record(hub, caller, Act::ResetLinkMade, About::actor(admin.id).subject(agent.0)).await;
    Ok(OneTimeLink { url: link_url(hub, &token), expires_at })
}

/// Role, teams, disabled. Ended logins close their sockets; other open ones read their rights anew.
pub async fn change(
    hub: &Hub,
    admin: &Agent,
    caller: &Caller,
    agent: ParticipantId,
    change: ChangeAgent,
) -> Result<(), StoreError> {
    require_admin(admin)?;
    let ended = hub.store.change_agent(admin.site, agent, &change).await?;
    hub.bus.publish(Signal::LoginsEnded(ended));
    hub.bus.publish(Signal::RightsChanged(vec![agent]));
    let details = json!({ "role": change.role, "teams": change.teams, "disabled": change.disabled });
    audit::record(hub, caller, Act::AgentChanged, About::actor(admin.id).subject(agent.0).details(details)).await;
    Ok(())
}

pub async fn end_sessions(hub: &Hub, admin: &Agent, caller: &Caller, agent: ParticipantId) -> Result<(), StoreError> {
    require_admin(admin)?;
    hub.store.agent(admin.site, agent).await?.ok_or(Refusal::new(ErrorCode::NotFound))?;
    let ended = hub.store.revoke_logins_of(agent, None).await?;
    hub.bus.publish(Signal::LoginsEnded(ended));
    audit::record(hub, caller, Act::AgentSessionsEnded, About::actor(admin.id).subject(agent.0)).await;
    Ok(())
}

/// The command line's invitation: whoever may write the database needs no other right.
pub async fn add(
    hub: &Hub,
    email: &str,
    name: &str,
    role: Role,
    team_names: &[String],
) -> Result<OneTimeLink, StoreError> {
    let (email, name) = (Email::parse(email)?, Name::parse(name)?);
    let site = hub.store.site().id;
    let known = hub.store.teams(site).await?;
    let team = |wanted: &String| known.iter().find(|team| team.name == *wanted).map(|team| team.id);
    let teams: Option<Vec<TeamId>> = team_names.iter().map(team).collect();
    let teams = teams.ok_or(Refusal::of("team", ErrorCode::BadValue))?;
    let agent = hub.store.add_agent(site, &email, &name, role, &teams, None).await?;
    let token = Token::random();
    let expires_at = hub.clock.now() + INVITE_LINK_LIFE_MS;
    hub.store.new_one_time_link(site, LinkPurpose::Invite, Some(agent), token.digest(), expires_at).await?;
    hub.store.bump_access_version().await?;
    let caller = Caller { network: String::new(), browser: String::new(), locale: Locale::En };
    let about = About::default().subject(agent.0).details(json!({ "role": role, "by": "command line" }));
    audit::record(hub, &caller, Act::AgentInvited, about).await;
    Ok(OneTimeLink { url: link_url(hub, &token), expires_at })
}
