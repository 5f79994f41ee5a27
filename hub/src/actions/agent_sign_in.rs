//! Agents: one-time links, signing in and out, own name and password.

use protocol::http::{AgentMe, AgentSignIn, ChangeAgentMe, ChangePassword, LinkInfo, LinkPurpose, UseLink};
use protocol::{ErrorCode, ParticipantId};
use serde_json::json;

use super::audit::{self, About, Act};
use super::{Caller, Hub};
use crate::auth::passwords::Compared;
use crate::auth::tokens::digest_text;
use crate::auth::{Password, Token};
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::{Agent, Audience};
use crate::domain::email::Email;
use crate::domain::limits::{
    AGENT_IDLE_MS, AGENT_LIFE_MS, FIRST_ADMIN_LINK_LIFE_MS, PASSWORD_FAILS_PER_ACCOUNT_15_MIN_MAX,
};
use crate::domain::message::Name;
use crate::store::logins::{FoundLogin, NewLogin, OneTime};
use crate::store::{StoreError, Window};

const ATTEMPTS_BACK_MS: i64 = 15 * 60 * 1000;
/// Kinds of counted attempts.
const BY_ACCOUNT: &str = "password.account";
const BY_NETWORK: &str = "password.network";

/// The agent behind a cookie's token. `not_signed_in` when it ended or never was.
pub async fn recognise(hub: &Hub, token: &Token) -> Result<Agent, StoreError> {
    match hub.store.login(Audience::Agent, &token.digest()).await? {
        Some(FoundLogin::Agent(agent)) => Ok(agent),
        Some(FoundLogin::Visitor(_) | FoundLogin::Expired | FoundLogin::Revoked) | None => {
            Err(Refusal::new(ErrorCode::NotSignedIn).into())
        }
    }
}

/// The link that makes the first admin, while no agent has a password. Each call ends the one before.
pub async fn first_admin_link(hub: &Hub) -> Result<Option<String>, StoreError> {
    let site = hub.store.site().id;
    if hub.store.has_agents(site).await? {
        return Ok(None);
    }
    let token = Token::random();
    let expires_at = hub.clock.now() + FIRST_ADMIN_LINK_LIFE_MS;
    hub.store.new_one_time_link(site, LinkPurpose::FirstAdmin, None, token.digest(), expires_at).await?;
    Ok(Some(link_url(hub, &token)))
}

/// Where a one-time link leads; the token stands in the fragment, which no server sees.
pub fn link_url(hub: &Hub, token: &Token) -> String {
    format!("{}/agent#/link/{}", hub.settings.origin, token.encode())
}

/// What a link is for. Looking changes nothing (R-A3).
pub async fn link(hub: &Hub, token: &str) -> Result<LinkInfo, StoreError> {
    let link = find_link(hub, token).await?;
    let site = hub.store.site().name.clone();
    Ok(LinkInfo { purpose: link.purpose, email: link.email, name: link.name, site })
}

async fn find_link(hub: &Hub, token: &str) -> Result<OneTime, StoreError> {
    let token = Token::decode(token).ok_or(Refusal::new(ErrorCode::LinkUsed))?;
    Ok(hub.store.one_time_link(&token.digest()).await?.ok_or(Refusal::new(ErrorCode::LinkUsed))?)
}

/// Uses a link up: sets the password and signs the agent in.
pub async fn use_link(hub: &Hub, caller: &Caller, token: &str, form: UseLink) -> Result<(AgentMe, Token), StoreError> {
    let link = match find_link(hub, token).await {
        Ok(link) => link,
        Err(error) => {
            audit::record(hub, caller, Act::LinkRefused, About::default()).await;
            return Err(error);
        }
    };
    let email = first_email(link.purpose, form.email.as_deref())?;
    let name = first_name(&link, form.name.as_deref())?;
    let site = hub.store.site();
    let address = email.as_ref().map_or(link.email.as_str(), Email::canonical).to_owned();
    let called = name.as_ref().map_or(link.name.as_str(), Name::as_str).to_owned();
    let context = [address.as_str(), called.as_str(), site.name.as_str(), hub.settings.origin.host(), "guichet"];
    let password = Password::choose("password", form.password, &context)?;
    let hash = hub.passwords.hash(password).await?;
    let token = Token::random();
    let login = new_login(hub, caller, &token, link.participant);
    let used = hub.store.use_one_time_link(link.id, email, name, hash, login).await?;
    let (participant, _) = used.ok_or(Refusal::new(ErrorCode::LinkUsed))?;
    hub.store.set_agent_locale(site.id, participant, caller.locale).await?;
    // A reset ends the agent's other logins; their sockets find out by reading their rights anew.
    hub.bus.publish(Signal::RightsChanged(vec![participant]));
    let about = About::actor(participant).details(json!({ "purpose": link.purpose }));
    audit::record(hub, caller, Act::LinkUsed, about).await;
    Ok((agent_me(hub, participant).await?, token))
}

