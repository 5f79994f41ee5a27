//! The command line: one function per command, errors as sentences.

mod audit;
mod backup;
mod check;
mod demo;
mod doctor;
mod keys;
mod moving;
mod restore;
mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::ErrorCode;
use protocol::model::Role;

use crate::actions::files::verify::Depth;
use crate::actions::{Hub, agents};
use crate::app::{open_keys, settings};
use crate::config::Config;
use crate::domain::{Clock, Locale, sentence};
use crate::files::preview::run_worker;
use crate::store::{Store, StoreError};

/// A self-hosted realtime support hub.
///
/// `hub serve` runs without any configuration: it keeps its data in ./data and listens on
/// http://localhost:8080. Settings come from a file (--config, or HUB_CONFIG) and from the environment
/// (HUB__HTTP__LISTEN=127.0.0.1:9000 sets `listen` of `[http]`); docs/OPERATING.md lists them.
#[derive(Debug, Parser)]
#[command(name = "hub", verbatim_doc_comment)]
struct Cli {
    /// A TOML file with the settings that differ from the defaults
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the hub
    ///
    /// Prints where it listens, where mails are read and, while no agent has a password, a one-time
    /// link that makes the first admin. Ctrl-C (or SIGTERM) finishes what is under way and ends; a
    /// second one ends at once.
    #[command(verbatim_doc_comment)]
    Serve,
    /// Run a hub with some days of work in it, to look around
    ///
    /// Two teams, four agents, sixteen tickets in five languages, two of them with people who write
    /// while one looks on. It has a data directory of its own beside the hub's, made at the first start,
    /// and sends no mail. Prints whom one may sign in as.
    #[command(verbatim_doc_comment)]
    Demo,
    /// Bring the database's schema up to date, and end
    ///
    /// `hub serve` does so by itself; this is for doing it ahead of a change of binaries.
    #[command(verbatim_doc_comment)]
    Migrate,
    /// Print the settings in force, secrets masked, or say what is wrong with them
    CheckConfig,
    /// Manage agents
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Manage the keys that links and codes are made with
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Look at everything a hub needs, and say what to do about what is not well
    ///
    /// Leaves everything as it was. Run it with the settings of the hub, and as its user. Where a hub
    /// answers, what stands between it and its visitors is looked at too, which takes half a minute.
    #[command(verbatim_doc_comment)]
    Doctor {
        /// Do not wait to see how long the proxy leaves a quiet socket open
        #[arg(long)]
        quick: bool,
    },
    /// Copy everything that the hub holds into a new folder, while it runs
    ///
    /// The rows of the database as they are at one moment, and the files. The folder has its name only
    /// once it is whole.
    #[command(verbatim_doc_comment)]
    Backup {
        /// The folder to make, or the backup to look at
        backup: PathBuf,
        /// Copy the keys too; without them the links in mails are void where it is restored
        #[arg(long, conflicts_with = "verify")]
        with_keys: bool,
        /// Read a backup and compare every part with what was written
        #[arg(long)]
        verify: bool,
    },
    /// Bring a backup back, into an empty database and data directory
    ///
    /// On SQLite or Postgres, in a folder or S3, as the settings say, wherever the backup was made. Cut
    /// off, the same command goes on where it was. Ends with what `hub check` looks at.
    #[command(verbatim_doc_comment)]
    Restore {
        /// The backup's folder
        backup: PathBuf,
    },
    /// Move the database or the files to another place
    #[command(subcommand)]
    Move(moving::MoveCommand),
    /// Look whether what has to be so in any hub's data is so
    ///
    /// One line for each invariant: `ok`, or what is wrong, with ids; fails when anything is. Changes
    /// nothing; works beside a running hub. With --deep every byte of every file is read.
    #[command(verbatim_doc_comment)]
    Check {
        /// Compare each file with its SHA-256, and not only its size
        #[arg(long)]
        deep: bool,
    },
    /// Look at what is written down of security and administration
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Read every file that is kept and compare it with what came
    ///
    /// Lists files whose bytes changed, files that are missing, and bytes that nothing knows. Changes
    /// nothing; works beside a running hub.
    #[command(verbatim_doc_comment)]
    Verify,
    /// What the hub starts to make a small picture: an image in, a picture out
    #[command(hide = true)]
    PreviewWorker,
}

