//! Deliveries: mails that wait to be sent, each under one identity for all its tries.

use protocol::{LoginId, Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use crate::store::fault::Outcome;
use crate::store::sql::{Sql, run};

/// Every kind and every state of a delivery.
pub(in crate::store) const KINDS: [&str; 8] = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"];
pub(in crate::store) const STATES: [&str; 5] = ["queued", "held", "sent", "dead", "cancelled"];

/// A mail that is to be sent. Several kinds stand alone; an alert has its attention row.
#[derive(Clone, Debug)]
pub(in crate::store) struct NewDelivery {
    pub id: Uuid,
    pub site: SiteId,
    /// `m1` … `m8` (alerts.md 3.6).
    pub kind: &'static str,
    pub attention: Option<Uuid>,
    pub ticket: Option<TicketId>,
    pub recipient: Option<ParticipantId>,
    pub code: Option<Uuid>,
    /// The browser a mail speaks of.
    pub login: Option<LoginId>,
    /// The last number that an alert is about, in the recipient's numbering.
    pub cover_seq: Option<i64>,
    /// Unique: the same mail is queued once, however often that is tried.
    pub identity: String,
    pub due_at: Millis,
    pub now: Millis,
}

/// Queues a mail, in the transaction of what it tells. The same identity again changes nothing,
/// unless that mail was held or given up: then it is due anew.
pub(in crate::store) async fn queue(db: &impl ConnectionTrait, new: NewDelivery) -> Outcome<()> {
    queue_all(db, vec![new]).await
}

/// The same for several, whose identities differ.
pub(in crate::store) async fn queue_all(db: &impl ConnectionTrait, new: Vec<NewDelivery>) -> Outcome<()> {
    if new.is_empty() {
        return Ok(());
    }
    let into = "delivery (id, site_id, kind, channel, attention_id, ticket_id, recipient_id, code_id, login_id, \
                cover_seq, identity, due_at, attempts, state, created_at)";
    let mut sql = Sql::insert(into, new.into_iter().map(NewDelivery::values).collect());
    sql.push(
        " on conflict (identity) do update set state = 'queued', due_at = excluded.due_at, attempts = 0, \
         hold_reason = null, done_at = null, created_at = excluded.created_at \
         where delivery.state in ('held', 'dead')",
    );
    run(db, sql).await?;
    Ok(())
}

impl NewDelivery {
    fn values(self) -> [Value; 15] {
        [
            self.id.into(),
            self.site.0.into(),
            self.kind.into(),
            "mail".into(),
            self.attention.into(),
            self.ticket.map(|ticket| ticket.0).into(),
            self.recipient.map(|recipient| recipient.0).into(),
            self.code.into(),
            self.login.map(|login| login.0).into(),
            self.cover_seq.into(),
            self.identity.into(),
            self.due_at.into(),
            0_i64.into(),
            "queued".into(),
            self.now.into(),
        ]
    }
}