/// The first admin chooses an address; everybody else has one already.
fn first_email(purpose: LinkPurpose, given: Option<&str>) -> Result<Option<Email>, Refusal> {
    match (purpose, given) {
        (LinkPurpose::FirstAdmin, given) => Email::parse(given.unwrap_or_default()).map(Some),
        (LinkPurpose::Invite | LinkPurpose::Reset, None) => Ok(None),
        (LinkPurpose::Invite | LinkPurpose::Reset, Some(_)) => Err(Refusal::of("email", ErrorCode::BadValue)),
    }
}

fn first_name(link: &OneTime, given: Option<&str>) -> Result<Option<Name>, Refusal> {
    match (link.purpose, given) {
        (LinkPurpose::FirstAdmin | LinkPurpose::Invite, given) => Name::parse(given.unwrap_or_default()).map(Some),
        (LinkPurpose::Reset, None) => Ok(None),
        (LinkPurpose::Reset, Some(_)) => Err(Refusal::of("name", ErrorCode::BadValue)),
    }
}

/// Signs an agent in. An unknown address and a wrong password take as long and look the same (R-B6).
pub async fn sign_in(hub: &Hub, caller: &Caller, form: AgentSignIn) -> Result<(AgentMe, Token), StoreError> {
    let wrong = || StoreError::from(Refusal::new(ErrorCode::WrongPassword));
    let email = Email::parse(&form.email)?;
    let account = digest_text(email.canonical());
    count_attempt(hub, caller, &account).await?;
    let site = hub.store.site().id;
    let known = hub.store.credentials(site, &email).await?.filter(|known| !known.disabled);
    let kept = known.as_ref().and_then(|known| known.password_hash.as_deref());
    let password = Password::typed(form.password).ok_or_else(wrong)?;
    let compared = hub.passwords.compare(password.clone(), kept).await?;
    let (Some(known), Compared::Right { outdated }) = (&known, compared) else {
        let about = About { subject: known.map(|known| known.agent.0), ..About::default() };
        audit::record(hub, caller, Act::AgentSignInFailed, about).await;
        return Err(wrong());
    };
    if outdated {
        let hash = hub.passwords.hash(password).await?;
        hub.store.set_password(site, known.agent, hash).await?;
    }
    hub.store.forget_attempts(BY_ACCOUNT, &account).await?;
    let token = Token::random();
    hub.store.new_login(new_login(hub, caller, &token, Some(known.agent))).await?;
    hub.store.set_agent_locale(site, known.agent, caller.locale).await?;
    audit::record(hub, caller, Act::AgentSignedIn, About::actor(known.agent)).await;
    Ok((agent_me(hub, known.agent).await?, token))
}

/// Fail-closed, per account and per network; both end by themselves (R-B7). A success forgets the
/// account's attempts and not the network's: else one's own sign-ins would pay for guessing others'.
async fn count_attempt(hub: &Hub, caller: &Caller, account: &str) -> Result<(), StoreError> {
    let since = hub.clock.now() - ATTEMPTS_BACK_MS;
    let by_network = Window { since, max: hub.settings.sign_ins_per_network_15_min_max };
    let by_account = Window { since, max: PASSWORD_FAILS_PER_ACCOUNT_15_MIN_MAX };
    for (kind, subject, window) in
        [(BY_NETWORK, caller.network.as_str(), by_network), (BY_ACCOUNT, account, by_account)]
    {
        if let Err(retry_after_s) = hub.store.attempt(kind, subject, window).await? {
            audit::limit_hit(kind);
            return Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s).into());
        }
    }
    Ok(())
}

