//! `hub serve`: start, tell the operator what they need, wait for the signal to stop.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{App, DataDir, Ready, StartError, listen};
use crate::config::Config;
use crate::domain::Clock;
use crate::mail::Mailer;
use crate::telemetry;

pub async fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log);
    let mut stop = Stop::listen()?;
    // Looked at first: two hubs on the same data mostly want the same port too.
    if DataDir::is_held(&config.data_dir) {
        return Err(StartError::Held { path: config.data_dir.clone() }.into());
    }
    let listeners = listen(config)?;
    let mailer = Mailer::local(&config.mailbox_dir())?;
    let ready = App::prepare(config, listeners, Clock::System, mailer).await?;
    print!("{}", greeting(config, &ready));
    let app = ready.serve();
    stop.asked().await;
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
fn greeting(config: &Config, ready: &Ready) -> String {
    let origin = ready.origin();
    let data = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    let mails = if origin.is_local() {
        format!("{origin}/dev/mailbox")
    } else {
        format!("kept in {}, not sent: SMTP is not set up", config.mailbox_dir().display())
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
    text.push_str("\nCtrl-C stops it.\n");
    text
}

/// The signals that ask a hub to end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
