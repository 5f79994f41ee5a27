//! What is counted beside the rows: the next number of a ticket, and the bytes of a site's files.

use uuid::Uuid;

use super::Wrong;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    let text = "select s.id, s.next_number, (select max(t.number) from ticket t where t.site_id = s.id) as top, \
                coalesce((select f.bytes from file_space f where f.site_id = s.id), 0) as counted, \
                (select cast(coalesce(sum(a.bytes + coalesce(a.preview_bytes, 0)), 0) as bigint) from attachment a \
                where a.site_id = s.id and a.state <> 'gone') as taken from site s order by s.id";
    for row in all_patiently(look.reads(), Sql::new(text)).await? {
        let (site, next): (Uuid, i64) = (row.get("id")?, row.get("next_number")?);
        if let Some(top) = row.get::<Option<i64>>("top")?.filter(|top| *top >= next) {
            wrong.add(|| format!("the site {site} gives the number {next} next, and has a ticket {top}"));
        }
        let (counted, taken): (i64, i64) = (row.get("counted")?, row.get("taken")?);
        if counted != taken {
            wrong.add(|| format!("the site {site} counts {counted} bytes of files, and {taken} are taken"));
        }
    }
    Ok(wrong)
}
