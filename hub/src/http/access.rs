//! Extractors that are permissions. The route's permission, from the one table of routes, is enforced
//! before the handler runs; a handler then takes who it needs, and cannot take more than was proved.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use protocol::ErrorCode;
use protocol::model::Role;

use super::Front;
use super::inputs::caller;
use super::problem::Failure;
use crate::actions::audit::{self, About, Act};
use crate::actions::sign_in::{self, Browser};
use crate::actions::{Hub, agent_sign_in};
use crate::auth::cookies::{self, Held};
use crate::domain::access::{self, Audience};

/// Who may ask for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Anybody; who it is is not looked at.
    Open,
    /// Any visitor, known or not.
    Everybody,
    /// A signed-in customer.
    Customer,
    /// A customer, or the guest of some ticket; which ticket is decided by the action.
    Visitor,
    Agent,
    Admin,
    /// Anybody, while mails are kept on this machine and it is reached from here alone.
    LocalMailbox,
    /// Whoever may read the hub's keys, which are on its machines alone: `hub doctor`.
    Operator,
}

/// Lets a request through to its handler, with who asks.
pub async fn gate(
    State((front, permission)): State<(Front, Permission)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    match permission {
        Permission::Open => {}
        Permission::LocalMailbox => {
            front.mailbox.as_ref().ok_or(Failure::code(ErrorCode::NotFound))?;
        }
        Permission::Operator => operator(&front.hub, request.headers())?,
        Permission::Everybody | Permission::Visitor | Permission::Customer => {
            let browser = browser(&front.hub, request.headers()).await?;
            if let Some(visitor) = allowed(permission, &browser)? {
                request.extensions_mut().insert(Visitor(visitor));
            }
            request.extensions_mut().insert(Asks(browser));
        }
        Permission::Agent | Permission::Admin => {
            let agent = agent(&front.hub, request.headers()).await?;
            if permission == Permission::Admin && agent.role != Role::Admin {
                let (parts, _) = request.into_parts();
                let about = About::actor(agent.id);
                audit::record(&front.hub, &caller(&parts, &front), Act::AccessRefused, about).await;
                return Err(Failure::code(ErrorCode::Forbidden));
            }
            request.extensions_mut().insert(Agent(agent));
        }
    }
    Ok(next.run(request).await)
}

/// The visitor, if the permission asks for one.
fn allowed(permission: Permission, browser: &Browser) -> Result<Option<access::Visitor>, Failure> {
    let has_rights = |visitor: &&access::Visitor| match permission {
        Permission::Customer => visitor.customer.is_some(),
        _ => visitor.customer.is_some() || !visitor.grants.is_empty(),
    };
    match (permission, browser.visitor.as_ref().filter(has_rights)) {
        (Permission::Everybody, visitor) => Ok(visitor.cloned()),
        (_, Some(visitor)) => Ok(Some(visitor.clone())),
        (_, None) => Err(Failure::code(ErrorCode::NotSignedIn)),
    }
}

/// The visitors' cookie alone is read.
pub async fn browser(hub: &Hub, headers: &HeaderMap) -> Result<Browser, Failure> {
    Ok(sign_in::recognise(hub, held(headers, Audience::Requester)).await?)
}

/// The agents' cookie alone is read.
pub async fn agent(hub: &Hub, headers: &HeaderMap) -> Result<access::Agent, Failure> {
    let held = held(headers, Audience::Agent).ok_or(Failure::code(ErrorCode::NotSignedIn))?;
    Ok(agent_sign_in::recognise(hub, &held.token).await?)
}

/// `Authorization: Bearer …`, by the keys and of this minute.
fn operator(hub: &Hub, headers: &HeaderMap) -> Result<(), Failure> {
    let proof = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let holds = proof.is_some_and(|proof| hub.keys.is_operators_proof(proof, hub.clock.now()));
    if holds { Ok(()) } else { Err(Failure::code(ErrorCode::NotSignedIn)) }
}

pub fn held(headers: &HeaderMap, audience: Audience) -> Option<Held> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies::held(values, audience)
}

/// The visitor's browser, known or not.
#[derive(Clone)]
pub struct Asks(pub Browser);

/// A customer or guest.
#[derive(Clone)]
pub struct Visitor(pub access::Visitor);

/// A signed-in agent; on routes for admins, an admin.
#[derive(Clone)]
pub struct Agent(pub access::Agent);

macro_rules! proved_by_the_gate {
    ($($name:ident),+) => {$(
        impl FromRequestParts<Front> for $name {
            type Rejection = Failure;

            /// Without the gate's proof the route's permission is too low for its handler: a bug.
            async fn from_request_parts(parts: &mut Parts, _: &Front) -> Result<Self, Failure> {
                parts.extensions.get::<Self>().cloned().ok_or(Failure::code(ErrorCode::Internal))
            }
        }
    )+};
}

proved_by_the_gate!(Asks, Visitor, Agent);
