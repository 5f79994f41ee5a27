//! The guest's way back: a link that leads to a page, a code that opens the ticket, and how access ends
//! (alerts.md 5, R-A1 to R-A18).
//!
//! A token that does not hold gets one answer after the same work, whatever is wrong with it (R-A10).

use protocol::http::{LinkCodeAsked, LinkLook, LinkMails, LinkWay, TicketAccess};
use protocol::model::Proof;
use protocol::{ClientId, ErrorCode, LoginId, ParticipantId, TicketId};
use serde_json::json;
use uuid::Uuid;

use super::audit::{self, About, Act};
use super::conversation::find;
use super::sign_in::{Browser, begin_login, wrong_code};
use super::{Caller, Hub};
use crate::auth::links::LinkUse;
use crate::auth::{Token, codes};
use crate::bus::Signal;
use crate::domain::access::{self, Agent, Visitor, Who};
use crate::domain::email::{Email, mask};
use crate::domain::limits::MERGE_STEPS_MAX;
use crate::domain::{Refusal, SecureLink};
use crate::store::StoreError;
use crate::store::alerts::{FoundLink, Muted};
use crate::store::logins::{Ended, LinkCodeAsked as Asked, LinkCodeTried, LinkCodeUse, LostAsked, NewLinkCode};
use crate::store::writer::{Act as Write, Actor, Append};

/// What somebody typed on a link's page.
#[derive(Clone, Copy, Debug)]
pub struct Entered<'a> {
    pub token: &'a str,
    pub code: &'a str,
    /// Stay signed in for longer.
    pub trust: bool,
}

/// Where a link leads from this browser. Nothing of the ticket but its number (R-A2).
pub async fn look(hub: &Hub, browser: &Browser, caller: &Caller, token: &str) -> Result<LinkLook, StoreError> {
    let found = holding(hub, caller, token, LinkUse::Open).await?;
    if hub.store.link_seen(found.link.id).await? {
        audit::record(hub, caller, Act::GuestLinkUsed, about(&found.link)).await;
        hub.bus.publish(Signal::AlertsChanged(found.link.ticket));
    }
    let way = way(browser.visitor.as_ref(), &found);
    Ok(LinkLook {
        number: found.number,
        email_masked: mask(&found.email),
        way,
        ticket: match (way, &browser.visitor) {
            (LinkWay::Open, Some(visitor)) => Some(living(hub, visitor, found.link.ticket).await?),
            _ => None,
        },
        unconfirmed: found.proof == Proof::NotConfirmed,
        muted: found.muted,
    })
}

fn way(visitor: Option<&Visitor>, found: &FoundLink) -> LinkWay {
    let sees = |visitor: &Visitor| {
        visitor.customer == Some(found.requester)
            || visitor.grants.iter().any(|grant| grant.ticket == found.link.ticket)
    };
    match (visitor.is_some_and(sees), found.of_account) {
        (true, _) => LinkWay::Open,
        (false, true) => LinkWay::SignIn,
        (false, false) => LinkWay::Code,
    }
}

/// Where a ticket leads since it was merged, as far as this browser may see.
async fn living(hub: &Hub, visitor: &Visitor, ticket: TicketId) -> Result<TicketId, StoreError> {
    let who = Who::Visitor(visitor.clone());
    let mut at = ticket;
    for _ in 0..MERGE_STEPS_MAX {
        let Some(next) = hub.store.public_rows(&[at]).await?.pop().and_then(|row| row.merged_into) else { break };
        match hub.store.ticket_ref(visitor.site, next.ticket).await? {
            Some(found) if access::read(&who, &found).is_some() => at = next.ticket,
            _ => break,
        }
    }
    Ok(at)
}

