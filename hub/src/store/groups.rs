//! Takes what waits in a queue in groups: whatever came while the last one was served, with no timer.
//! The task of the log's writer and those of the outbox begin each round here.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(super) struct Groups<T> {
    queued: mpsc::Receiver<T>,
    max: usize,
    /// From then on nothing more is taken in; what is queued is still handed out.
    stop: CancellationToken,
}

impl<T> Groups<T> {
    pub const fn new(queued: mpsc::Receiver<T>, max: usize, stop: CancellationToken) -> Self {
        Self { queued, max, stop }
    }

    /// Adds what came since, without waiting.
    pub fn add(&mut self, group: &mut Vec<T>) {
        while group.len() < self.max
            && let Ok(one) = self.queued.try_recv()
        {
            group.push(one);
        }
    }

    /// Waits for the next group and puts it into `group`; false when there will be none.
    pub async fn next(&mut self, group: &mut Vec<T>) -> bool {
        loop {
            // Both branches are cancel-safe: `recv_many` that is dropped has taken nothing.
            tokio::select! {
                taken = self.queued.recv_many(group, self.max) => return taken > 0,
                () = self.stop.cancelled(), if !self.queued.is_closed() => self.queued.close(),
            }
        }
    }
}
