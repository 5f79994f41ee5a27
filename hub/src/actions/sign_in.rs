//! Customers and guests: who a visitor's browser is, and signing in by a code sent to an address.

use protocol::http::Me;
use protocol::{ErrorCode, LoginId};
use uuid::Uuid;

use super::audit::{self, About, Act};
use super::{Caller, Hub};
use crate::auth::cookies::Held;
use crate::auth::{Token, codes};
use crate::bus::Signal;
use crate::domain::access::{Audience, Visitor};
use crate::domain::email::Email;
use crate::domain::limits::{NEW_LOGINS_PER_NEW_TICKET_MAX, VISITOR_IDLE_MS, VISITOR_LIFE_MS};
use crate::domain::message::Name;
use crate::domain::{Locale, Refusal};
use crate::store::logins::{CodeAsked, FoundLogin, NewCode, NewLogin};
use crate::store::{StoreError, Window};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A visitor's browser, by its cookie.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub visitor: Option<Visitor>,
    /// A cookie that stands for nothing any more: it expired, was ended, or never was.
    pub ended: bool,
    /// The login that the cookie stood for until it expired. It gives no right; limits know the browser
    /// again by it (decisions.md 14).
    expired: Option<LoginId>,
    /// The token of a cookie that the hub gave before there was a login.
    before_login: Option<Token>,
}

impl Browser {
    /// Whether the browser has a cookie that is a login, can become one, or was one until it expired.
    pub fn is_known(&self) -> bool {
        self.visitor.is_some() || self.before_login.is_some() || self.expired.is_some()
    }
}

/// Who holds this cookie.
pub async fn recognise(hub: &Hub, held: Option<Held>) -> Result<Browser, StoreError> {
    let Some(held) = held else { return Ok(Browser::default()) };
    let digest = held.token.digest();
    Ok(match hub.store.login(Audience::Requester, &digest).await? {
        Some(FoundLogin::Visitor(visitor)) => Browser { visitor: Some(visitor), ..Browser::default() },
        Some(FoundLogin::Expired) => {
            let expired = hub.store.visitors_login_id(&digest).await?;
            Browser { ended: true, expired, ..Browser::default() }
        }
        Some(FoundLogin::Agent(_) | FoundLogin::Revoked) => Browser { ended: true, ..Browser::default() },
        None if held.is_before_login(&hub.keys) => Browser { before_login: Some(held.token), ..Browser::default() },
        None => Browser { ended: true, ..Browser::default() },
    })
}

/// The browser's login, made now when it has none; with the token to set as its cookie then.
pub async fn begin_login(
    hub: &Hub,
    browser: &Browser,
    caller: &Caller,
) -> Result<(Visitor, Option<Token>), StoreError> {
    if let Some(visitor) = &browser.visitor {
        return Ok((visitor.clone(), None));
    }
    let logins_max = hub.settings.new_tickets_per_network_hour_max.saturating_mul(NEW_LOGINS_PER_NEW_TICKET_MAX);
    limited_by_network(hub, caller, "login.network", logins_max).await?;
    let token = browser.before_login.clone().unwrap_or_else(Token::random);
    let site = hub.store.site().id;
    let new = new_login(hub, caller, &token);
    let made = match browser.expired {
        Some(expired) => hub.store.new_login_after(new, expired).await,
        None => hub.store.new_login(new).await,
    };
    match made {
        Ok(login) => Ok((Visitor { site, login, customer: None, grants: Vec::new() }, Some(token))),
        // The same browser's other request was first.
        Err(error) => match hub.store.login(Audience::Requester, &token.digest()).await? {
            Some(FoundLogin::Visitor(visitor)) => Ok((visitor, Some(token))),
            _ => Err(error),
        },
    }
}

fn new_login(hub: &Hub, caller: &Caller, token: &Token) -> NewLogin {
    NewLogin {
        site: hub.store.site().id,
        audience: Audience::Requester,
        token: token.digest(),
        participant: None,
        browser: caller.browser.clone(),
        idle_ms: VISITOR_IDLE_MS,
        life_ms: VISITOR_LIFE_MS,
    }
}

/// Who this browser is.
pub async fn me(hub: &Hub, visitor: Option<&Visitor>) -> Result<Me, StoreError> {
    let Some(visitor) = visitor else { return Ok(Me { customer: None, guest_tickets: Vec::new() }) };
    let customer = match visitor.customer {
        Some(customer) => hub.store.account(visitor.site, customer).await?,
        None => None,
    };
    Ok(Me { customer, guest_tickets: visitor.grants.iter().map(|grant| grant.ticket).collect() })
}

