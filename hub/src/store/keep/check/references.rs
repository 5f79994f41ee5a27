//! References that no key of the database holds: each leads to a row that is there.

use super::Wrong;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// Which column of which table refers to which table, and of which rows only.
const REFERENCES: [(&str, &str, &str, &str); 12] = [
    ("participant", "ticket_id", "ticket", ""),
    ("login_grant", "ticket_id", "ticket", ""),
    ("access_code", "ticket_id", "ticket", ""),
    // What time brings has no author.
    ("event", "author_id", "participant", " and h.side <> 'system'"),
    ("attachment", "uploader_id", "participant", ""),
    ("attention", "ticket_id", "ticket", ""),
    ("attention", "recipient_id", "participant", ""),
    // A ticket without a team is the whole site's.
    ("attention", "team_id", "team", " and not exists (select 1 from site s where s.id = h.team_id)"),
    ("delivery", "ticket_id", "ticket", ""),
    ("delivery", "recipient_id", "participant", ""),
    ("delivery", "attention_id", "attention", ""),
    ("delivery", "login_id", "login", ""),
];

pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    for (holder, column, to, only) in REFERENCES {
        let text = format!(
            "select count(*) as n from {holder} h where h.{column} is not null{only} \
             and not exists (select 1 from {to} r where r.id = h.{column})"
        );
        for row in all_patiently(look.reads(), Sql::new(text)).await? {
            let n: i64 = row.get("n")?;
            if n > 0 {
                wrong.add(|| format!("{n} rows of {holder} refer by {column} to rows of {to} that are not there"));
            }
        }
    }
    Ok(wrong)
}
