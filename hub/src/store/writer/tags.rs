//! Tags in the database: how a site spells them, and which tickets have them.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::decide::Decision;
use super::load::Loaded;
use super::{Act, Append};
use crate::domain::tag;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, run};

/// How the sites of these acts spell the tags that are given.
pub(super) async fn read(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let given = appends.iter().filter_map(|append| match &append.act {
        Act::Tag { add, .. } => Some((append.site, add)),
        _ => None,
    });
    let keys: Vec<[Value; 2]> =
        given.flat_map(|(site, add)| add.iter().map(move |tag| [site.0.into(), tag.folded().into()])).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with k(site_id, folded) as (");
    sql.rows_to_find(keys).push(
        ") select g.site_id, g.folded, g.name from k join tag g on g.site_id = k.site_id and g.folded = k.folded",
    );
    for row in all(tx, sql).await? {
        loaded.tags.insert((row.id("site_id")?, row.get("folded")?), row.get("name")?);
    }
    Ok(())
}

pub(super) async fn save(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    if decision.tagged.is_empty() {
        return Ok(());
    }
    // In the order of their keys, so that two nodes that make the same ones never wait for each other.
    let mut names: BTreeMap<(uuid::Uuid, String), &str> = BTreeMap::new();
    let mut had: Vec<[Value; 3]> = Vec::new();
    for ticket in &decision.tagged {
        let row = decision.ticket(*ticket);
        for name in &row.agent.tags {
            names.insert((row.site.0, tag::fold(name)), name);
            had.push([ticket.0.into(), row.site.0.into(), tag::fold(name).into()]);
        }
    }
    let mut sql = Sql::new("delete from ticket_tag where ticket_id ");
    sql.one_of(tx.get_database_backend(), decision.tagged.iter().map(|ticket| ticket.0));
    run(tx, sql).await?;
    if had.is_empty() {
        return Ok(());
    }
    let rows = names
        .into_iter()
        .map(|((site, folded), name)| -> [Value; 4] { [site.into(), folded.into(), name.into(), now.into()] });
    let mut sql = Sql::insert("tag (site_id, folded, name, created_at)", rows.collect());
    sql.push(" on conflict (site_id, folded) do nothing");
    run(tx, sql).await?;
    run(tx, Sql::insert("ticket_tag (ticket_id, site_id, folded)", had)).await?;
    Ok(())
}
