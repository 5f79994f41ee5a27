//! What goes out to people who are away.
//!
//! `attention` decides about rows whose mail is due, and queues deliveries; `outbox` claims what is
//! queued and sends it. Each step is a transaction, each worker may die at any point, and every node
//! runs them: rows are leased. Knows the store's rows and the mails' letters; nothing of sockets or HTTP.

mod attention;
mod letter;
mod outbox;
mod retry;
#[cfg(test)]
pub(crate) mod tests;
mod traffic;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Hub;
use crate::mail::Mailer;
use crate::store::alerts::Lane;
pub use attention::settle;
pub use outbox::Outbox;
use traffic::Traffic;

/// Starts the workers: one that looks at attention, one for codes, `workers` for everything else.
pub fn start(hub: &Hub, mailer: &Mailer, workers: u32, tasks: &TaskTracker, stop: &CancellationToken) {
    tasks.spawn(attention::run(hub.clone(), stop.clone()));
    let traffic = Arc::new(Traffic::new(hub.settings.alerts.mails_per_s, hub.settings.alerts.mails_per_domain_s));
    let lanes = [Lane::Codes].into_iter().chain((0..workers).map(|_| Lane::Alerts));
    for lane in lanes {
        let outbox = Outbox::new(hub.clone(), mailer, lane, Arc::clone(&traffic), stop.clone());
        tasks.spawn(outbox.run());
    }
}
