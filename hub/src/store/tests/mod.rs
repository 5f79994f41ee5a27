//! The store's tests: each runs on SQLite and on a real Postgres.

#![allow(clippy::unwrap_used, reason = "tests")]

mod arming;
mod audit;
mod batches;
pub(crate) mod bench;
mod breaches;
mod check;
mod continuing;
mod continuing_many;
mod continuing_rights;
mod cuts;
mod drafts;
mod files;
mod folding;
mod keep;
mod links;
mod lists;
mod macros;
mod marks;
mod mentions;
mod merging;
mod older;
mod outbox;
mod people;
mod privacy;
mod races;
mod saved;
mod search;
mod search_many;
mod signing;
mod triage;
mod trouble;
mod writing;

/// Makes two tests of each function: `name::sqlite` and `name::postgres`. After each everything is
/// checked as `hub check` does it, and the store is closed.
macro_rules! on_both {
    ($($name:ident,)+) => {$(
        mod $name {
            use crate::store::tests::bench::Bench;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let bench = Bench::sqlite().await;
                super::$name(&bench).await;
                bench.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let bench = Bench::postgres().await;
                super::$name(&bench).await;
                bench.finish().await;
            }
        }
    )+};
}
pub(crate) use on_both;