/// Sends a code to the address that the ticket has, and nowhere else (R-A4).
pub async fn ask_code(
    hub: &Hub,
    browser: &Browser,
    caller: &Caller,
    token: &str,
) -> Result<(LinkCodeAsked, Option<Token>), StoreError> {
    let found = holding(hub, caller, token, LinkUse::Open).await?;
    // A scanner that follows links keeps no cookie; a code is bound to one (R-A3, R-A8).
    if !browser.is_known() {
        return Err(Refusal::new(ErrorCode::NotSignedIn).into());
    }
    if found.of_account {
        return Err(Refusal::new(ErrorCode::Conflict).into());
    }
    let (visitor, cookie) = begin_login(hub, browser, caller).await?;
    let asked = hub
        .store
        .ask_link_code(NewLinkCode {
            site: visitor.site,
            link: found.link.clone(),
            login: visitor.login,
            network: caller.network.clone(),
            kid: hub.keys.newest_kid(),
        })
        .await?;
    match asked {
        Asked::Queued { id, next_after_s } => {
            hub.mail_due.tell();
            let about = about(&found.link).details(json!({ "code": id }));
            audit::record(hub, caller, Act::GuestCodeAsked, about).await;
            Ok((LinkCodeAsked { resend_after_s: next_after_s }, cookie))
        }
        Asked::TooOften { retry_after_s } => Err(too_often("link.codes", retry_after_s)),
        Asked::Void => Err(not_found()),
    }
}

/// Opens the ticket in this browser by the code that it asked for. Wrong, expired, used, foreign and
/// never-sent codes look the same, and so do links that do not hold (R-A10).
pub async fn enter_code(
    hub: &Hub,
    browser: &Browser,
    caller: &Caller,
    entered: Entered<'_>,
) -> Result<(TicketId, Token), StoreError> {
    let checked = check(hub, entered.token, LinkUse::Open).await?;
    let link = checked.as_ref().map_or_else(|| nobodys(Uuid::nil()), |found| found.link.clone());
    let login = browser.visitor.as_ref().map_or(LoginId(Uuid::nil()), |visitor| visitor.login);
    let digits = codes::parse(entered.code);
    // Counted before it is compared (R-A7), whatever was typed.
    let (id, kid, counted) = match hub.store.try_link_code(&link, login, &caller.network).await? {
        LinkCodeTried::TooOften { retry_after_s } => return Err(too_often("link.tries", retry_after_s)),
        // Compared all the same, with nobody's code (R-A10).
        LinkCodeTried::None => (Uuid::nil(), hub.keys.newest_kid(), None),
        LinkCodeTried::Code { id, kid, counted } => (id, kid, Some(counted)),
    };
    let is_right = codes::is_right(&hub.keys, &kid, id, digits.as_deref().unwrap_or_default());
    let right = counted.filter(|_| is_right).map(|counted| (id, counted));
    let (Some((code, counted)), Some(visitor)) = (right, &browser.visitor) else {
        audit::record(hub, caller, Act::GuestCodeFailed, about(&link)).await;
        return Err(wrong_code());
    };
    let token = Token::random();
    let used = LinkCodeUse { code, counted, link: link.clone(), login, token: token.digest(), trust: entered.trust };
    let proven = hub.store.use_link_code(used).await?.ok_or_else(wrong_code)?;
    // The browser's open sockets, and those that lost the ticket, read their rights anew.
    let own = visitor.grants.iter().map(|grant| grant.participant).chain(visitor.customer);
    hub.bus.publish(Signal::RightsChanged(own.chain([link.recipient]).collect()));
    audit::record(hub, caller, Act::GuestCodeEntered, about(&link)).await;
    if entered.trust {
        hub.mail_due.tell();
        audit::record(hub, caller, Act::GuestTrustGiven, about(&link).details(json!({ "login": login }))).await;
    }
    if proven.is_new {
        tell_confirmed(hub, visitor, &link, code).await;
    }
    Ok((proven.opened, token))
}

