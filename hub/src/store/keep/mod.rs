//! The database as a whole, for the command line: looked at and checked beside a running hub or without one,
//! written out row by row, and filled from rows that came from another one.
//!
//! Nothing here stands in a request's way: what is read is read in transactions of its own, and what is filled
//! serves no hub before it is whole.

mod anew;
mod check;
mod doctor;
mod filling;
mod look;
mod rows;
mod tables;

pub use anew::Anew;
pub use check::{AuditFound, Finding, Wrong};
pub use doctor::Looked;
pub use filling::{Filling, Source, TableShape};
pub(super) use filling::{HALF_FILLED, MOVED_AWAY};
pub use look::{About, Look, State};
pub use rows::Rows;
#[cfg(test)]
pub(super) use tables::tables as tables_of;
pub use tables::{Column, Kind, Table};
