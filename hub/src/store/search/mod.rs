//! The search over everything an agent may see.
//!
//! `search_entry` has a row for each text that can be found, with its folded words; what is shown of a hit
//! is read from where the text itself stands, so that nothing has to be kept or erased twice. The words are
//! cut by `domain::search`, and the databases only look them up: FTS5 beside the table on SQLite, a
//! `tsvector` in it on Postgres. Rows are written in the transaction of what they are about.

mod entries;
mod fill;
mod find;

pub(super) use entries::{Entry, forget, insert, not_found, rewrite, set_name, set_requester};
pub(super) use fill::{EDITED, fill, of_event, of_ticket};
