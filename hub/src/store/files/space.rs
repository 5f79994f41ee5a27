//! How much room files take, counted under one lock per site (R-F8).

use protocol::{Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, one, run};

/// Takes the site's lock and says how many bytes are taken. Before every other row that the transaction
/// changes, so that two of them cannot wait for each other.
pub(super) async fn hold(tx: &DatabaseTransaction, site: SiteId) -> Outcome<i64> {
    let text = "insert into file_space (site_id, bytes) values ($1, 0) on conflict (site_id) do nothing";
    run(tx, Sql::with(text, [site.0.into()])).await?;
    let mut sql = Sql::new("select bytes from file_space where site_id = ");
    sql.bind(site.0);
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for no key update");
    }
    let row = one(tx, sql).await?.ok_or_else(|| Fault::Failed("a site has no space".to_owned()))?;
    row.get("bytes")
}

/// Takes bytes, or gives them back when they are fewer than none.
pub(super) async fn take(tx: &DatabaseTransaction, site: SiteId, bytes: i64) -> Outcome<()> {
    let text = "update file_space set bytes = bytes + $1 where site_id = $2";
    run(tx, Sql::with(text, [bytes.into(), site.0.into()])).await?;
    Ok(())
}

/// Bytes of a ticket's files that are kept or set aside.
pub(super) async fn of_ticket(tx: &DatabaseTransaction, ticket: TicketId) -> Outcome<i64> {
    let text = "select cast(coalesce(sum(bytes + coalesce(preview_bytes, 0)), 0) as bigint) as taken \
                from attachment where ticket_id = $1 and state <> 'gone'";
    let row = one(tx, Sql::with(text, [ticket.0.into()])).await?;
    row.map_or(Ok(0), |row| row.get("taken"))
}

/// Bytes that a person sent since then, whatever became of them, and when the first of them came.
pub(super) async fn of_person(
    tx: &DatabaseTransaction,
    person: ParticipantId,
    since: Millis,
) -> Outcome<(i64, Option<Millis>)> {
    let text = "select cast(coalesce(sum(bytes), 0) as bigint) as sent, min(created_at) as first_at \
                from attachment where uploader_id = $1 and created_at > $2";
    match one(tx, Sql::with(text, [person.0.into(), since.into()])).await? {
        None => Ok((0, None)),
        Some(row) => Ok((row.get("sent")?, row.get("first_at")?)),
    }
}
