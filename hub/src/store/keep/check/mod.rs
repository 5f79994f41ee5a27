//! What has to be so in any database of a hub, whatever happened to it (R-K19; realtime.md, invariants 3 and 4).
//!
//! Each thing that is looked at belongs to one ticket or is small. So it is read in one state of the database,
//! but not all of it in the same one: a look that lasts for minutes would keep the log of SQLite from being
//! emptied.

mod audit;
mod database;
mod outbox;
mod search;
mod tickets;
mod ways;

pub use audit::AuditFound;

use super::Look;
use crate::domain::limits::EXAMPLES_MAX;
use crate::store::StoreError;

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
}

impl Look {
    /// Looks at every invariant of the database; its schema has to be up to date.
    pub async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        let tickets = tickets::check(self).await?;
        let (outbox, leases) = outbox::check(self).await?;
        let found = [
            ("database", database::check(self).await?),
            ("numbers", tickets.numbers),
            ("public numbers", tickets.public_numbers),
            ("client ids", tickets.client_ids),
            ("read marks", tickets.marks),
            ("attachments", tickets.attachments),
            ("outbox", outbox),
            ("leases", leases),
            ("merges", ways::check(self).await?),
            ("search", search::check(self).await?),
            ("audit", audit::check(self).await?),
        ];
        Ok(found.into_iter().map(|(invariant, wrong)| Finding { invariant, wrong }).collect())
    }
}
