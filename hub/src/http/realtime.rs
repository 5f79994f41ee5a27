//! The websockets' handshakes: where they come from and by whose cookie, before anything is upgraded
//! (R-E1, R-E2). What is said on them is `live`'s.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::response::Response;
use protocol::ErrorCode;

use super::Front;
use super::access::{agent, browser, held};
use super::inputs::caller;
use super::problem::Failure;
use crate::actions::Caller;
use crate::domain::access::{Audience, Who};
use crate::live::Handshake;

/// An upgrade from the hub's own pages, or from a program that will bring a token.
pub struct Upgrade {
    upgrade: WebSocketUpgrade,
    headers: axum::http::HeaderMap,
    caller: Caller,
}

impl FromRequestParts<Front> for Upgrade {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Failure> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, front).await.map_err(|why| refused(&why))?;
        Ok(Self { upgrade, headers: parts.headers.clone(), caller: caller(parts, front) })
    }
}

fn refused(why: &WebSocketUpgradeRejection) -> Failure {
    match why {
        WebSocketUpgradeRejection::MethodNotGet(_) => Failure::code(ErrorCode::MethodNotAllowed),
        _ => Failure::code(ErrorCode::Malformed),
    }
}

pub async fn visitors(State(front): State<Front>, upgrade: Upgrade) -> Result<Response, Failure> {
    check_origin(&front, &upgrade, Audience::Requester)?;
    let turn = front.live.turn().await?;
    let who = browser(&front.hub, &upgrade.headers).await?.visitor.map(Who::Visitor);
    drop(turn);
    begin(&front, upgrade, Audience::Requester, who)
}

pub async fn agents(State(front): State<Front>, upgrade: Upgrade) -> Result<Response, Failure> {
    check_origin(&front, &upgrade, Audience::Agent)?;
    let turn = front.live.turn().await?;
    let who = match agent(&front.hub, &upgrade.headers).await {
        Ok(agent) => Some(Who::Agent(agent)),
        // The first frame may bring a token; without one the socket is closed with 4401.
        Err(Failure(refusal)) if refusal.code == ErrorCode::NotSignedIn => None,
        Err(failure) => return Err(failure),
    };
    drop(turn);
    begin(&front, upgrade, Audience::Agent, who)
}

/// The `Origin` is exactly ours; it may be missing only where there is no cookie to be abused.
fn check_origin(front: &Front, upgrade: &Upgrade, audience: Audience) -> Result<(), Failure> {
    let mut origins = upgrade.headers.get_all(ORIGIN).iter();
    let fits = match (origins.next(), origins.next()) {
        (None, _) => held(&upgrade.headers, audience).is_none(),
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| front.hub.settings.origin.is_origin(origin)),
        (Some(_), Some(_)) => false,
    };
    if fits { Ok(()) } else { Err(Failure::code(ErrorCode::CrossOrigin)) }
}

fn begin(front: &Front, upgrade: Upgrade, audience: Audience, who: Option<Who>) -> Result<Response, Failure> {
    let Caller { network, locale, .. } = upgrade.caller;
    Ok(front.live.upgrade(upgrade.upgrade, Handshake { audience, who, network, locale })?)
}
