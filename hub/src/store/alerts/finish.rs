//! What became of claimed mails.

use protocol::Millis;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::DueMail;
use crate::domain::alert::Hold;
use crate::store::fault::Outcome;
use crate::store::sql::{Sql, run};
use crate::store::{Store, StoreError};

/// What is kept of an error; never more than one line's worth.
const ERROR_CHARS_MAX: usize = 300;

/// What became of a claimed mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    Sent {
        answer: Option<String>,
    },
    /// It is due again at `at`; a try that does not count is given back.
    Again {
        at: Millis,
        counts: bool,
        hold: Option<Hold>,
        why: String,
    },
    /// It does not go, for this reason that agents see, until it is released.
    Held(Hold),
    /// There is nothing to tell any more.
    Cancelled,
    /// Given up.
    Dead {
        why: String,
        hold: Hold,
    },
}

impl Store {
    /// Writes what became of a claimed mail; nothing when the lease is another's by now.
    pub async fn finish_mail(&self, mail: &DueMail, finish: &Finish) -> Result<(), StoreError> {
        self.inner.outbox.finish(Finished::new(mail, finish.clone(), self.now())).await
    }
}

/// A mail that is done with, until the lease is another's.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    id: Uuid,
    lease: Uuid,
    finish: Finish,
    at: Millis,
}

/// Writes all of them, within a transaction when somebody is told why nothing comes.
pub(super) async fn save(tx: &impl ConnectionTrait, group: &[Finished]) -> Outcome<()> {
    for one in group {
        if let Some(hold) = one.finish.hold() {
            tell_why(tx, one, hold).await?;
        }
    }
    if !group.is_empty() {
        run(tx, update(group)).await?;
    }
    Ok(())
}

/// The row of attention says why nobody was mailed; it can be mailed again once that ends.
async fn tell_why(tx: &impl ConnectionTrait, one: &Finished, hold: Hold) -> Outcome<()> {
    let text = "update attention set hold_reason = $1, mailed_seq = read_seq, mail_due = null \
                where read_seq < wanted_seq and id = (select attention_id from delivery where id = $2 \
                and lease = $3)";
    run(tx, Sql::with(text, [hold.word().into(), one.id.into(), one.lease.into()])).await?;
    Ok(())
}

/// One statement. A mail that was cancelled while it went out did go out.
fn update(group: &[Finished]) -> Sql {
    let mut sql = Sql::new("with v(id, lease, state, due_at, given_back, code, error, hold, done_at) as (");
    sql.rows_to_find(group.iter().map(Finished::values).collect()).push(
        ") update delivery set state = v.state, due_at = coalesce(v.due_at, delivery.due_at), \
         attempts = delivery.attempts - v.given_back, last_code = v.code, \
         last_error = case when v.state = 'sent' then null else coalesce(v.error, delivery.last_error) end, \
         hold_reason = v.hold, done_at = v.done_at, lease = null, lease_until = null \
         from v where delivery.id = v.id and delivery.lease = v.lease \
         and (delivery.state = 'queued' or v.state = 'sent')",
    );
    sql
}

impl Finish {
    /// Why nobody is mailed.
    const fn hold(&self) -> Option<Hold> {
        match self {
            Self::Held(hold) | Self::Dead { hold, .. } => Some(*hold),
            Self::Sent { .. } | Self::Again { .. } | Self::Cancelled => None,
        }
    }
}

impl Finished {
    pub fn new(mail: &DueMail, finish: Finish, at: Millis) -> Self {
        Self { id: mail.id, lease: mail.lease, finish, at }
    }

    /// Somebody is told why nothing comes.
    pub fn tells(&self) -> bool {
        self.finish.hold().is_some()
    }

    fn values(&self) -> [Value; 9] {
        let (mut code, mut due_at, mut given_back, mut error, mut hold) = (None, None, 0_i64, None, None);
        let state = match &self.finish {
            Finish::Sent { answer } => {
                code.clone_from(answer);
                "sent"
            }
            Finish::Again { at, counts, hold: why_not, why } => {
                (due_at, given_back, error, hold) = (Some(*at), i64::from(!counts), Some(cut(why)), *why_not);
                "queued"
            }
            Finish::Held(why_not) => {
                hold = Some(*why_not);
                "held"
            }
            Finish::Cancelled => "cancelled",
            Finish::Dead { why, hold: why_not } => {
                (error, hold) = (Some(cut(why)), Some(*why_not));
                "dead"
            }
        };
        let done_at = matches!(state, "sent" | "cancelled" | "dead").then_some(self.at);
        [
            self.id.into(),
            self.lease.into(),
            state.into(),
            due_at.into(),
            given_back.into(),
            code.into(),
            error.into(),
            hold.map(Hold::word).into(),
            done_at.into(),
        ]
    }
}

fn cut(text: &str) -> String {
    text.chars().take(ERROR_CHARS_MAX).collect()
}