#[derive(Debug, Subcommand)]
enum AgentCommand {
    /// Invite an agent: prints a one-time link that sets name and password
    ///
    /// Works beside a running hub.
    #[command(verbatim_doc_comment)]
    Add(AddAgent),
}

#[derive(Debug, Args)]
struct AddAgent {
    /// The agent's e-mail address, with which they sign in
    #[arg(long)]
    email: String,
    /// What customers and colleagues see
    #[arg(long)]
    name: String,
    #[arg(long, value_enum, default_value_t = RoleName::Agent)]
    role: RoleName,
    /// A team's name; may be given several times
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Tickets of own teams, unassigned ones, and own ones
    Agent,
    /// Every ticket
    Lead,
    /// Every ticket, and agents, teams and settings
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Agent => Self::Agent,
            RoleName::Lead => Self::Lead,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// Runs the command that was given.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match Config::load(config_file(&cli).as_deref()) {
        Ok(config) => act(cli.command, &config).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hub: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn config_file(cli: &Cli) -> Option<PathBuf> {
    let from_environment = || std::env::var_os("HUB_CONFIG").filter(|file| !file.is_empty()).map(PathBuf::from);
    cli.config.clone().or_else(from_environment)
}

async fn act(command: Command, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Demo => demo::demo(config).await,
        Command::Migrate => migrate(config).await,
        Command::CheckConfig => {
            print!("{}", config.masked());
            Ok(ExitCode::SUCCESS)
        }
        Command::Agent(AgentCommand::Add(agent)) => add_agent(config, agent).await,
        Command::Keys(command) => keys::act(config, command).await,
        Command::Doctor { quick } => doctor::doctor(config, quick).await,
        Command::Backup { backup, verify: true, .. } => backup::verify(&backup).await,
        Command::Backup { backup, with_keys, .. } => backup::backup(config, &backup, with_keys).await,
        Command::Restore { backup } => restore::restore(config, &backup).await,
        Command::Move(command) => moving::act(config, command).await,
        Command::Check { deep } => check::check(config, if deep { Depth::Bytes } else { Depth::Size }).await,
        Command::Audit(command) => audit::act(config, command).await,
        Command::Verify => verify::verify(config).await,
        Command::PreviewWorker => {
            run_worker()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let store = open_store(config).await?;
    store.close().await;
    println!("The database's schema is up to date.");
    Ok(ExitCode::SUCCESS)
}

async fn add_agent(config: &Config, agent: AddAgent) -> anyhow::Result<ExitCode> {
    let store = open_store(config).await?;
    let keys = open_keys(&config.keys_dir(), &store).await?;
    let port = config.http.listen.first().map_or(0, std::net::SocketAddr::port);
    let files = config.files(Clock::System)?;
    let hub = Hub::new(store, files, keys, settings(config, config.origin(port)));
    let added = agents::add(&hub, &agent.email, &agent.name, agent.role.into(), &agent.teams).await;
    hub.store.close().await;
    let link = added.map_err(|error| match &error {
        StoreError::Refused(refusal) if refusal.code == ErrorCode::Conflict => {
            anyhow::anyhow!("{} is an agent already", agent.email)
        }
        StoreError::Refused(refusal) if refusal.field.as_deref() == Some("team") => {
            anyhow::anyhow!("there is no team of that name: {}", agent.teams.join(", "))
        }
        StoreError::Refused(refusal) => anyhow::anyhow!("{}", sentence(refusal, Locale::En)),
        _ => error.into(),
    })?;
    println!("{} can choose a password here, once, within 72 hours:\n{}", agent.name, link.url);
    Ok(ExitCode::SUCCESS)
}

async fn open_store(config: &Config) -> anyhow::Result<Store> {
    crate::auth::keys::make_private_directory(&config.data_dir)
        .with_context(|| format!("cannot use the data directory {}", config.data_dir.display()))?;
    Ok(Store::open(config.database(), Clock::System).await?)
}
