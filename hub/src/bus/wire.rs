//! The words between nodes: JSON, each with the node that says it. A node skips its own, and whatever it
//! does not understand: a newer version may say it, or a stranger (R-E8).

use std::collections::HashMap;

use protocol::TicketId;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Signal;
use crate::domain::committed::Committed;

/// The channels; each node hears all of them. Fixed, so that nobody subscribes anew for a ticket.
pub const SHARDS: usize = 16;
/// A longer hint goes without its content.
const HINT_BYTES_MAX: usize = 8 * 1024;
/// Nothing that a hub says is longer: a thousand people, or networks, at a time.
const WORD_BYTES_MAX: usize = 64 * 1024;

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub ticket: TicketId,
    pub last_seq: i64,
    pub last_pub_seq: i64,
}

/// What is said. Borrowed where it is said, owned where it is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word<S = Signal, C = Committed> {
    Signal(S),
    Committed(C),
    Moved(Moved),
    /// The node that says it could not tell something: whoever hears it compares with the database.
    Doubt,
    /// To be heard by the node itself.
    Probe,
}

#[derive(Serialize, Deserialize)]
struct Spoken<W> {
    node: Uuid,
    word: W,
}

/// What every version says of a commit, whatever else it says.
#[derive(Deserialize)]
struct Outline {
    ticket: Place,
}

#[derive(Deserialize)]
struct Place {
    id: TicketId,
    last_seq: i64,
    last_pub_seq: i64,
}

/// A word as it goes out, and on which channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub shard: usize,
    pub text: String,
}

pub fn signal(node: Uuid, signal: &Signal) -> Said {
    let shard = ticket_of(signal).map_or(0, shard);
    Said { shard, text: speak(node, Word::<_, &Committed>::Signal(signal)) }
}

pub fn committed(node: Uuid, committed: &Committed) -> Said {
    let ticket = match committed {
        Committed::Event(event) => &event.ticket,
        Committed::Mark(mark) => &mark.ticket,
    };
    let mut text = speak(node, Word::<&Signal, _>::Committed(committed));
    if text.len() > HINT_BYTES_MAX {
        let moved = Moved { ticket: ticket.id, last_seq: ticket.last_seq, last_pub_seq: ticket.last_pub_seq };
        text = speak(node, Word::<&Signal, &Committed>::Moved(moved));
    }
    Said { shard: shard(ticket.id), text }
}

pub fn doubt(node: Uuid) -> Said {
    Said { shard: 0, text: speak(node, Word::<&Signal, &Committed>::Doubt) }
}

pub fn probe(node: Uuid) -> Said {
    Said { shard: 0, text: speak(node, Word::<&Signal, &Committed>::Probe) }
}

fn speak<S: Serialize, C: Serialize>(node: Uuid, word: Word<S, C>) -> String {
    serde_json::to_string(&Spoken { node, word }).expect("our words are plain data")
}

/// The word and who said it; `None` for what is no word of this version. A commit in another version's words is
/// taken for one without its content: the ticket is read.
pub fn understand(bytes: &[u8]) -> Option<(Uuid, Word)> {
    if bytes.len() > WORD_BYTES_MAX {
        return None;
    }
    if let Ok(Spoken { node, word }) = serde_json::from_slice(bytes) {
        return Some((node, word));
    }
    let Spoken { node, word } = serde_json::from_slice(bytes).ok()?;
    let Word::<IgnoredAny, HashMap<String, Outline>>::Committed(outlines) = word else { return None };
    let Place { id, last_seq, last_pub_seq } = outlines.into_values().next()?.ticket;
    Some((node, Word::Moved(Moved { ticket: id, last_seq, last_pub_seq })))
}

/// Words about one ticket keep their order: they share a channel.
fn shard(ticket: TicketId) -> usize {
    // The last bytes of a UUIDv7 are random.
    usize::from(ticket.0.as_bytes()[15]) % SHARDS
}

fn ticket_of(signal: &Signal) -> Option<TicketId> {
    match signal {
        Signal::Typing(typing) => Some(typing.ticket),
        Signal::PresenceChanged(ticket) | Signal::AlertsChanged(ticket) => Some(*ticket),
        Signal::DraftChanged { ticket, .. } => Some(*ticket),
        Signal::Attends { to, .. } => to.as_ref().map(|to| to.ticket),
        Signal::LoginsEnded(_)
        | Signal::RightsChanged(_)
        | Signal::ColleaguesChanged(_)
        | Signal::ShelfChanged { .. }
        | Signal::Here(_)
        | Signal::Asked(_) => None,
    }
}
