//! Secure links: where they lead, codes, lost links, and how access ends. Tokens come in bodies; the one
//! path that holds one for a change is RFC 8058's.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::http::{EndAccess, EnterLinkCode, LinkLook, LinkMails, LinkOpened, LinkToken, LostLinks, TicketAccess};
use protocol::{ErrorCode, TicketId};

use super::Front;
use super::access::{Agent, Asks, Visitor};
use super::body::{Body, Empty};
use super::inputs::Path;
use super::problem::Failure;
use super::visitor::set_cookie;
use crate::actions::Caller;
use crate::actions::links::{self, Entered, Scope};
use crate::domain::Locale;
use crate::store::alerts::Muted;

pub async fn look(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<Json<LinkLook>, Failure> {
    Ok(Json(links::look(&front.hub, &browser, &caller, &form.token).await?))
}

pub async fn ask_code(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<Response, Failure> {
    let (asked, cookie) = links::ask_code(&front.hub, &browser, &caller, &form.token).await?;
    Ok((StatusCode::ACCEPTED, set_cookie(cookie.as_ref()), Json(asked)).into_response())
}

pub async fn enter_code(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(form): Body<EnterLinkCode>,
) -> Result<Response, Failure> {
    let entered = Entered { token: &form.token, code: &form.code, trust: form.trust };
    let (ticket, token) = links::enter_code(&front.hub, &browser, &caller, entered).await?;
    Ok((set_cookie(Some(&token)), Json(LinkOpened { ticket })).into_response())
}

pub async fn lost(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LostLinks>,
) -> Result<Response, Failure> {
    links::lost(&front.hub, &caller, &form.email).await?;
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({}))).into_response())
}

pub async fn not_me(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<StatusCode, Failure> {
    links::disown(&front.hub, &caller, &form.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn mails(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<Json<LinkMails>, Failure> {
    Ok(Json(links::mails(&front.hub, &caller, &form.token).await?))
}

pub async fn unsubscribe(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<StatusCode, Failure> {
    links::set_mute(&front.hub, &caller, &form.token, Muted::Yes).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn subscribe(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<StatusCode, Failure> {
    links::set_mute(&front.hub, &caller, &form.token, Muted::No).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// RFC 8058: a mail program unsubscribes by itself. It has no cookie and no origin; the token is the
/// proof, and a repeat changes nothing.
pub async fn one_click(
    State(front): State<Front>,
    caller: Caller,
    Path(token): Path<String>,
    form: Bytes,
) -> Result<Response, Failure> {
    if !is_one_click(&form) {
        return Err(Failure::code(ErrorCode::Malformed));
    }
    links::set_mute(&front.hub, &caller, &token, Muted::Yes).await?;
    let sentence = match caller.locale {
        Locale::En => "You will get no more mails about this request.\n",
        Locale::Fr => "Vous ne recevrez plus de messages au sujet de cette demande.\n",
    };
    Ok(sentence.into_response())
}

/// Section 3.1 of the RFC: one pair, as a form of either kind.
fn is_one_click(form: &[u8]) -> bool {
    let form = String::from_utf8_lossy(form);
    form.trim() == "List-Unsubscribe=One-Click"
        || (form.contains("name=\"List-Unsubscribe\"") && form.lines().any(|line| line.trim() == "One-Click"))
}

pub async fn end_trust(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<LinkToken>,
) -> Result<StatusCode, Failure> {
    links::end_trust(&front.hub, &caller, &form.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn end_access(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    caller: Caller,
    Path(ticket): Path<TicketId>,
    Body(form): Body<EndAccess>,
) -> Result<StatusCode, Failure> {
    let scope = if form.everywhere { Scope::Everywhere } else { Scope::Here };
    links::end_access(&front.hub, &visitor, &caller, ticket, scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn access(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
) -> Result<Json<TicketAccess>, Failure> {
    Ok(Json(links::access(&front.hub, &agent, ticket).await?))
}

pub async fn end_access_by_agent(
    State(front): State<Front>,
    Agent(agent): Agent,
    caller: Caller,
    Path(ticket): Path<TicketId>,
    Body(Empty {}): Body<Empty>,
) -> Result<StatusCode, Failure> {
    links::end_access_by_agent(&front.hub, &agent, &caller, ticket).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::is_one_click;

    #[test]
    fn one_click_is_the_rfcs_pair_and_nothing_else() {
        assert!(is_one_click(b"List-Unsubscribe=One-Click") && is_one_click(b"List-Unsubscribe=One-Click\r\n"));
        let multipart =
            b"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        assert!(is_one_click(multipart));
        for other in ["", "One-Click", "List-Unsubscribe=", "list-unsubscribe=One-Click&x=1", "{}"] {
            assert!(!is_one_click(other.as_bytes()), "{other}");
        }
    }
}
