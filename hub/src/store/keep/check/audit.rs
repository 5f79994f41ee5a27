//! The chain of the audit, from its first row to its end (R-J3): no row was edited, removed or put in.

use sea_orm::QueryResult;
use uuid::Uuid;

use super::Wrong;
use crate::domain::audit::{AuditRow, BEGINNING, Hash, link};
use crate::domain::limits::{AUDIT_LATE_MS, AUDIT_ROWS_AT_ONCE_MAX, EXAMPLES_MAX};
use crate::store::StoreError;
use crate::store::audit::{Head, ROW, read, read_hash};
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// What became of looking at the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFound {
    /// Rows that are as they were chained, from the first one on.
    pub whole: i64,
    /// Not chained yet, which is no fault.
    pub waiting: i64,
    /// Where the chain ends; `None` while nothing is chained.
    pub head: Option<Head>,
    /// The first place that is not as it was.
    pub wrong: Option<String>,
    /// Rows that say they are much older than the one before them: their number, and some. They were put in later,
    /// or a clock was wrong.
    pub late: u64,
    pub late_examples: Vec<Uuid>,
}

/// How the chain stands when the look begins. What comes later is behind it.
struct Standing {
    head: Option<Head>,
    /// Of the row with the greatest number.
    top: i64,
    waiting: i64,
}

pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    if let Some(said) = walk(look, None).await?.wrong {
        wrong.add(|| said);
    }
    Ok(wrong)
}

impl Look {
    /// Reads the whole chain. `known` is an end that was told once: the row of that number has to have that hash.
    pub async fn check_audit(&self, known: Option<Head>) -> Result<AuditFound, StoreError> {
        Ok(walk(self, known).await?)
    }
}

async fn walk(look: &Look, known: Option<Head>) -> Outcome<AuditFound> {
    let standing = standing(look).await?;
    let mut found = AuditFound { waiting: standing.waiting, head: standing.head, ..AuditFound::default() };
    let end = standing.head.unwrap_or(Head { n: 0, hash: BEGINNING });
    let (mut hash, mut at) = (BEGINNING, None);
    while found.wrong.is_none() && found.whole < end.n {
        // What is chained stays as it is: each stretch may be read by itself.
        let text = format!(
            "select chain_n, hash, {ROW} from audit where chain_n > $1 and chain_n <= $2 \
                            order by chain_n limit $3"
        );
        let values = [found.whole.into(), end.n.into(), AUDIT_ROWS_AT_ONCE_MAX.cast_signed().into()];
        let rows = all_patiently(look.reads(), Sql::with(text, values)).await?;
        if rows.is_empty() {
            found.wrong = Some(gone(found.whole + 1, end.n, "the newest of them"));
        }
        for row in &rows {
            let n = found.whole + 1;
            match follows(&hash, n, row)? {
                Ok((next, row)) => {
                    if at.is_some_and(|at| row.at < at - AUDIT_LATE_MS) {
                        found.add_late(row.id);
                    }
                    (hash, at, found.whole) = (next, Some(row.at), n);
                }
                Err(said) => {
                    found.wrong = Some(said);
                    break;
                }
            }
            if let Some(known) = known.filter(|known| known.n == n && known.hash != hash) {
                found.wrong = Some(format!("the chain was made anew: the row {} had another hash once", known.n));
                break;
            }
        }
    }
    if found.wrong.is_none() {
        found.wrong = wrong_end(&standing, &end, &hash, known);
    }
    Ok(found)
}

impl AuditFound {
    fn add_late(&mut self, id: Uuid) {
        self.late += 1;
        if self.late_examples.len() < EXAMPLES_MAX {
            self.late_examples.push(id);
        }
    }
}

/// In one statement, so that no row is chained in between.
async fn standing(look: &Look) -> Outcome<Standing> {
    let text = "select (select coalesce(max(chain_n), 0) from audit) as top, \
                (select count(*) from audit where chain_n is null) as waiting, \
                (select chain_n from audit_head where id = 1) as end_n, (select hash from audit_head where id = 1) as hash";
    let rows = all_patiently(look.reads(), Sql::new(text)).await?;
    let Some(row) = rows.first() else { return Ok(Standing { head: None, top: 0, waiting: 0 }) };
    let head = row.get::<Option<i64>>("end_n")?.zip(read_hash(row, "hash")?);
    let head = head.map(|(n, hash)| Head { n, hash });
    Ok(Standing { head, top: row.get("top")?, waiting: row.get("waiting")? })
}

/// Whether this row is the one with the number `n`, as it was chained: then its hash. Else what is wrong.
fn follows(before: &Hash, n: i64, row: &QueryResult) -> Outcome<Result<(Hash, AuditRow), String>> {
    let (found_n, hash): (i64, _) = (row.get("chain_n")?, read_hash(row, "hash")?);
    if found_n > n {
        return Ok(Err(gone(n, found_n - 1, "before others")));
    }
    let values = read(row)?;
    let next = link(before, n, &values);
    Ok(match hash {
        Some(hash) if hash == next => Ok((next, values)),
        _ => Err(format!("the row {n} (id {}, {} at {}) was edited, or put in", values.id, values.act, values.at)),
    })
}

fn gone(from: i64, to: i64, where_: &str) -> String {
    match from == to {
        true => format!("the row {from}, {where_}, was removed"),
        false => format!("the rows {from} to {to}, {where_}, were removed"),
    }
}

/// What is wrong behind the last row.
fn wrong_end(standing: &Standing, end: &Head, hash: &Hash, known: Option<Head>) -> Option<String> {
    if standing.top > end.n {
        return Some(match standing.head {
            Some(_) => format!("rows were put in behind the chain's end, up to {}", standing.top),
            None => "the chain's end (audit_head) was removed".to_owned(),
        });
    }
    if *hash != end.hash {
        return Some("the chain's end (audit_head) was edited".to_owned());
    }
    let known = known.filter(|known| known.n > end.n)?;
    Some(gone(end.n + 1, known.n, "the newest of them"))
}
