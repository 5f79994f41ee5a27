//! HTTP: routes, extractors that are permissions, strict bodies, the headers every answer carries, the
//! pages, and the accept loop. Knows actions and `live`'s door; knows no SQL.

mod access;
mod admin;
mod agent;
mod arriving;
mod body;
pub mod doctor;
mod drafts;
mod envelope;
mod files;
mod guard;
pub mod health;
mod inbox;
mod inputs;
mod links;
mod macros;
mod mailbox;
mod pages;
mod patience;
mod problem;
mod realtime;
mod routes;
mod saved_views;
mod serve;
mod shelf;
#[cfg(test)]
mod tests;
mod tickets;
mod unread;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderName;
use axum::middleware::from_fn_with_state;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::actions::Hub;
use crate::domain::network::Cidr;
use crate::live::Live;
use crate::mail::Mailer;
use inputs::Clients;
use pages::Pages;

pub use routes::table;
pub use serve::{Served, bind, serve};

/// What handlers work with; clones are the same.
#[derive(Clone)]
pub struct Front {
    inner: Arc<Inner>,
}

pub struct Inner {
    hub: Hub,
    live: Live,
    /// Shown at `/dev/mailbox`, while it may be.
    mailbox: Option<Mailer>,
    clients: Clients,
    pages: Pages,
    /// Places for what `hub doctor` asks.
    doctors: Arc<Semaphore>,
}

impl std::ops::Deref for Front {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

/// What operators set and HTTP needs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub trusted_proxies: Vec<Cidr>,
    pub forwarded_header: HeaderName,
}

/// Everything that is answered over HTTP.
pub fn router(hub: Hub, live: Live, mailer: Mailer, settings: Settings) -> Router {
    // Codes stand in the mailbox: it is for this machine alone (R-I8).
    let mailbox = (matches!(mailer, Mailer::Local(_)) && hub.settings.origin.is_local()).then_some(mailer);
    let front = Front {
        inner: Arc::new(Inner {
            hub,
            live,
            mailbox,
            clients: Clients::new(settings.trusted_proxies, settings.forwarded_header),
            pages: Pages::load(),
            doctors: Arc::new(Semaphore::new(doctor::AT_ONCE_MAX)),
        }),
    };
    routes::router(&front)
        .fallback(pages::other)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(from_fn_with_state(front.clone(), guard::guard))
        .layer(CatchPanicLayer::custom(envelope::panicked))
        .layer(from_fn_with_state(front.clone(), envelope::envelope))
        .with_state(front)
}
