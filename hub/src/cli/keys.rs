//! `hub keys`: the keys that links and codes are made with. Works beside a running hub, which reads them
//! anew within seconds.

use std::process::ExitCode;

use clap::Subcommand;

use super::open_store;
use crate::app::open_keys;
use crate::auth::Keys;
use crate::config::Config;
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys, the oldest first, and how many links each has made
    List,
    /// Make a new key: new links and codes are made with it, older ones still hold
    ///
    /// With several nodes, copy the keys directory to all of them at once.
    #[command(verbatim_doc_comment)]
    Rotate,
    /// Take a key away for good: every link and code that was made with it is void
    Retire {
        /// The key's id, as `hub keys list` tells it
        kid: String,
    },
}

pub(super) async fn act(config: &Config, command: KeysCommand) -> anyhow::Result<ExitCode> {
    let store = open_store(config).await?;
    let keys = open_keys(&config.keys_dir(), &store).await?;
    let done = match command {
        KeysCommand::List => list(&store, &keys).await,
        KeysCommand::Rotate => rotate(&store, &keys).await,
        KeysCommand::Retire { kid } => retire(&store, &keys, &kid).await,
    };
    store.close().await;
    done?;
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, keys: &Keys) -> anyhow::Result<()> {
    let made = store.links_by_key().await?;
    let newest = keys.newest_kid();
    for kid in keys.kids() {
        let links = made.iter().find(|(other, _)| *other == kid).map_or(0, |(_, links)| *links);
        let mark = if kid == newest { ", the newest: new ones are made with it" } else { "" };
        println!("{kid}  {links} links{mark}");
    }
    Ok(())
}

async fn rotate(store: &Store, keys: &Keys) -> anyhow::Result<()> {
    let known = store.newest_key().await?;
    let kid = keys.rotate(store.clock())?;
    let print = keys.fingerprint(&kid).unwrap_or_default();
    if !store.set_newest_key(&kid, &print, known.as_ref()).await? {
        anyhow::bail!("the keys were rotated elsewhere at the same time: look at `hub keys list`");
    }
    store.bump_access_version().await?;
    println!("{kid} is the newest key now. Back it up, apart from the database.");
    Ok(())
}

/// The links first: a link whose key went before it would never be made anew.
async fn retire(store: &Store, keys: &Keys, kid: &str) -> anyhow::Result<()> {
    keys.may_retire(kid)?;
    let ended = store.end_links_of_key(kid).await?;
    keys.retire(kid)?;
    store.bump_access_version().await?;
    println!("{kid} is gone, and {ended} links with it. The next mail about a ticket brings a new one.");
    Ok(())
}
