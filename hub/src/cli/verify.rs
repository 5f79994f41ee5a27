//! `hub verify`: every file that is kept, byte by byte, against its row. Fails when something is not well.

use std::process::ExitCode;

use super::open_store;
use crate::actions::files::verify;
use crate::config::Config;
use crate::domain::Clock;

pub async fn verify(config: &Config) -> anyhow::Result<ExitCode> {
    let store = open_store(config).await?;
    let files = config.files(Clock::System)?;
    let found = verify::verify(&store, &files).await;
    store.close().await;
    let found = found?;
    let lists = [("changed", &found.changed), ("missing", &found.missing), ("unknown", &found.orphans)];
    for (what, list) in lists {
        for file in list {
            println!("!!  {what}  {file}");
        }
    }
    if found.space.0 != found.space.1 {
        println!("!!  space    {} bytes are counted for the limits, and {} are taken", found.space.0, found.space.1);
    }
    println!(
        "{} files of {} bytes: {} changed, {} missing, {} unknown",
        found.files,
        found.bytes,
        found.changed.len(),
        found.missing.len(),
        found.orphans.len()
    );
    Ok(if found.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
