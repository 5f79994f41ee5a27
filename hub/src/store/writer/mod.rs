//! Group commit: one task takes whatever queued while the last commit ran (no timer, at most
//! `BATCH_MAX`) and writes it in one transaction, by the append algorithm of decisions.md:
//!
//! 1. Lock the tickets of the batch one by one in id order.
//! 2. Read their state, the actors' rights, attachments, and which (ticket, author, client id) exist.
//! 3. Decide each item; number in memory what is accepted, so that refusals and repeats leave no hole.
//! 4. One update of the final counters and state, then the inserts; commit.
//! 5. Hand the committed events to `commits`, in order, then answer the callers.
//!
//! The steps have a file each: `queue` (the task), `batch` (the transaction), `load`, `decide` (with
//! `acts`, `triage`, `open`, `merge` and `go_on`), `save`; `findable` is about the search, `places` about marks,
//! `tags` about tags, `drafts` about what a message was made from, `arm` about who is to be alerted.
//!
//! Whoever writes has read what stands there: their mark follows in the same transaction, and is not
//! told on its own, since everybody can tell it from the event.
//!
//! Any other error of a batch is bisected until the bad item stands alone. A connection lost at
//! COMMIT is unknown: the batch is run again, and client ids make the repeat harmless.

mod acts;
mod arm;
mod batch;
mod decide;
mod drafts;
mod findable;
mod go_on;
mod load;
mod merge;
mod open;
mod places;
mod queue;
mod save;
mod tags;
mod triage;

use protocol::frame::PostKind;
use protocol::model::{Detail, Priority, PublicTicket};
use protocol::{AttachmentId, ClientId, DraftRevision, LoginId, Millis, ParticipantId, SiteId, TeamId, TicketId};

use super::{Store, StoreError};
use crate::domain::committed::{Committed, CommittedEvent, CommittedMark};
use crate::domain::email::Email;
use crate::domain::message::{Name, Subject, Text};
use crate::domain::tag::Tag;
use crate::store::sql::{Columns, Sql, all, one};
use batch::Done;
pub(super) use batch::Job;
pub(super) use queue::Queue;

/// Who acts. Rights are read in the transaction, from the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An agent, by the agents' cookie.
    Agent(LoginId),
    /// A customer or guest, by the visitors' cookie.
    Visitor(LoginId),
}

/// One thing to be written into a ticket's log.
#[derive(Clone, Debug)]
pub struct Append {
    pub site: SiteId,
    pub ticket: TicketId,
    pub actor: Actor,
    pub client_id: ClientId,
    pub act: Act,
    /// Only while the log ends with this number of the agents', else `conflict`.
    pub if_last_n: Option<i64>,
}

#[derive(Clone, Debug)]
pub enum Act {
    Post {
        kind: PostKind,
        text: Text,
        attachments: Vec<AttachmentId>,
        /// Of a note: whom it calls.
        mentions: Vec<ParticipantId>,
        /// Of an agent: the states of the draft that it was written from, which ends with it.
        drafts: Vec<DraftRevision>,
    },
    /// Own text, within 15 minutes. `target` in the actor's numbering.
    Edit {
        target: i64,
        text: Text,
    },
    /// Agents: erases the text in the log, for ever.
    Redact {
        target: i64,
    },
    Assign {
        team: Option<TeamId>,
        agent: Option<ParticipantId>,
    },
    Solve,
    Reopen {
        /// To waiting for the requester.
        pending: bool,
    },
    SetPriority(Priority),
    /// Agents: tags are given and taken away.
    Tag {
        add: Vec<Tag>,
        remove: Vec<Tag>,
    },
    /// Agents: put aside until a time to come.
    Snooze {
        until: Millis,
    },
    Wake,
    /// Agents: this ticket leads on to another one of the same requester, for ever.
    Merge {
        into: TicketId,
    },
    /// The creator corrects an address that is not confirmed.
    ChangeAddress {
        email: Email,
    },
    /// Agents are told that the guest's address is confirmed now. The code that proved it did it.
    TellConfirmed,
    /// A customer takes a guest ticket of the same, proven address into the account.
    Join,
}

/// A ticket to be closed if it is solved and has rested since.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Closing {
    pub ticket: TicketId,
    pub rested_since: Millis,
}

/// A new ticket, with its first message.
#[derive(Clone, Debug)]
pub struct Opening {
    pub site: SiteId,
    /// The visitor's login: it gets the grant when it opens as a guest.
    pub login: LoginId,
    pub client_id: ClientId,
    pub requester: OpeningRequester,
    pub topic: String,
    pub subject: Subject,
    pub text: Text,
    pub details: Vec<Detail>,
    pub locale: String,
}