/// Agents who look at the ticket see that its address is confirmed. That it is so is written already;
/// should this fail, they see it with their next look.
async fn tell_confirmed(hub: &Hub, visitor: &Visitor, link: &SecureLink, code: Uuid) {
    let told = hub.store.append(Append {
        site: visitor.site,
        ticket: link.ticket,
        actor: Actor::Visitor(visitor.login),
        client_id: ClientId(code),
        act: Write::TellConfirmed,
        if_last_n: None,
    });
    if let Err(error) = told.await {
        tracing::warn!(%error, ticket = %link.ticket, "agents were not told that an address is confirmed");
    }
}

/// Mails the links of an address's tickets to it. The answer is the same for every address (R-A11).
pub async fn lost(hub: &Hub, caller: &Caller, email: &str) -> Result<(), StoreError> {
    let email = Email::parse(email)?;
    // Nobody is woken: the outbox looks by itself, and so known and unknown addresses cost the same.
    match hub.store.ask_lost_links(&email, &caller.network).await? {
        LostAsked::TooOften { retry_after_s } => return Err(too_often("lost.network", retry_after_s)),
        LostAsked::Held(limit) => audit::limit_hit(limit),
        LostAsked::Queued | LostAsked::Nothing => {}
    }
    audit::record(hub, caller, Act::GuestLinksAsked, About::default()).await;
    Ok(())
}

/// "This was not me": ends what nobody proved, and the mails. Once the address is confirmed it was
/// them; whoever was forwarded the link must not switch their mails off.
pub async fn disown(hub: &Hub, caller: &Caller, token: &str) -> Result<(), StoreError> {
    let FoundLink { link, proof, .. } = holding(hub, caller, token, LinkUse::Open).await?;
    if proof != Proof::NotConfirmed {
        return Err(Refusal::new(ErrorCode::Conflict).into());
    }
    let ended = hub.store.disown(link.ticket, link.recipient).await?;
    tell_ended(hub, ended);
    hub.bus.publish(Signal::AlertsChanged(link.ticket));
    audit::record(hub, caller, Act::GuestDisowned, about(&link)).await;
    Ok(())
}

/// Which ticket's mails a link switches off. Its number alone, which stands in the mail: not the address,
/// which whoever was forwarded the mail need not learn.
pub async fn mails(hub: &Hub, caller: &Caller, token: &str) -> Result<LinkMails, StoreError> {
    let FoundLink { number, muted, .. } = holding(hub, caller, token, LinkUse::Unsubscribe).await?;
    Ok(LinkMails { number, muted })
}

/// Switches mails about the link's ticket off for its address, or on again; nothing else.
pub async fn set_mute(hub: &Hub, caller: &Caller, token: &str, muted: Muted) -> Result<(), StoreError> {
    let found = holding(hub, caller, token, LinkUse::Unsubscribe).await?;
    hub.store.set_mute(found.link.ticket, found.link.recipient, muted).await?;
    hub.bus.publish(Signal::AlertsChanged(found.link.ticket));
    let act = match muted {
        Muted::Yes => Act::GuestUnsubscribed,
        Muted::No => Act::GuestSubscribed,
    };
    // Mail programs repeat themselves.
    if found.muted != (muted == Muted::Yes) {
        audit::record(hub, caller, act, about(&found.link)).await;
    }
    Ok(())
}

/// Shuts a trusted browser out, by the link that told of it (M7).
pub async fn end_trust(hub: &Hub, caller: &Caller, token: &str) -> Result<(), StoreError> {
    let token = Token::decode(token).unwrap_or_else(Token::random);
    let login = LoginId(token.named_id());
    let mut tickets = hub.store.tickets_ever_granted(login).await?;
    if tickets.is_empty() {
        tickets.push(TicketId(Uuid::nil()));
    }
    let Some(ticket) = hub.keys.ends_trust(&token, login, &tickets) else {
        audit::record(hub, caller, Act::GuestLinkRefused, About::default()).await;
        return Err(not_found());
    };
    let ended = hub.store.end_trust(login, ticket).await?;
    tell_ended(hub, ended);
    let about = About::default().subject(ticket.0).details(json!({ "login": login }));
    audit::record(hub, caller, Act::GuestTrustEnded, about).await;
    Ok(())
}

