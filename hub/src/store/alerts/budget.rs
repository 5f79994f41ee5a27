//! Budgets for mails to addresses that nobody has confirmed (R-H3): all of a mail's budgets are spent
//! together or none is, and one mail spends them once, however often it is tried.

use protocol::Millis;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::alert::Hold;
use crate::store::db::{commit, one_at_a_time, retrying};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError, Window};

/// One budget that a mail needs.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Of what: the reason that is told when it is spent.
    pub hold: Hold,
    /// Whose: a digest of an address, a domain, nothing for the hub's.
    pub subject: String,
    pub window: Window,
}

impl Budget {
    fn kind(&self) -> String {
        format!("mail.{}", self.hold.word())
    }

    /// The same for every try of a mail.
    fn id(&self, mail: Uuid) -> Uuid {
        let digest = Sha256::new().chain_update(mail.as_bytes()).chain_update(self.kind()).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Uuid::from_bytes(id)
    }
}

impl Store {
    /// Spends all budgets of a mail, or answers which one is used up and when it is free again.
    pub async fn spend(&self, mail: Uuid, budgets: &[Budget]) -> Result<Result<(), (Hold, Millis)>, StoreError> {
        Ok(retrying(|| self.spend_once(mail, budgets)).await?)
    }

    async fn spend_once(&self, mail: Uuid, budgets: &[Budget]) -> Outcome<Result<(), (Hold, Millis)>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        one_at_a_time(&tx, &["mail budgets"]).await?;
        let Some(first) = budgets.first() else { return Ok(Ok(())) };
        if one(&tx, Sql::with("select 1 as spent from attempt where id = $1", [first.id(mail).into()])).await?.is_some()
        {
            return Ok(Ok(()));
        }
        for budget in budgets {
            // The mail that has to leave the window before one more may enter it.
            let text = "select at from attempt where kind = $1 and subject = $2 and at > $3 \
                        order by at desc limit 1 offset $4";
            let Window { since, max } = budget.window;
            let values = [budget.kind().into(), budget.subject.as_str().into(), since.into(), (max - 1).max(0).into()];
            if let Some(row) = one(&tx, Sql::with(text, values)).await? {
                return Ok(Err((budget.hold, row.get::<Millis>("at")? + (now - since))));
            }
        }
        for budget in budgets {
            let text = "delete from attempt where kind = $1 and subject = $2 and at <= $3";
            let old = [budget.kind().into(), budget.subject.as_str().into(), budget.window.since.into()];
            run(&tx, Sql::with(text, old)).await?;
            let text = "insert into attempt (id, site_id, kind, subject, at) values ($1, $2, $3, $4, $5)";
            let row = [
                budget.id(mail).into(),
                self.site().id.0.into(),
                budget.kind().into(),
                budget.subject.as_str().into(),
                now.into(),
            ];
            run(&tx, Sql::with(text, row)).await?;
        }
        commit(tx).await?;
        Ok(Ok(()))
    }
}