#[derive(Clone, Debug)]
pub enum OpeningRequester {
    /// The login's signed-in customer.
    Customer,
    Guest {
        email: Email,
        name: Option<Name>,
    },
}

/// Answer to an [`Append`]: the number in the actor's numbering, the same for every repeat.
/// An act that changes nothing (solving what is solved) is `conflict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub n: i64,
    pub repeated: bool,
    /// The ticket in which it was written, where that is another one: it continues the one named.
    pub in_other: Option<TicketId>,
}

/// Answer to an [`Opening`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub ticket: PublicTicket,
    pub repeated: bool,
}

/// A move of somebody's marks, in their own numbering. Only forward; a number beyond the log is cut
/// to its end.
#[derive(Clone, Copy, Debug)]
pub struct MarkMove {
    pub site: SiteId,
    pub ticket: TicketId,
    pub participant: ParticipantId,
    pub audience: crate::domain::access::Audience,
    pub delivered_n: Option<i64>,
    pub read_n: Option<i64>,
}

impl Store {
    /// Writes one thing into a ticket's log; answers after the commit.
    pub async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let erases = matches!(append.act, Act::Redact { .. });
        let done = self.inner.queue.write(Job::Append(append)).await?;
        if erases && let Err(fault) = self.db().empty_log().await {
            // Erased it is; the log loses it with its next checkpoint.
            tracing::warn!(?fault, "what was erased stays in the log for a while");
        }
        match done {
            Done::Appended(appended) => Ok(appended),
            other => Err(mixed_up(&other)),
        }
    }

    /// Opens a ticket: participant and grant (guests), ticket, `opened` and the first message.
    /// The same (login, client id) gives the same ticket and the same guest for ever.
    pub async fn open_ticket(&self, opening: Opening) -> Result<Opened, StoreError> {
        match self.inner.queue.write(Job::Open(Box::new(opening))).await? {
            Done::Opened(opened) => Ok(*opened),
            other => Err(mixed_up(&other)),
        }
    }

    /// Moves marks forward; `None` when they stood there already.
    pub async fn mark(&self, mark: MarkMove) -> Result<Option<CommittedMark>, StoreError> {
        match self.inner.queue.write(Job::Mark(mark)).await? {
            Done::Marked(committed) => Ok(committed),
            other => Err(mixed_up(&other)),
        }
    }
}

impl Store {
    /// Closes tickets of the site that are solved and have rested since then, at most `max`. Answers how
    /// many there were.
    pub async fn close_rested(&self, rested_since: Millis, max: u64) -> Result<usize, StoreError> {
        let text = "select id from ticket where site_id = $1 and status = 'solved' and last_at <= $2 \
                    order by last_at, id limit $3";
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let filter = [self.site().id.0.into(), rested_since.into(), max.into()];
        let rows = all(self.db().reads(), Sql::with(text, filter)).await?;
        let mut closed = 0;
        for row in &rows {
            let closing = Closing { ticket: row.id("id")?, rested_since };
            match self.inner.queue.write(Job::Close(closing)).await? {
                Done::Closed(done) => closed += usize::from(done),
                other => return Err(mixed_up(&other)),
            }
        }
        Ok(closed)
    }
}

impl Store {
    /// Brings tickets of the site back whose time has come, at most `max`. Answers how many there were.
    pub async fn wake_due(&self, max: u64) -> Result<usize, StoreError> {
        let text =
            "select id from ticket where site_id = $1 and snoozed_until <= $2 order by snoozed_until, id limit $3";
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let filter = [self.site().id.0.into(), self.clock().now().into(), max.into()];
        let rows = all(self.db().reads(), Sql::with(text, filter)).await?;
        let mut woken = 0;
        for row in &rows {
            match self.inner.queue.write(Job::Wake(row.id("id")?)).await? {
                Done::Woken(done) => woken += usize::from(done),
                other => return Err(mixed_up(&other)),
            }
        }
        Ok(woken)
    }

    /// When the next ticket comes back.
    pub async fn next_wake(&self) -> Result<Option<Millis>, StoreError> {
        let text = "select min(snoozed_until) as due from ticket where site_id = $1 and snoozed_until is not null";
        let row = one(self.db().reads(), Sql::with(text, [self.site().id.0.into()])).await?;
        Ok(row.map(|row| row.get("due")).transpose()?.flatten())
    }
}

fn mixed_up(done: &Done) -> StoreError {
    StoreError::Failed(format!("the writer answered another question: {:?}", std::mem::discriminant(done)))
}
