//! What a new database starts with: its epoch and the one site.

use protocol::SiteId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::SiteRow;
use super::db::{Db, commit};
use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, one, run};
use crate::domain::limits::FIRST_TICKET_NUMBER;
use crate::domain::{Clock, ids};

const TOPICS: &str = include_str!("topics.json");
const SITE_NAME: &str = "Support";

/// The epoch and the site, made if this database has none yet.
pub(super) async fn site(db: &Db, clock: &Clock) -> Outcome<(Uuid, SiteRow)> {
    let tx = db.begin().await?;
    let now = clock.now();
    let meta = "insert into hub_meta (id, epoch, access_version, created_at) values (1, $1, 0, $2) \
                on conflict do nothing";
    // A hub that starts at the same time waits here for the first one's commit.
    if run(&tx, Sql::with(meta, [ids::new_id(clock).into(), now.into()])).await? == 1 {
        let site = "insert into site (id, name, topics, next_number, created_at) values ($1, $2, $3, $4, $5)";
        let row = [ids::new_id(clock).into(), SITE_NAME.into(), TOPICS.into(), FIRST_TICKET_NUMBER.into(), now.into()];
        run(&tx, Sql::with(site, row)).await?;
    }
    let found = read(&tx).await?;
    commit(tx).await?;
    Ok(found)
}

async fn read(db: &impl ConnectionTrait) -> Outcome<(Uuid, SiteRow)> {
    let text = "select m.epoch, s.id, s.name, s.topics from hub_meta m, site s where m.id = 1 \
                order by s.created_at, s.id limit 1";
    let row = one(db, Sql::new(text)).await?.ok_or_else(|| Fault::Failed("the database has no site".to_owned()))?;
    let site = SiteRow { id: row.id::<SiteId>("id")?, name: row.get("name")?, topics: row.json("topics")? };
    Ok((row.get("epoch")?, site))
}
