//! The tags of a site.

use protocol::SiteId;

use crate::domain::limits::ROWS_MAX;
use crate::domain::tag::fold;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, like_part};
use crate::store::{Store, StoreError};

impl Store {
    /// Tags whose name has `part` in it, the most used first.
    pub async fn tags(&self, site: SiteId, part: &str) -> Result<Vec<String>, StoreError> {
        let mut sql = Sql::new(
            "select g.name from tag g left join ticket_tag u on u.site_id = g.site_id and u.folded = g.folded \
             where g.site_id = ",
        );
        sql.bind(site.0).push(" and g.folded like ").bind(like_part(&fold(part.trim()))).push(" escape '\\'");
        let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
        sql.push(" group by g.folded, g.name order by count(u.ticket_id) desc, g.folded limit ").bind(limit);
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(|row| row.get("name")).collect::<Outcome<_>>()?)
    }
}
