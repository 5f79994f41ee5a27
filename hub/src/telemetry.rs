//! Logs: one event a line on standard error, ids and never contents (R-J1).

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Libraries whose own news are no operator's.
const QUIET: [&str; 4] = ["memory_serve=warn", "sqlx=warn", "hyper=warn", "sea_orm_migration=warn"];

/// Starts logging; once per process.
pub fn start(log: &Log) {
    let filter = QUIET.iter().fold(EnvFilter::new(&log.level), |filter, quiet| match quiet.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    });
    let events = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(true);
    // An error means that a test has started it already.
    let _ = match log.format {
        LogFormat::Text => events.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => events.json().flatten_event(true).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        // Where, and not what: the message may hold what a person wrote.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic: this is a bug");
    }));
}
