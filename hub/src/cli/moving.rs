//! `hub move`: the database from SQLite to Postgres, the files from a folder to S3.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::backup::tell;
use super::check::{open_look, up_to_date};
use crate::actions::keep::moving;
use crate::app::DataDir;
use crate::config::{Config, Kept, Secret};
use crate::domain::Clock;
use crate::store::{Database, Store};

/// What is copied while a hub runs is not all that there will be.
const NOT_FINISHED: u8 = 2;

#[derive(Debug, Subcommand)]
pub(super) enum MoveCommand {
    /// Everything in the SQLite database of the data directory, to an empty Postgres database
    ///
    /// No hub may run on the data directory meanwhile. Cut off, the same command goes on where it was.
    /// At its end both sides are compared, and it says what to change in the settings.
    #[command(verbatim_doc_comment)]
    Database(Target),
    /// Every file from the folder that is in use to the bucket that the settings name
    ///
    /// May be run beside a running hub, and then once more after every node has stopped: what is there
    /// already is not copied again. At its end every byte in the bucket is compared with what came, and it says
    /// what to change in the settings. Nothing is removed from the folder.
    #[command(verbatim_doc_comment)]
    Files {
        #[arg(long, value_enum)]
        to: FilesTo,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Target {
    /// postgres://user:password@host/database
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// A file that holds the URL instead, so that no list of processes shows it
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FilesTo {
    S3,
}

pub(super) async fn act(config: &Config, command: MoveCommand) -> anyhow::Result<ExitCode> {
    match command {
        MoveCommand::Database(target) => database(config, &target).await,
        MoveCommand::Files { to: FilesTo::S3 } => files(config).await,
    }
}

async fn database(config: &Config, target: &Target) -> anyhow::Result<ExitCode> {
    let url = target.url()?;
    let from = config.database();
    let Database::Sqlite { path } = &from else {
        bail!("database.url is set: what is in use is Postgres already");
    };
    if !path.exists() {
        bail!("there is no database in {}", config.data_dir.display());
    }
    let _held = DataDir::hold(&config.data_dir)?;
    // What was under way when the hub ended is let go of, as at a start; and its schema is brought up to date.
    let store = Store::open(from.clone(), Clock::System).await?;
    let at_rest = async {
        store.free_claims().await?;
        store.free_uploads().await
    };
    let at_rest = at_rest.await;
    store.close().await;
    at_rest?;
    let to = Database::Postgres { url: url.reveal().to_owned(), connections: config.database.connections };
    println!("Moving to {} ...", url.masked_url());
    let look = open_look(config).await?;
    let moved = moving::database(&look, &to, &Clock::System).await;
    look.close().await;
    let rows = moved?;
    Store::mark_as_moved(&from, &url.masked_url(), &Clock::System).await?;
    println!(
        "{rows} rows are in {} now, and are the same as here. Set database.url (or database.url_file) to it; keep \
         data_dir, where the keys are. {} stays as it is, and no hub starts on it any more.",
        url.masked_url(),
        path.display()
    );
    Ok(ExitCode::SUCCESS)
}

impl Target {
    fn url(&self) -> anyhow::Result<Secret> {
        let text = match (&self.to, &self.to_file) {
            (Some(url), _) => url.clone(),
            (None, Some(file)) => {
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
            }
            (None, None) => String::new(),
        };
        let url = text.trim();
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("where to: postgres://user:password@host/database");
        }
        Ok(Secret::new(url.to_owned()))
    }
}

async fn files(config: &Config) -> anyhow::Result<ExitCode> {
    if matches!(config.files.kept, Kept::S3(_)) {
        bail!("files.store is \"s3\": the bucket is in use already");
    }
    let held = match DataDir::is_held(&config.data_dir) {
        true => None,
        false => Some(DataDir::hold(&config.data_dir)?),
    };
    let look = open_look(config).await?;
    up_to_date(&look).await?;
    let (from, to) = (config.files(Clock::System)?, config.bucket(Clock::System)?);
    // Other nodes have data directories of their own. One that was there at the beginning may have written since.
    let mut runs = held.is_none() || look.has_nodes().await?;
    let moved = moving::files(&look, &from, &to).await;
    let nodes = look.has_nodes().await;
    look.close().await;
    let moved = moved?;
    runs |= nodes?;
    println!(
        "{} files of {} bytes are in the bucket and are what came; {} of them were copied now.",
        moved.files, moved.bytes, moved.copied
    );
    if !moved.not_well.is_none() {
        println!("These are not well where they are, and are not in the bucket as they were:");
        return Ok(tell(&moved.not_well));
    }
    if runs {
        println!("A hub runs, and goes on writing into the folder: stop every node, and run this once more.");
        return Ok(ExitCode::from(NOT_FINISHED));
    }
    println!(
        "Set files.store to \"s3\" before the next `hub serve`, on every node. The folder stays as it is: remove it \
         when `hub verify` has found everything well."
    );
    Ok(ExitCode::SUCCESS)
}
