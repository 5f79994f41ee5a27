//! Every route: method, path, permission, handler. `docs/PROTOCOL.md` tells their bodies,
//! `hub/permissions.toml` who gets which answer; a test holds the three together (R-D1).

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::access::{Permission, gate};
use super::{
    Front, admin, agent, doctor, drafts, files, inbox, links, macros, mailbox, pages, realtime, saved_views, tickets,
    visitor,
};

/// One line of the table.
pub(super) struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub permission: Permission,
    handler: MethodRouter<Front>,
}

macro_rules! routes {
    ($($method:ident $path:literal $permission:ident $handler:path;)+) => {
        vec![$(Route {
            method: stringify!($method),
            path: $path,
            permission: Permission::$permission,
            handler: on(MethodFilter::$method, $handler),
        },)+]
    };
}

#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    routes! {
        GET   "/"                                        Open         pages::customer;
        GET   "/guest"                                   Open         pages::guest;
        GET   "/t/{token}"                               Open         pages::of_a_link;
        GET   "/u/{token}"                               Open         pages::of_a_link;
        POST  "/u/{token}"                               Open         links::one_click;
        GET   "/r/{token}"                               Open         pages::of_a_link;
        GET   "/agent"                                   Open         pages::console;
        GET   "/dev/mailbox"                             LocalMailbox pages::mailbox;
        GET   "/dev/mailbox/messages"                    LocalMailbox mailbox::messages;
        GET   "/dev/mailbox/messages/{id}/html"          LocalMailbox mailbox::html;

        GET   "/v1/site"                                 Open         visitor::site;
        GET   "/v1/me"                                   Everybody    visitor::me;
        PATCH "/v1/me"                                   Customer     visitor::change_me;
        POST  "/v1/sign-in/code"                         Everybody    visitor::ask_code;
        POST  "/v1/sign-in"                              Everybody    visitor::enter_code;
        POST  "/v1/sign-out"                             Everybody    visitor::sign_out;
        GET   "/v1/tickets"                              Visitor      tickets::list;
        GET   "/v1/tickets/same-matter"                  Everybody    tickets::same_matter;
        POST  "/v1/tickets"                              Everybody    tickets::open;
        GET   "/v1/tickets/{id}"                         Visitor      tickets::show;
        GET   "/v1/tickets/{id}/events"                  Visitor      tickets::events;
        POST  "/v1/tickets/{id}/messages"                Visitor      tickets::post;
        POST  "/v1/tickets/{id}/messages/{n}/edit"       Visitor      tickets::edit;
        POST  "/v1/tickets/{id}/attachments"             Visitor      files::upload;
        GET   "/v1/tickets/{id}/attachments/{attachment}" Visitor     files::download;
        DELETE "/v1/tickets/{id}/attachments/{attachment}" Visitor    files::remove;
        GET   "/v1/tickets/{id}/attachments/{attachment}/preview" Visitor files::preview;
        PUT   "/v1/tickets/{id}/read"                    Visitor      tickets::mark_read;
        PUT   "/v1/tickets/{id}/delivered"               Visitor      tickets::mark_delivered;
        PUT   "/v1/tickets/{id}/attend"                  Visitor      tickets::attend;
        PUT   "/v1/tickets/{id}/address"                 Visitor      tickets::change_address;
        POST  "/v1/tickets/{id}/join"                    Customer     tickets::join;
        POST  "/v1/tickets/{id}/end-access"              Visitor      links::end_access;
        POST  "/v1/links/look"                           Everybody    links::look;
        POST  "/v1/links/code"                           Everybody    links::ask_code;
        POST  "/v1/links/enter"                          Everybody    links::enter_code;
        POST  "/v1/links/lost"                           Open         links::lost;
        POST  "/v1/links/not-me"                         Open         links::not_me;
        POST  "/v1/links/mails"                          Open         links::mails;
        POST  "/v1/links/unsubscribe"                    Open         links::unsubscribe;
        POST  "/v1/links/subscribe"                      Open         links::subscribe;
        POST  "/v1/links/end-trust"                      Open         links::end_trust;
        POST  "/v1/realtime/token"                       Visitor      tickets::realtime_token;
        GET   "/v1/realtime"                             Open         realtime::visitors;

        GET   "/v1/doctor/client"                        Operator     doctor::client;
        GET   "/v1/doctor/slowly"                        Operator     doctor::slowly;
        GET   "/v1/doctor/socket"                        Operator     doctor::socket;

        GET   "/v1/agent/links/{token}"                  Open         agent::link;
        POST  "/v1/agent/links/{token}"                  Open         agent::use_link;
        POST  "/v1/agent/sign-in"                        Open         agent::sign_in;
        POST  "/v1/agent/sign-out"                       Agent        agent::sign_out;
        POST  "/v1/agent/sign-out-everywhere"            Agent        agent::sign_out_everywhere;
        GET   "/v1/agent/me"                             Agent        agent::me;
        PATCH "/v1/agent/me"                             Agent        agent::change_me;
        GET   "/v1/agent/views"                          Agent        inbox::views;
        GET   "/v1/agent/saved-views"                    Agent        saved_views::list;
        POST  "/v1/agent/saved-views"                    Agent        saved_views::add_own;
        PATCH "/v1/agent/saved-views/{id}"               Agent        saved_views::change_own;
        DELETE "/v1/agent/saved-views/{id}"              Agent        saved_views::remove_own;
        POST  "/v1/agent/shared-views"                   Admin        saved_views::add_shared;
        PATCH "/v1/agent/shared-views/{id}"              Admin        saved_views::change_shared;
        DELETE "/v1/agent/shared-views/{id}"             Admin        saved_views::remove_shared;
        GET   "/v1/agent/macros"                         Agent        macros::list;
        POST  "/v1/agent/macros"                         Agent        macros::add_own;
        PATCH "/v1/agent/macros/{id}"                    Agent        macros::change_own;
        DELETE "/v1/agent/macros/{id}"                   Agent        macros::remove_own;
        POST  "/v1/agent/shared-macros"                  Admin        macros::add_shared;
        PATCH "/v1/agent/shared-macros/{id}"             Admin        macros::change_shared;
        DELETE "/v1/agent/shared-macros/{id}"            Admin        macros::remove_shared;
        GET   "/v1/agent/drafts"                         Agent        drafts::list;
        GET   "/v1/agent/tags"                           Agent        inbox::tags;
        GET   "/v1/agent/tickets"                        Agent        inbox::list;
        GET   "/v1/agent/search"                         Agent        inbox::search;
        POST  "/v1/agent/tickets/actions"                Agent        inbox::decide_many;
        GET   "/v1/agent/tickets/{id}"                   Agent        inbox::show;
        GET   "/v1/agent/tickets/{id}/events"            Agent        inbox::events;
        GET   "/v1/agent/tickets/{id}/files"             Agent        inbox::files;
        GET   "/v1/agent/tickets/{id}/drafts"            Agent        drafts::of_ticket;
        PUT   "/v1/agent/tickets/{id}/drafts/{kind}"     Agent        drafts::keep;
        POST  "/v1/agent/tickets/{id}/messages"          Agent        inbox::post;
        POST  "/v1/agent/tickets/{id}/messages/{n}/edit" Agent        inbox::edit;
        POST  "/v1/agent/tickets/{id}/attachments"       Agent        files::upload_by_agent;
        GET   "/v1/agent/tickets/{id}/attachments/{attachment}" Agent files::download_by_agent;
        DELETE "/v1/agent/tickets/{id}/attachments/{attachment}" Agent files::remove_by_agent;
        GET   "/v1/agent/tickets/{id}/attachments/{attachment}/preview" Agent files::preview_by_agent;
        POST  "/v1/agent/tickets/{id}/actions"           Agent        inbox::decide;
        GET   "/v1/agent/tickets/{id}/alerts"            Agent        inbox::alerts;
        POST  "/v1/agent/tickets/{id}/alerts/try-again"  Agent        inbox::try_alerts_again;
        PUT   "/v1/agent/tickets/{id}/read"              Agent        inbox::mark_read;
        PUT   "/v1/agent/tickets/{id}/delivered"         Agent        inbox::mark_delivered;
        PUT   "/v1/agent/tickets/{id}/attend"            Agent        inbox::attend;
        GET   "/v1/agent/tickets/{id}/access"            Agent        links::access;
        POST  "/v1/agent/tickets/{id}/access/end"        Agent        links::end_access_by_agent;
        GET   "/v1/agent/colleagues"                     Agent        agent::colleagues;
        GET   "/v1/agent/agents"                         Admin        admin::list;
        POST  "/v1/agent/agents"                         Admin        admin::invite;
        PATCH "/v1/agent/agents/{id}"                    Admin        admin::change;
        POST  "/v1/agent/agents/{id}/reset-link"         Admin        admin::reset_link;
        POST  "/v1/agent/agents/{id}/end-sessions"       Admin        admin::end_sessions;
        POST  "/v1/agent/teams"                          Admin        admin::add_team;
        PATCH "/v1/agent/teams/{id}"                     Admin        admin::rename_team;
        POST  "/v1/agent/realtime/token"                 Agent        agent::realtime_token;
        GET   "/v1/agent/realtime"                       Open         realtime::agents;
    }
}

/// (method, path) of every route, for tests that go through them all.
pub fn table() -> Vec<(&'static str, &'static str)> {
    routes().iter().map(|route| (route.method, route.path)).collect()
}

/// The table as a router; each route behind its permission.
pub fn router(front: &Front) -> Router<Front> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let gate = from_fn_with_state((front.clone(), route.permission), gate);
        router.route(route.path, route.handler.route_layer(gate))
    })
}
