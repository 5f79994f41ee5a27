//! The database as a whole, for the command line: looked at and checked beside a running hub or without one.
//!
//! Nothing here stands in a request's way: what is read is read in short transactions of its own.

mod check;
mod look;

pub use check::{Finding, Wrong};
pub use look::Look;
