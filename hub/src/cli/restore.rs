//! `hub restore`: a backup into an empty database and data directory, then everything that `hub check` looks at.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

use super::backup::contents;
use super::{check, open_store};
use crate::actions::files::verify::{Depth, orphans};
use crate::actions::keep;
use crate::actions::keep::manifest::Backup;
use crate::actions::keep::restore::{Place, RestoredKeys, restore as bring_back, restored};
use crate::app::DataDir;
use crate::config::Config;
use crate::domain::Clock;
use crate::store::Schema;

pub async fn restore(config: &Config, from: &Path) -> anyhow::Result<ExitCode> {
    let backup = Backup::open(from)?;
    let schema = backup.manifest.database.schema;
    if schema > Schema::known() {
        bail!(
            "the backup was made by a newer version of the hub ({}): its schema is at step {schema}, this version \
             knows {}",
            backup.manifest.hub,
            Schema::known()
        );
    }
    let _held = DataDir::hold_to_restore(&config.data_dir)?;
    let files = config.files(Clock::System)?;
    let place = Place {
        data_dir: &config.data_dir,
        database: &config.database(),
        files: &files,
        keys_dir: &config.keys_dir(),
        times: config.rules().times,
        clock: &Clock::System,
    };
    println!("Restoring {} ...", contents(&backup.manifest));
    let keys = bring_back(&backup, &place).await?;
    println!("Restored, and read again: every table and file is what was written.");
    let look = check::open_look(config).await?;
    let found = keep::check::check(&look, &files, Depth::Size, Clock::System.now()).await;
    look.close().await;
    let code = check::tell(&found?);
    let store = open_store(config).await?;
    let newer = orphans(&store, &files).await;
    store.close().await;
    restored(&config.data_dir)?;
    match newer.as_deref() {
        Ok([]) => {}
        Ok(newer @ [first, ..]) => println!(
            "{} files are there that the backup does not know, such as {first}: they came after it. A hub removes them a \
             day from now; copy away what is to be kept.",
            newer.len()
        ),
        Err(error) => println!("Whether files are there that came after the backup could not be looked at: {error}"),
    }
    if keys == RestoredKeys::Lost {
        println!(
            "There are no keys: every link and code of before is void, and the next start makes a key. If they are \
             kept elsewhere, empty this place again, put them into {} and restore once more.",
            config.keys_dir().display()
        );
    }
    println!("The next `hub serve` runs it, under a new epoch: every page that was open reads anew.");
    Ok(code)
}
