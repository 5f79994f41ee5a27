//! `hub backup`: a copy of everything in a folder, beside a running hub; and the look whether one is whole.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

use super::check::open_look;
use crate::actions::keep::backup::{Made, Wanted, back_up, look_at};
use crate::actions::keep::manifest::{Backup, Manifest};
use crate::config::Config;
use crate::domain::Clock;
use crate::store::Schema;
use crate::store::keep::Wrong;

pub async fn backup(config: &Config, to: &Path, with_keys: bool) -> anyhow::Result<ExitCode> {
    let look = open_look(config).await?;
    if let Schema::Newer { found, known } = look.schema().await? {
        bail!(
            "the database was written by a newer version of the hub: step {found} of its schema, where {known} is known"
        );
    }
    let (files, keys_dir) = (config.files(Clock::System)?, config.keys_dir());
    let keys = with_keys.then_some(keys_dir.as_path());
    let made = back_up(&Wanted { look: &look, files: &files, keys, to, clock: &Clock::System }).await;
    look.close().await;
    let Made { manifest, not_well } = made?;
    println!("{} holds {}.", to.display(), contents(&manifest));
    match with_keys {
        true => println!("The keys are in it: whoever can read it can open every ticket. Keep it as you keep them."),
        false => println!(
            "The keys are not in it. Without them every link in a mail, and every code, is void on the hub that it is \
             restored to: back up {} apart from it, or use --with-keys.",
            keys_dir.display()
        ),
    }
    Ok(tell(&not_well))
}

pub async fn verify(from: &Path) -> anyhow::Result<ExitCode> {
    let backup = Backup::open(from)?;
    let wrong = look_at(&backup, &Clock::System).await?;
    if wrong.is_none() {
        println!("{} is whole: {}.", from.display(), contents(&backup.manifest));
    }
    Ok(tell(&wrong))
}

pub(super) fn contents(manifest: &Manifest) -> String {
    format!(
        "{} rows of {} tables and {} files of {} bytes",
        manifest.rows(),
        manifest.tables.len(),
        manifest.files.count,
        manifest.files.bytes
    )
}

/// What is not well, one a line.
pub(super) fn tell(wrong: &Wrong) -> ExitCode {
    for place in &wrong.examples {
        println!("!!  {place}");
    }
    let more = wrong.count - wrong.examples.len() as u64;
    if more > 0 {
        println!("!!  and {more} more");
    }
    if wrong.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