/// A guest leaves: this browser, or every one.
pub async fn end_access(
    hub: &Hub,
    visitor: &Visitor,
    caller: &Caller,
    ticket: TicketId,
    scope: Scope,
) -> Result<(), StoreError> {
    find(hub, &Who::Visitor(visitor.clone()), ticket).await?;
    let grant = visitor.grants.iter().find(|grant| grant.ticket == ticket);
    // An account has its own way out: signing out.
    let guest = grant.ok_or(Refusal::new(ErrorCode::Forbidden))?.participant;
    let ended = match scope {
        Scope::Here => hub.store.end_access_here(ticket, visitor.login).await?,
        Scope::Everywhere => hub.store.end_access(ticket).await?,
    };
    tell_ended(hub, ended);
    let about = About::actor(guest).subject(ticket.0).details(json!({ "everywhere": scope == Scope::Everywhere }));
    audit::record(hub, caller, Act::GuestAccessEnded, about).await;
    Ok(())
}

/// How far somebody's leaving goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Here,
    Everywhere,
}

/// What an agent sees of the ways into a ticket.
pub async fn access(hub: &Hub, agent: &Agent, ticket: TicketId) -> Result<TicketAccess, StoreError> {
    find(hub, &Who::Agent(agent.clone()), ticket).await?;
    hub.store.ticket_access(ticket).await
}

/// An agent ends every guest's access, and lets codes be asked for again.
pub async fn end_access_by_agent(
    hub: &Hub,
    agent: &Agent,
    caller: &Caller,
    ticket: TicketId,
) -> Result<(), StoreError> {
    find(hub, &Who::Agent(agent.clone()), ticket).await?;
    let ended = hub.store.end_access(ticket).await?;
    hub.store.reset_code_limits(ticket).await?;
    tell_ended(hub, ended);
    audit::record(hub, caller, Act::GuestAccessEnded, About::actor(agent.id).subject(ticket.0)).await;
    Ok(())
}

/// The sockets of whoever lost a right read it anew.
fn tell_ended(hub: &Hub, ended: Ended) {
    if !ended.participants.is_empty() {
        hub.bus.publish(Signal::RightsChanged(ended.participants));
    }
}

/// The link of a token that holds for this use.
async fn holding(hub: &Hub, caller: &Caller, token: &str, what_for: LinkUse) -> Result<FoundLink, StoreError> {
    match check(hub, token, what_for).await? {
        Some(found) => Ok(found),
        None => {
            audit::record(hub, caller, Act::GuestLinkRefused, About::default()).await;
            Err(not_found())
        }
    }
}

/// Every token is looked up and compared, whatever is wrong with it (R-A10).
async fn check(hub: &Hub, token: &str, what_for: LinkUse) -> Result<Option<FoundLink>, StoreError> {
    let token = Token::decode(token).unwrap_or_else(Token::random);
    let found = hub.store.found_link(token.named_id()).await?;
    let link = match &found {
        Some(found) => found.link.clone(),
        None => SecureLink { kid: hub.keys.newest_kid(), ..nobodys(token.named_id()) },
    };
    let holds = hub.keys.is_link_token(&token, &link, what_for);
    Ok(found.filter(|_| holds))
}

/// A link that is in no database.
fn nobodys(id: Uuid) -> SecureLink {
    let (ticket, recipient) = (TicketId(Uuid::nil()), ParticipantId(Uuid::nil()));
    SecureLink { id, ticket, recipient, generation: 0, kid: String::new() }
}

fn about(link: &SecureLink) -> About {
    About { actor: None, subject: Some(link.ticket.0), details: Some(json!({ "link": link.id })) }
}

fn too_often(limit: &'static str, retry_after_s: u64) -> StoreError {
    audit::limit_hit(limit);
    Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s).into()
}

fn not_found() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}