pub async fn sign_out(hub: &Hub, agent: &Agent, caller: &Caller) -> Result<(), StoreError> {
    hub.store.revoke_login(agent.login).await?;
    hub.bus.publish(Signal::LoginsEnded(vec![agent.login]));
    audit::record(hub, caller, Act::AgentSignedOut, About::actor(agent.id)).await;
    Ok(())
}

/// Ends every login of the agent, this one too.
pub async fn sign_out_everywhere(hub: &Hub, agent: &Agent, caller: &Caller) -> Result<(), StoreError> {
    let ended = hub.store.revoke_logins_of(agent.id, None).await?;
    hub.bus.publish(Signal::LoginsEnded(ended));
    audit::record(hub, caller, Act::AgentSessionsEnded, About::actor(agent.id).subject(agent.id.0)).await;
    Ok(())
}

/// Who an agent is, for their own page.
pub async fn agent_me(hub: &Hub, id: ParticipantId) -> Result<AgentMe, StoreError> {
    let site = hub.store.site();
    let row = hub.store.agent(site.id, id).await?.ok_or(Refusal::new(ErrorCode::NotSignedIn))?;
    let (name, email, role, teams, availability) = (row.name, row.email, row.role, row.teams, row.availability);
    Ok(AgentMe { id: row.id, name, email, role, teams, site: site.name.clone(), availability })
}

/// Own name, password and availability, which colleagues see at once. A new password ends the agent's other logins.
pub async fn change_me(
    hub: &Hub,
    agent: &Agent,
    caller: &Caller,
    change: ChangeAgentMe,
) -> Result<AgentMe, StoreError> {
    let name = change.name.as_deref().map(Name::parse).transpose()?;
    if let Some(change) = change.password {
        change_password(hub, agent, caller, change).await?;
    }
    if let Some(name) = name {
        hub.store.rename_agent(agent.site, agent.id, &name).await?;
    }
    if let Some(availability) = change.availability {
        hub.store.set_availability(agent.site, agent.id, availability).await?;
        hub.bus.publish(Signal::ColleaguesChanged(vec![agent.id]));
    }
    agent_me(hub, agent.id).await
}

async fn change_password(hub: &Hub, agent: &Agent, caller: &Caller, change: ChangePassword) -> Result<(), StoreError> {
    let wrong = || StoreError::from(Refusal::of("password.current", ErrorCode::WrongPassword));
    let row = hub.store.agent(agent.site, agent.id).await?.ok_or(Refusal::new(ErrorCode::NotSignedIn))?;
    let site = &hub.store.site().name;
    let context = [row.email.as_str(), row.name.as_str(), site, hub.settings.origin.host(), "guichet"];
    let new = Password::choose("password.new", change.new, &context)?;
    // A stolen session must not become a place to guess the password.
    let account = digest_text(&agent.id.to_string());
    count_attempt(hub, caller, &account).await?;
    let current = Password::typed(change.current).ok_or_else(wrong)?;
    if hub.passwords.compare(current, row.password_hash.as_deref()).await? == Compared::Wrong {
        audit::record(hub, caller, Act::AgentSignInFailed, About::actor(agent.id)).await;
        return Err(wrong());
    }
    hub.store.forget_attempts(BY_ACCOUNT, &account).await?;
    let hash = hub.passwords.hash(new).await?;
    hub.store.set_password(agent.site, agent.id, hash).await?;
    let ended = hub.store.revoke_logins_of(agent.id, Some(agent.login)).await?;
    hub.bus.publish(Signal::LoginsEnded(ended));
    audit::record(hub, caller, Act::AgentPasswordChanged, About::actor(agent.id)).await;
    Ok(())
}

fn new_login(hub: &Hub, caller: &Caller, token: &Token, participant: Option<ParticipantId>) -> NewLogin {
    NewLogin {
        site: hub.store.site().id,
        audience: Audience::Agent,
        token: token.digest(),
        participant,
        browser: caller.browser.clone(),
        idle_ms: AGENT_IDLE_MS,
        life_ms: AGENT_LIFE_MS,
    }
}
