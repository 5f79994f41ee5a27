//! A body that is a file: taken in parts, for as long as it keeps coming (R-E10, R-F1).
//!
//! A slow line may take its time; a sender that is silent, or slower than any line, is let go. The time
//! that the hub itself takes to put bytes away is not counted.

use axum::body::{Body, Bytes};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use protocol::ErrorCode;

use crate::domain::limits::{
    UPLOAD_BYTES_PER_S_MIN, UPLOAD_DRAIN_BYTES_MAX, UPLOAD_DRAIN_MS, UPLOAD_GRACE_MS, UPLOAD_STALLED_MAX_MS,
};
use crate::domain::{Clock, Refusal};

type Parts = BoxStream<'static, Result<Bytes, axum::Error>>;

struct Arriving {
    parts: Parts,
    clock: Clock,
    waited_ms: u64,
    received: u64,
    is_over: bool,
}

/// The parts of a body. After a refusal nothing follows.
pub fn arriving(body: Body, clock: Clock) -> impl Stream<Item = Result<Bytes, Refusal>> + Send + Unpin + 'static {
    let parts = body.into_data_stream().boxed();
    let arriving = Arriving { parts, clock, waited_ms: 0, received: 0, is_over: false };
    stream::unfold(arriving, |mut arriving| async move {
        let next = arriving.next().await;
        arriving.is_over = !matches!(next, Some(Ok(_)));
        Some((next?, arriving))
    })
    .boxed()
}

impl Arriving {
    async fn next(&mut self) -> Option<Result<Bytes, Refusal>> {
        if self.is_over {
            return None;
        }
        let began = self.clock.now();
        let next = self.clock.within(UPLOAD_STALLED_MAX_MS, self.parts.next()).await;
        self.waited_ms += u64::try_from(self.clock.now() - began).unwrap_or_default();
        match next {
            Some(Some(Ok(bytes))) => {
                self.received += bytes.len() as u64;
                Some(if self.is_too_slow() { Err(Refusal::new(ErrorCode::Malformed)) } else { Ok(bytes) })
            }
            Some(None) => None,
            // The sender went away half-way, or says nothing.
            Some(Some(Err(_))) | None => Some(Err(Refusal::new(ErrorCode::Malformed))),
        }
    }

    fn is_too_slow(&self) -> bool {
        self.waited_ms > UPLOAD_GRACE_MS && self.received < self.waited_ms / 1000 * UPLOAD_BYTES_PER_S_MIN
    }
}

/// Nobody wants the rest: it was refused.
impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.is_over {
            let parts = std::mem::replace(&mut self.parts, stream::empty().boxed());
            let clock = self.clock.clone();
            // Ends by itself, soon, and the connection that it belongs to is waited for.
            tokio::spawn(async move { clock.within(UPLOAD_DRAIN_MS, drain(parts)).await });
        }
    }
}

async fn drain(mut parts: Parts) {
    let mut drained = 0;
    while let Some(Ok(bytes)) = parts.next().await {
        drained += bytes.len() as u64;
        if drained > UPLOAD_DRAIN_BYTES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of this size, one each `every_ms`; answers how many bytes came before the end or a refusal.
    async fn sent(part: usize, every_ms: u64, parts: usize) -> Result<usize, ErrorCode> {
        let (clock, hand) = Clock::manual(0);
        let ticking = hand.clone();
        let body = Body::from_stream(stream::iter(0..parts).map(move |_| {
            ticking.advance(every_ms);
            Ok::<_, std::io::Error>(vec![b'x'; part])
        }));
        let mut arriving = arriving(body, clock);
        let mut received = 0;
        while let Some(part) = arriving.next().await {
            received += part.map_err(|refusal| refusal.code)?.len();
        }
        Ok(received)
    }

    #[tokio::test]
    async fn a_slow_line_is_waited_for_and_a_trickle_is_not() {
        // 25 MiB at 8 KiB a second: almost an hour.
        assert_eq!(sent(32 * 1024, 4_000, 800).await, Ok(25 * 1024 * 1024));
        assert_eq!(sent(100, 1_000, 1_000).await, Err(ErrorCode::Malformed));
        // A beginning may be slow.
        assert_eq!(sent(100, 1_000, 25).await, Ok(2_500));
    }

    #[tokio::test]
    async fn a_sender_that_is_silent_is_let_go() {
        let (clock, hand) = Clock::manual(0);
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let mut arriving = arriving(body, clock);
        let waiting = tokio::spawn(async move { arriving.next().await });
        tokio::task::yield_now().await;
        hand.advance(UPLOAD_STALLED_MAX_MS);
        let ended = waiting.await.expect("joined").expect("an answer");
        assert_eq!(ended.map_err(|refusal| refusal.code), Err(ErrorCode::Malformed));
    }
}
