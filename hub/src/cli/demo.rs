//! `hub demo`: makes the demo workspace when there is none, and serves it.

use std::process::ExitCode;

use super::serve::run;
use crate::app::{DataDir, StartError};
use crate::config::Config;
use crate::demo::{self, Demo};
use crate::telemetry;

pub async fn demo(config: &Config) -> anyhow::Result<ExitCode> {
    let config = Demo::config(config);
    if !config.origin(0).is_local() {
        anyhow::bail!("a demo is for this machine alone: leave public_origin unset, or set one of localhost");
    }
    if DataDir::is_held(&config.data_dir) {
        return Err(StartError::Held { path: config.data_dir.clone() }.into());
    }
    let demo = match Demo::read(&config.data_dir)? {
        Some(demo) => demo,
        None => {
            println!("Making a workspace with some days of work in it ...");
            demo::make(&config).await?
        }
    };
    // Only now: what the story does is nobody's news.
    telemetry::start(&config.log);
    run(&config, &people(&demo), |hub| demo::live(hub, &demo)).await
}

fn people(demo: &Demo) -> String {
    format!(
        "\nAgents, each with the password {}\n{}\nCustomers, by a code that comes to the mailbox\n{}\n\
         Two conversations go on by themselves: see them in the console, as nora@guichet.example.\n",
        demo.password,
        Demo::people(),
        Demo::customers()
    )
}
