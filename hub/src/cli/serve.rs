//! `hub serve`: start, tell the operator what they need, wait for the signal to stop.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::actions::Hub;
use crate::app::{App, DataDir, Ready, StartError, listen};
use crate::config::Config;
use crate::domain::Clock;
use crate::telemetry;

pub async fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log);
    run(config, "", |_| JoinSet::new()).await
}

/// Serves until it is asked to stop. `more` is printed below the addresses; `beside` begins what goes on
/// beside the hub, and ends with it.
pub(super) async fn run(
    config: &Config,
    more: &str,
    beside: impl FnOnce(&Hub) -> JoinSet<()>,
) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    // Looked at first: two hubs on the same data mostly want the same port too.
    if DataDir::is_held(&config.data_dir) {
        return Err(StartError::Held { path: config.data_dir.clone() }.into());
    }
    let listeners = listen(config)?;
    let mailer = config.mailer(Clock::System)?;
    let ready = App::prepare(config, listeners, Clock::System, mailer).await?;
    print!("{}", greeting(config, &ready, more));
    let app = ready.serve();
    let beside = beside(app.hub());
    stop.asked().await;
    drop(beside);
    println!("\nStopping: what is under way is finished first. Once more ends it at once.");
    tokio::select! {
        () = app.stop() => {
            println!("Stopped.");
            Ok(ExitCode::SUCCESS)
        }
        () = stop.asked() => Ok(ExitCode::FAILURE),
    }
}

/// What an operator wants to know, and nothing else.
fn greeting(config: &Config, ready: &Ready, more: &str) -> String {
    let origin = ready.origin();
    let data = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    let mails = if !config.mail.host.is_empty() {
        format!("sent by {}", config.mail.host)
    } else if origin.is_local() {
        format!("{origin}/dev/mailbox")
    } else {
        format!("kept in {}, not sent: set mail.host", config.mailbox_dir().display())
    };
    let mut text = format!(
        "Guichet is running.\n\n  Customers   {origin}/\n  Agents      {origin}/agent\n  Mails       {mails}\n  \
         Data        {}\n",
        data.display()
    );
    if let Some(link) = &ready.first_admin_link {
        text.push_str(&format!(
            "\nNo agent has a password yet. This link makes the first admin, once, within 7 days:\n\n  {link}\n"
        ));
    }
    text.push_str(more);
    text.push_str("\nCtrl-C stops it.\n");
    text
}

/// "File size limit exceeded", on Linux and the BSDs.
const SIGXFSZ: i32 = 25;

/// The signals that ask a hub to end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// Would end the process. Listened to, the write fails instead, and is told like a full disk.
    _file_size: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _file_size: signal(SignalKind::from_raw(SIGXFSZ))?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
