//! `hub check`: one line for each invariant of a hub's data. Fails when one does not hold.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::actions::files::verify::Depth;
use crate::actions::keep;
use crate::config::Config;
use crate::domain::Clock;
use crate::store::keep::{Finding, Look};
use crate::store::{Database, Schema};

pub async fn check(config: &Config, depth: Depth) -> anyhow::Result<ExitCode> {
    let look = open_look(config).await?;
    up_to_date(&look).await?;
    let files = config.files(Clock::System)?;
    let found = keep::check::check(&look, &files, depth, Clock::System.now()).await;
    look.close().await;
    Ok(tell(&found?))
}

/// The database that is configured, to be read alone.
pub(super) async fn open_look(config: &Config) -> anyhow::Result<Look> {
    if let Database::Sqlite { path } = config.database()
        && !path.exists()
    {
        bail!("there is no database in {}", config.data_dir.display());
    }
    Look::open(&config.database()).await.context("cannot open the database")
}

pub(super) async fn up_to_date(look: &Look) -> anyhow::Result<()> {
    match look.schema().await? {
        Schema::UpToDate => Ok(()),
        Schema::Missing { steps } => {
            bail!("{steps} of the schema's steps are missing: bring it up to date first (hub migrate)")
        }
        Schema::Newer { found, known } => bail!(
            "the database was written by a newer version of the hub: its schema is at step {found}, this version \
             knows {known}"
        ),
    }
}

pub(super) fn tell(found: &[Finding]) -> ExitCode {
    let mut well = true;
    for Finding { invariant, wrong } in found {
        if wrong.is_none() {
            println!("ok  {invariant}");
            continue;
        }
        well = false;
        let more = wrong.count - wrong.examples.len() as u64;
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        println!("!!  {invariant:<16}{}{more}", wrong.examples.join("; "));
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
