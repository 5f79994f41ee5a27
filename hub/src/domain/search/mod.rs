//! Search: what somebody typed, what can be found, and the part of a text that shows why it was.
//!
//! Texts and queries are cut into words by the same rules (`words`), here and not by a database, so that
//! SQLite and Postgres find the same and nothing of a query is ever a database's own syntax.

mod excerpt;
mod query;
mod words;

use protocol::http::Matched;
use protocol::model::{AgentBody, Attachment};

pub use excerpt::excerpt;
pub use query::{Query, Term};
pub use words::folded;

/// What can be found of an event, and as what. An event that was erased holds nothing.
///
/// A message or a note is always there, to be edited later; where it only says what its files are called
/// (as a message without a word does), it is found by them.
pub fn findable(body: &AgentBody) -> Vec<(Matched, String)> {
    match body {
        AgentBody::Message(message) if message.redacted_at.is_none() => {
            with_files(Matched::Message, &message.text, &message.attachments)
        }
        AgentBody::Note(note) if note.redacted_at.is_none() => with_files(Matched::Note, &note.text, &note.attachments),
        AgentBody::Opened { details, .. } if !details.is_empty() => {
            let values: Vec<&str> = details.iter().map(|detail| detail.value.as_str()).collect();
            vec![(Matched::Detail, values.join("\n"))]
        }
        AgentBody::Message(_)
        | AgentBody::Note(_)
        | AgentBody::Opened { .. }
        | AgentBody::Status { .. }
        | AgentBody::Assigned { .. }
        | AgentBody::Joined { .. }
        | AgentBody::Address { .. }
        | AgentBody::Priority { .. }
        | AgentBody::Tagged { .. }
        | AgentBody::Snoozed { .. }
        | AgentBody::Woken
        | AgentBody::MergedInto(_)
        | AgentBody::MergedFrom(_)
        | AgentBody::ContinuedIn(_)
        | AgentBody::Continues(_)
        | AgentBody::Edited { .. }
        | AgentBody::Redacted { .. } => Vec::new(),
    }
}

fn with_files(matched: Matched, text: &str, files: &[Attachment]) -> Vec<(Matched, String)> {
    if files.is_empty() {
        return vec![(matched, text.to_owned())];
    }
    let names = names(files);
    let text = if folded(text) == folded(&names) { "" } else { text };
    vec![(matched, text.to_owned()), (Matched::File, names)]
}

fn names(files: &[Attachment]) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
