//! Forgets what nothing looks at any more, in small steps that hold nobody up.

use protocol::Millis;

use crate::domain::limits::{DRAFT_END_LIFE_MS, DRAFT_LIFE_MS};
use crate::store::sql::{Sql, run};
use crate::store::{Store, StoreError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Mails that went out, or had nothing to tell.
const DONE_KEPT_MS: i64 = 7 * DAY_MS;
/// Mails that were given up: somebody may still ask why.
const DEAD_KEPT_MS: i64 = 30 * DAY_MS;
/// The longest window of a limit is a day.
const ATTEMPTS_KEPT_MS: i64 = 2 * DAY_MS;
/// Longer than the mails that carried them.
const CODES_KEPT_MS: i64 = DEAD_KEPT_MS + DAY_MS;
/// Rows of one statement.
const AT_ONCE_MAX: i64 = 500;

impl Store {
    /// Deletes what is older than it is kept, at most some hundred rows of each. Answers how many.
    pub async fn prune(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let deliveries = |states: &str| {
            format!(
                "delete from delivery where id in (select id from delivery where state in ({states}) and done_at < $1 \
                 limit $2)"
            )
        };
        let drafts = |which: &str| {
            format!(
                "delete from draft where (agent_id, ticket_id, kind) in (select d.agent_id, d.ticket_id, d.kind \
                 from draft d join participant p on p.id = d.agent_id where {which} limit $2)"
            )
        };
        let steps: [(String, Millis); 7] = [
            (deliveries("'sent', 'cancelled'"), now - DONE_KEPT_MS),
            (deliveries("'dead'"), now - DEAD_KEPT_MS),
            (
                "delete from attempt where id in (select id from attempt where at < $1 limit $2)".to_owned(),
                now - ATTEMPTS_KEPT_MS,
            ),
            (
                "delete from access_code where id in (select c.id from access_code c where c.created_at < $1 \
                 and not exists (select 1 from delivery d where d.code_id = c.id) limit $2)"
                    .to_owned(),
                now - CODES_KEPT_MS,
            ),
            (
                "delete from realtime_token where token_digest in (select token_digest from realtime_token \
                 where expires_at < $1 limit $2)"
                    .to_owned(),
                now - DAY_MS,
            ),
            (drafts("d.at < $1"), now - DRAFT_LIFE_MS),
            // What was sent or emptied, and what somebody who has gone was writing.
            (drafts("(d.text = '' and d.at < $1) or p.disabled_at < $1"), now - DRAFT_END_LIFE_MS),
        ];
        let mut gone = 0;
        for (text, before) in steps {
            gone += run(self.db().writes(), Sql::with(text, [before.into(), AT_ONCE_MAX.into()])).await?;
        }
        Ok(gone)
    }
}