/// A customer's own name.
pub async fn rename(hub: &Hub, visitor: &Visitor, name: &str) -> Result<Me, StoreError> {
    let customer = visitor.customer.ok_or(Refusal::new(ErrorCode::NotSignedIn))?;
    let name = Name::parse(name)?;
    hub.store.rename_customer(visitor.site, customer, &name).await?;
    me(hub, Some(visitor)).await
}

/// Sends a code to an address. The answer is the same for every address (R-A11).
pub async fn ask_code(
    hub: &Hub,
    browser: &Browser,
    caller: &Caller,
    email: &str,
    locale: Option<&str>,
) -> Result<Option<Token>, StoreError> {
    let email = Email::parse(email)?;
    let locale = locale.and_then(Locale::from_code).unwrap_or(caller.locale);
    let (visitor, cookie) = begin_login(hub, browser, caller).await?;
    let asked = hub
        .store
        .ask_code(NewCode {
            site: visitor.site,
            login: visitor.login,
            email,
            locale: locale.code().to_owned(),
            network: caller.network.clone(),
            kid: hub.keys.newest_kid(),
        })
        .await?;
    match asked {
        CodeAsked::Queued { id } => {
            hub.mail_due.tell();
            audit::record(hub, caller, Act::CodeAsked, About::default().subject(id)).await;
            Ok(cookie)
        }
        CodeAsked::TooOften { retry_after_s } => {
            audit::limit_hit("codes");
            Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s).into())
        }
    }
}

/// Signs the browser in by the code it asked for. Wrong, expired, used and never-asked codes look the
/// same (R-A10). The login goes on under a new token (R-A12).
pub async fn enter_code(hub: &Hub, browser: &Browser, caller: &Caller, typed: &str) -> Result<(Me, Token), StoreError> {
    let digits = codes::parse(typed);
    // Counted before it is compared (R-A7), whatever was typed, and for whoever never asked (R-A10).
    let login = browser.visitor.as_ref().map_or(LoginId(Uuid::nil()), |visitor| visitor.login);
    let tried = hub.store.try_code(login, &caller.network).await?.map_err(|retry_after_s| {
        audit::limit_hit("code.network");
        Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s)
    })?;
    // Compared in any case, with nobody's code where there is none (R-A10).
    let (kid, id) = tried.as_ref().map_or((hub.keys.newest_kid(), Uuid::nil()), |code| (code.kid.clone(), code.id));
    let is_right = codes::is_right(&hub.keys, &kid, id, digits.as_deref().unwrap_or_default());
    let right = tried.filter(|_| is_right);
    let (Some(code), Some(visitor)) = (right, &browser.visitor) else {
        audit::record(hub, caller, Act::CodeFailed, About::default()).await;
        return Err(wrong_code());
    };
    let token = Token::random();
    let customer = hub.store.use_code(code.id, visitor.login, token.digest()).await?.ok_or_else(wrong_code)?;
    audit::record(hub, caller, Act::CustomerSignedIn, About::actor(customer)).await;
    // The browser's open sockets read their rights anew.
    let guests = visitor.grants.iter().map(|grant| grant.participant);
    hub.bus.publish(Signal::RightsChanged(guests.chain([customer]).collect()));
    let visitor = match hub.store.login(Audience::Requester, &token.digest()).await? {
        Some(FoundLogin::Visitor(visitor)) => visitor,
        _ => Visitor { customer: Some(customer), ..visitor.clone() },
    };
    Ok((me(hub, Some(&visitor)).await?, token))
}

/// Ends what this browser may see, its guest tickets too; its sockets close.
pub async fn sign_out(hub: &Hub, visitor: &Visitor, caller: &Caller) -> Result<(), StoreError> {
    hub.store.sign_out(visitor.login).await?;
    hub.store.revoke_login(visitor.login).await?;
    hub.bus.publish(Signal::LoginsEnded(vec![visitor.login]));
    let about = About { actor: visitor.customer, ..About::default() };
    audit::record(hub, caller, Act::CustomerSignedOut, about).await;
    Ok(())
}

/// Fail-closed, per network and hour; ends by itself.
pub(super) async fn limited_by_network(
    hub: &Hub,
    caller: &Caller,
    kind: &'static str,
    max: i64,
) -> Result<(), StoreError> {
    let window = Window { since: hub.clock.now() - HOUR_MS, max };
    match hub.store.attempt(kind, &caller.network, window).await? {
        Ok(()) => Ok(()),
        Err(retry_after_s) => {
            audit::limit_hit(kind);
            Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s).into())
        }
    }
}

pub(super) fn wrong_code() -> StoreError {
    Refusal::of("code", ErrorCode::WrongCode).into()
}
