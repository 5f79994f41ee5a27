//! `hub doctor`: looks at what a hub needs, and leaves nothing behind. Each line says that it is well, what to do, or
//! that it was not tried.
//!
//! Every look has a limit of time, and says so when it is up.

mod address;
mod clocks;
mod finding;
mod machine;
mod proxy;
mod services;
mod way;

use std::net::SocketAddr;
use std::process::ExitCode;

use crate::app::DataDir;
use crate::auth::Keys;
use crate::config::{Config, Kept};
use crate::domain::Clock;
use crate::http::doctor::QUIET_MS;
use address::Address;
use clocks::Clocks;
use finding::Finding::{Hint, Well};
use finding::Teller;
use proxy::Probe;

const ANSWER_WAIT_MS: u64 = 5_000;

/// `quick` leaves out what takes half a minute.
pub async fn doctor(config: &Config, quick: bool) -> anyhow::Result<ExitCode> {
    let clock = Clock::System;
    let port = config.http.listen.first().map_or(0, SocketAddr::port);
    let origin = config.origin(port);
    let mut clocks = Clocks::new(&clock);
    let mut teller = Teller { is_well: true };

    teller.tell("settings", Well("read, and they fit together".to_owned()));
    let absent = |place: String| Hint(format!("{place} is not there yet; `hub serve` makes it"));
    teller.tell("data directory", machine::folder(&config.data_dir, &clock, absent).await);
    teller.tell("disk space", machine::disk_space(&config.data_dir, &clock).await);
    if let Kept::Local { folder: Some(folder) } = &config.files.kept {
        teller.tell("disk of files", machine::disk_space(folder, &clock).await);
    }
    teller.tell("open files", machine::open_files(config.http.connections_max));
    let (found, newest_key) = services::database(config, &clock, &mut clocks).await;
    teller.tell("database", found);
    let (found, keys) = machine::keys(&config.keys_dir(), &newest_key, &clock).await;
    teller.tell("keys", found);
    teller.tell("Redis", services::redis(config, &clock, &mut clocks).await);
    teller.tell("files", services::files(config, &clock, &mut clocks).await);
    teller.tell("mail server", services::mail_server(config, &clock).await);

    let data_dir = config.data_dir.clone();
    let is_running = machine::on_disk(&clock, move || DataDir::is_held(&data_dir)).await.unwrap_or(false);
    let address = Address { config, origin: &origin, clock: &clock, is_running };
    teller.tell("hub", address.hub().await);
    let public = address.public(&mut clocks).await;
    let is_reached = matches!(public, Well(_));
    teller.tell("public address", public);
    teller.tell("websocket", address.websocket().await);
    let database_file = config.data_dir.join("hub.sqlite3");
    let written = machine::on_disk(&clock, move || std::fs::metadata(database_file)?.modified()).await;
    teller.tell("clock", clocks.judge(written.and_then(Result::ok)));
    if is_reached {
        proxy(&address, keys.as_ref(), quick, &mut teller).await;
    }
    Ok(if teller.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What stands before the hub, if anything does.
async fn proxy(address: &Address<'_>, keys: Option<&Keys>, quick: bool, teller: &mut Teller) {
    let Address { config, origin, clock, .. } = *address;
    let is_own = |listener: &SocketAddr| listener.port() == origin.port();
    if origin.is_local() && !origin.is_https() && config.http.listen.iter().any(is_own) {
        return teller.tell("proxy", Well("none: the public address is the hub's own listener".to_owned()));
    }
    let Some(keys) = keys else {
        return teller.tell("proxy", Hint("not looked at: the keys cannot be read".to_owned()));
    };
    let probe = Probe { origin, config, clock, proof: &|| keys.operators_proof(clock.now()) };
    teller.tell("proxy: visitors", probe.visitors().await);
    teller.tell("proxy: uploads", probe.largest_upload().await);
    teller.tell("proxy: answers", probe.held_answers().await);
    if !quick {
        println!("..  proxy: sockets  are left quiet for {} s (--quick leaves this out)", QUIET_MS / 1_000);
        teller.tell("proxy: sockets", probe.quiet_socket().await);
    }
}
