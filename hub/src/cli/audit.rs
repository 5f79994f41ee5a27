//! `hub audit`: whether the audit is as it was written. Changes nothing; works beside a running hub.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use super::check::{open_look, up_to_date};
use crate::config::Config;
use crate::domain::file::hex;
use crate::store::audit::Head;
use crate::store::keep::AuditFound;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Read the whole chain: no row was edited, removed or put in
    ///
    /// Names the first row that was. Rows that are not chained yet are no fault. Changes nothing; works
    /// beside a running hub.
    #[command(verbatim_doc_comment)]
    Verify {
        /// An end of the chain that was told once, by this command or in a log: it has to be in the chain
        #[arg(long, value_name = "N:HASH", value_parser = parse_head)]
        known: Option<Head>,
    },
}

pub(super) async fn act(config: &Config, command: AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { known } = command;
    let look = open_look(config).await?;
    up_to_date(&look).await?;
    let found = look.check_audit(known).await;
    look.close().await;
    Ok(tell(&found?))
}

fn tell(found: &AuditFound) -> ExitCode {
    let AuditFound { whole, waiting, .. } = found;
    if found.late > 0 {
        let some: Vec<_> = found.late_examples.iter().map(ToString::to_string).collect();
        println!(
            "{} rows say they are older than the one before them by more than a day: put in later, or a clock was wrong: {}",
            found.late,
            some.join(", ")
        );
    }
    if let Some(wrong) = &found.wrong {
        println!("!!  {wrong}; the {whole} before are as they were written");
        return ExitCode::FAILURE;
    }
    println!("ok  {whole} rows are as they were written, {waiting} are not chained yet");
    if let Some(head) = found.head {
        println!("    the chain's end: {}:{}", head.n, hex(&head.hash));
    }
    ExitCode::SUCCESS
}

fn parse_head(text: &str) -> anyhow::Result<Head> {
    let parsed = || {
        let (n, hash) = text.split_once(':')?;
        let bytes = (0..hash.len()).step_by(2).map(|at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok());
        let hash = bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()?;
        Some(Head { n: n.parse().ok().filter(|n| *n > 0)?, hash })
    };
    parsed().context("an end of the chain reads N:HASH, a number and 64 hex digits")
}
