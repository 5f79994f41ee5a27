//! What has to be so in any database of a hub, whatever happened to it (R-K19; realtime.md, invariants 3 and 4).
//!
//! Each thing that is looked at belongs to one ticket or is small. So it is read in one state of the database,
//! but not all of it in the same one: a look that lasts for minutes would keep the log of SQLite from being
//! emptied.

mod audit;
mod counts;
mod database;
mod logs;
mod outbox;
mod references;
mod search;
mod tickets;
mod ways;
mod words;

pub use audit::AuditFound;

use protocol::Millis;

use super::Look;
use crate::domain::limits::EXAMPLES_MAX;
use crate::store::StoreError;
use crate::store::fault::{Fault, Outcome};

/// One invariant, and where it does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub invariant: &'static str,
    pub wrong: Wrong,
}

/// The places that are not as they have to be: their number, and some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    pub count: u64,
    pub examples: Vec<String>,
}

impl Wrong {
    pub fn add(&mut self, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(place());
        }
    }

    pub const fn is_none(&self) -> bool {
        self.count == 0
    }

    /// What came of a look. One at data that cannot be read is a finding; one that may succeed later is none.
    fn take<T>(&mut self, looked: Outcome<T>) -> Outcome<Option<T>> {
        match looked {
            Ok(found) => Ok(Some(found)),
            Err(Fault::Failed(why)) => {
                self.add(|| format!("cannot be looked at: {why}"));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn of(looked: Outcome<Self>) -> Outcome<Self> {
        let mut cannot = Self::default();
        Ok(cannot.take(looked)?.unwrap_or(cannot))
    }
}

impl Look {
    /// Looks at every invariant of the database; its schema has to be up to date.
    ///
    /// # Errors
    /// When it cannot answer now. What is broken is found.
    pub async fn check(&self, now: Millis) -> Result<Vec<Finding>, StoreError> {
        // The first line tells what becomes of all others where the file itself is broken.
        let database = Wrong::of(database::check(self).await)?;
        let tickets = tickets::check(self).await?;
        let found = [
            ("database", database),
            ("references", Wrong::of(references::check(self).await)?),
            ("words", Wrong::of(words::check(self).await)?),
            ("counts", Wrong::of(counts::check(self).await)?),
            ("numbers", tickets.numbers),
            ("public numbers", tickets.public_numbers),
            ("client ids", tickets.client_ids),
            ("read marks", tickets.marks),
            ("attachments", tickets.attachments),
            ("logs", tickets.logs),
            ("outbox", Wrong::of(outbox::unknown(self).await)?),
            ("leases", Wrong::of(outbox::endless(self, now).await)?),
            ("merges", Wrong::of(ways::check(self).await)?),
            ("search", Wrong::of(search::check(self).await)?),
            ("audit", Wrong::of(audit::check(self).await)?),
        ];
        Ok(found.into_iter().map(|(invariant, wrong)| Finding { invariant, wrong }).collect())
    }
}
