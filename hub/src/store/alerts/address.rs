//! What is known of an address: mails that came back from it, and whether alerts are wanted there.

use protocol::{Millis, ParticipantId, SiteId, TicketId};
use sea_orm::DatabaseTransaction;

use crate::domain::alert::{BOUNCES_MAX, score_now};
use crate::store::db::{commit, one_at_a_time, retrying};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError};

/// How a mail came back, in points (alerts.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounce {
    /// There is no such mailbox.
    Hard,
    /// The mailbox is full.
    Soft,
}

impl Bounce {
    const fn points(self) -> i64 {
        match self {
            Self::Hard => BOUNCES_MAX,
            Self::Soft => 1,
        }
    }
}

impl Store {
    /// Counts a mail that came back. At [`BOUNCES_MAX`] points nothing is sent there any more.
    pub async fn mail_came_back(
        &self,
        site: SiteId,
        canonical: &str,
        bounce: Bounce,
        answer: &str,
    ) -> Result<(), StoreError> {
        Ok(retrying(|| self.came_back_once(site, canonical, bounce, answer)).await?)
    }

    async fn came_back_once(&self, site: SiteId, canonical: &str, bounce: Bounce, answer: &str) -> Outcome<()> {
        let now = self.now();
        let tx = self.db().begin().await?;
        one_at_a_time(&tx, &[&format!("mail address {canonical}")]).await?;
        let score = score(&tx, site, canonical, now).await? + bounce.points();
        let suppressed_at = (score >= BOUNCES_MAX).then_some(now);
        let text = "insert into mail_address (site_id, email_canonical, score, scored_at, suppressed_at, last_answer) \
                    values ($1, $2, $3, $4, $5, $6) on conflict (site_id, email_canonical) do update set \
                    score = excluded.score, scored_at = excluded.scored_at, last_answer = excluded.last_answer, \
                    suppressed_at = coalesce(mail_address.suppressed_at, excluded.suppressed_at)";
        let row = [site.0.into(), canonical.into(), score.into(), now.into(), suppressed_at.into(), answer.into()];
        run(&tx, Sql::with(text, row)).await?;
        commit(tx).await
    }

    /// A person looked at it: the requester's address may be mailed again, and what was held or given
    /// up in this ticket is due now.
    pub async fn try_alerts_again(
        &self,
        site: SiteId,
        ticket: TicketId,
        requester: ParticipantId,
    ) -> Result<(), StoreError> {
        Ok(retrying(|| self.try_again_once(site, ticket, requester)).await?)
    }

    async fn try_again_once(&self, site: SiteId, ticket: TicketId, requester: ParticipantId) -> Outcome<()> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let text = "update attention set hold_reason = null, mail_due = $1, mail_allowed_at = 0, \
                    mailed_seq = read_seq where ticket_id = $2 and recipient_id = $3 and wanted_seq > read_seq \
                    and hold_reason is not null";
        run(&tx, Sql::with(text, [now.into(), ticket.0.into(), requester.0.into()])).await?;
        // An alert comes anew from its attention row; the others stand alone.
        let text = "update delivery set state = 'queued', due_at = $1, attempts = 0, hold_reason = null, \
                    done_at = null, created_at = $1 where ticket_id = $2 and recipient_id = $3 \
                    and attention_id is null and state in ('held', 'dead')";
        run(&tx, Sql::with(text, [now.into(), ticket.0.into(), requester.0.into()])).await?;
        let text = "update mail_address set score = 0, suppressed_at = null, last_answer = null where site_id = $1 \
                    and email_canonical = (select email_canonical from participant where id = $2)";
        run(&tx, Sql::with(text, [site.0.into(), requester.0.into()])).await?;
        commit(tx).await
    }
}

async fn score(tx: &DatabaseTransaction, site: SiteId, canonical: &str, now: Millis) -> Outcome<i64> {
    let text = "select score, scored_at from mail_address where site_id = $1 and email_canonical = $2";
    match one(tx, Sql::with(text, [site.0.into(), canonical.into()])).await? {
        Some(row) => Ok(score_now(row.get("score")?, now - row.get::<Millis>("scored_at")?)),
        None => Ok(0),
    }
}
