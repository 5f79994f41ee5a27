//! The cookies: one name per audience, so that each path reads only its own (decisions.md 9, R-B1).
//!
//! They are `__Host-` cookies with `Secure` everywhere, also on http://localhost, where Chromium and
//! Firefox take them.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use super::keys::Keys;
use super::tokens::Token;
use crate::domain::access::Audience;
use crate::domain::limits::{AGENT_LIFE_MS, VISITOR_TRUSTED_MS};

/// The name of an audience's cookie. The widget's (`__Host-hub_widget`) comes with the widget.
pub const fn name(audience: Audience) -> &'static str {
    match audience {
        Audience::Requester => "__Host-hub_visitor",
        Audience::Agent => "__Host-hub_agent",
    }
}

/// What a request's cookie holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub token: Token,
    /// The mark of a browser that had no login yet when the cookie was made.
    mark: Option<String>,
}

impl Held {
    /// What a browser holds that has a login.
    pub fn of_a_login(token: Token) -> Self {
        Self { token, mark: None }
    }

    /// Whether the hub made this cookie for a browser without a login.
    pub fn is_before_login(&self, keys: &Keys) -> bool {
        self.mark.as_deref().is_some_and(|mark| keys.made_before_login(&self.token, mark))
    }
}

/// The audience's cookie among the `Cookie` headers; nothing else is looked at.
pub fn held<'a>(headers: impl Iterator<Item = &'a str>, audience: Audience) -> Option<Held> {
    let wanted = name(audience);
    let mut values = headers.flat_map(|header| header.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == wanted).then(|| value.trim())
    });
    let value = values.next()?;
    let (token, mark) = match value.split_once('.') {
        Some((token, mark)) => (token, Some(mark.to_owned())),
        None => (value, None),
    };
    Token::decode(token).map(|token| Held { token, mark })
}

/// `Set-Cookie` for a login.
pub fn set(audience: Audience, token: &Token) -> String {
    build(audience, token.encode(), life_ms(audience))
}

/// `Set-Cookie` for a visitor's browser that has no login yet.
pub fn set_before_login(token: &Token, mark: &str) -> String {
    build(Audience::Requester, format!("{}.{mark}", token.encode()), life_ms(Audience::Requester))
}

/// `Set-Cookie` that takes the cookie away.
pub fn clear(audience: Audience) -> String {
    build(audience, String::new(), 0)
}

/// As long as the longest login can be; the login itself ends earlier, by the hub's clock alone (R-B2).
const fn life_ms(audience: Audience) -> i64 {
    match audience {
        Audience::Requester => VISITOR_TRUSTED_MS,
        Audience::Agent => AGENT_LIFE_MS,
    }
}

fn build(audience: Audience, value: String, life_ms: i64) -> String {
    let same_site = match audience {
        Audience::Requester => SameSite::Lax,
        Audience::Agent => SameSite::Strict,
    };
    Cookie::build((name(audience), value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(same_site)
        .max_age(Duration::milliseconds(life_ms))
        .build()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_carry_every_attribute_of_their_audience() {
        let token = Token::random();
        let visitor = set(Audience::Requester, &token);
        assert_eq!(
            visitor,
            format!("__Host-hub_visitor={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000", token.encode())
        );
        let agent = set(Audience::Agent, &token);
        assert!(agent.starts_with("__Host-hub_agent=") && agent.contains("SameSite=Strict; Secure; Path=/"));
        assert!(clear(Audience::Agent).contains("__Host-hub_agent=; ") && clear(Audience::Agent).contains("Max-Age=0"));
    }

    #[test]
    fn each_audience_reads_only_its_own_cookie() {
        let (visitor, agent) = (Token::random(), Token::random());
        let header = format!("a=b; __Host-hub_visitor={}; __Host-hub_agent={}", visitor.encode(), agent.encode());
        let read = |audience| held([header.as_str()].into_iter(), audience).map(|held| held.token);
        assert_eq!(read(Audience::Requester), Some(visitor));
        assert_eq!(read(Audience::Agent), Some(agent));
        for header in ["", "__Host-hub_visitor", "__Host-hub_visitor=", "__Host-hub_visitor=zz", "hub_visitor=zz"] {
            assert_eq!(held([header].into_iter(), Audience::Requester), None, "{header}");
        }
    }

    #[test]
    fn a_cookie_from_before_a_login_is_known_as_the_hubs_own() {
        let keys = Keys::in_memory();
        let (token, mark) = keys.before_login();
        let cookie = set_before_login(&token, &mark);
        let pair = cookie.split(';').next().expect("a pair");
        let own = held([pair].into_iter(), Audience::Requester).expect("held");
        assert!(own.token == token && own.is_before_login(&keys));
        let forged = format!("__Host-hub_visitor={}.{mark}", Token::random().encode());
        assert!(!held([forged.as_str()].into_iter(), Audience::Requester).expect("held").is_before_login(&keys));
        let bare = format!("__Host-hub_visitor={}", token.encode());
        assert!(!held([bare.as_str()].into_iter(), Audience::Requester).expect("held").is_before_login(&keys));
    }
}
