//! Whole hubs over real sockets: what people do, what networks do to them, and what attackers try.
//!
//! Every test has a hub of its own. `on_both!` runs a test once on SQLite and once on Postgres.
#![allow(clippy::unwrap_used)]
#![allow(clippy::result_large_err, reason = "a refused request is told whole")]

/// One test per database for each scenario.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($hub:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn scenario($hub: &tests::Hub) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                tests::Hub::run(tests::Setup::default(), scenario).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                tests::Hub::run(tests::Setup::default().postgres(), scenario).await;
            }
        }
    )+};
}

/// One test on SQLite for each scenario; `with` changes its hub.
macro_rules! on_sqlite {
    ($($(#[$doc:meta])* async fn $name:ident($hub:ident) $(with $setup:expr)?, $body:block)+) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            async fn scenario($hub: &tests::Hub) $body
            #[allow(unused_variables)]
            let setup = tests::Setup::default();
            $(let setup = $setup;)?
            tests::Hub::run(setup, scenario).await;
        }
    )+};
}

mod alerts;
mod audit;
mod availability;
mod backup;
mod bad_input;
mod check;
mod codes;
mod continuing;
mod conversation;
mod cuts;
mod demo;
mod doctor;
mod doctor_needs;
mod drafts;
mod endings;
mod files;
mod files_trouble;
mod full_disk;
mod hostile;
mod http_rules;
mod keys;
mod links;
mod lost_database;
mod macros;
mod mailbox;
mod mentions;
mod merging;
mod moving;
mod nodes;
mod positions;
mod rights;
mod search;
mod secrecy;
mod sign_in;
mod slow_http;
mod start;
mod stopping;
mod triage;
mod upgrading;
