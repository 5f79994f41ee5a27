//! The bus of a single node: a bounded channel inside the process.

use tokio::sync::broadcast;

use super::Signal;

/// Signals that wait for the slowest reader; older ones are dropped, and the reader is told.
const WAITING_MAX: usize = 4_096;

#[derive(Clone, Debug)]
pub struct LocalBus {
    signals: broadcast::Sender<Signal>,
}

impl LocalBus {
    pub(super) fn new() -> Self {
        Self { signals: broadcast::Sender::new(WAITING_MAX) }
    }

    pub(super) fn publish(&self, signal: Signal) {
        // An error means that nobody listens, which is no loss.
        let _ = self.signals.send(signal);
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }
}
