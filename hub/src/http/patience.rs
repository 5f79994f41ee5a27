//! A connection's transport with limits on waiting: hyper alone would wait for ever (M-1).
//!
//! Between requests a connection may idle for long; once a request's first byte is there its head must
//! follow soon; an answer that nobody takes ends the connection. A socket that became a websocket has
//! limits of its own.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;

use crate::domain::Clock;
use crate::domain::limits::{ANSWER_BLOCKED_MAX_MS, HEADER_READ_MS, KEEP_ALIVE_IDLE_MS};

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a connection is in the exchange of requests and answers. Shared by transport and service.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Counts up; the remainder by three is the phase, the rest tells one exchange from the next.
    count: Arc<AtomicUsize>,
}

const WAITING: usize = 0;
const READING_HEAD: usize = 1;
const ANSWERING: usize = 2;
const PHASES: usize = 3;

impl Turn {
    pub fn new() -> Self {
        // The first request is awaited like one that has begun.
        Self { count: Arc::new(AtomicUsize::new(READING_HEAD)) }
    }

    /// A request's head was read.
    pub fn answering(&self) {
        self.move_to(ANSWERING);
    }

    /// Its answer is there.
    pub fn answered(&self) {
        self.move_to(WAITING);
    }

    fn first_byte(&self) {
        if self.count.load(Ordering::Relaxed) % PHASES == WAITING {
            self.move_to(READING_HEAD);
        }
    }

    fn move_to(&self, phase: usize) {
        let count = self.count.load(Ordering::Relaxed);
        let steps = (PHASES + phase - count % PHASES) % PHASES;
        // Transport and service of one connection are polled by one task: nothing comes in between.
        self.count.store(count + steps, Ordering::Relaxed);
    }

    /// The exchange and phase, and how long its reads may wait.
    fn limit_ms(&self) -> (usize, Option<u64>) {
        let count = self.count.load(Ordering::Relaxed);
        let limit = match count % PHASES {
            WAITING => Some(KEEP_ALIVE_IDLE_MS),
            READING_HEAD => Some(HEADER_READ_MS),
            // A body has its own limit where it is read; a websocket sees to itself.
            _ => None,
        };
        (count, limit)
    }
}

/// The transport, and its place among the connections there may be.
pub struct Patient<T> {
    inner: T,
    clock: Clock,
    turn: Turn,
    read: Option<(usize, Timer)>,
    write: Option<Timer>,
    _place: OwnedSemaphorePermit,
}

impl<T> Patient<T> {
    pub fn new(inner: T, clock: Clock, turn: Turn, place: OwnedSemaphorePermit) -> Self {
        Self { inner, clock, turn, read: None, write: None, _place: place }
    }

    fn timer(&self, ms: u64) -> Timer {
        let clock = self.clock.clone();
        Box::pin(async move { clock.sleep(ms).await })
    }

    /// Ready when a read has waited for too long.
    fn poll_read_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (turn, limit_ms) = self.turn.limit_ms();
        let Some(limit_ms) = limit_ms else {
            self.read = None;
            return Poll::Pending;
        };
        if self.read.as_ref().is_none_or(|(armed, _)| *armed != turn) {
            self.read = Some((turn, self.timer(limit_ms)));
        }
        match &mut self.read {
            Some((_, timer)) => timer.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    /// Lets a write through, or ends it when it has been blocked for too long.
    fn limit_write<R>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.write = None;
            return written;
        }
        if self.write.is_none() {
            self.write = Some(self.timer(ANSWER_BLOCKED_MAX_MS));
        }
        match &mut self.write {
            Some(timer) => timer.as_mut().poll(cx).map(|()| Err(ErrorKind::TimedOut.into())),
            None => Poll::Pending,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.inner).poll_read(cx, buf) {
            if buf.filled().len() > before {
                self.turn.first_byte();
            }
            return Poll::Ready(read);
        }
        ready!(self.poll_read_limit(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.limit_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.limit_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.limit_write(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.limit_write(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;
    use crate::domain::clock::ManualClock;

    struct Pair {
        far: DuplexStream,
        turn: Turn,
        time: ManualClock,
        reading: JoinHandle<io::Result<usize>>,
    }

    /// A connection that is being read from, in the phase that `before` brings it to.
    async fn reading(before: impl FnOnce(&Turn)) -> Pair {
        let (far, near) = duplex(64);
        let (clock, time) = Clock::manual(0);
        let turn = Turn::new();
        before(&turn);
        let place = Arc::new(Semaphore::new(1)).acquire_owned().await.expect("a place");
        let mut patient = Patient::new(near, clock, turn.clone(), place);
        let reading = tokio::spawn(async move { patient.read(&mut [0; 8]).await });
        yield_now().await;
        Pair { far, turn, time, reading }
    }

    async fn is_over(pair: &mut Pair, after_ms: u64) -> bool {
        pair.time.advance(after_ms);
        for _ in 0..5 {
            yield_now().await;
        }
        pair.reading.is_finished()
    }

    #[tokio::test]
    async fn a_first_request_that_never_comes_ends_after_ten_seconds() {
        let mut pair = reading(|_| {}).await;
        assert!(!is_over(&mut pair, HEADER_READ_MS - 1).await);
        assert!(is_over(&mut pair, 1).await);
        assert!(pair.reading.await.expect("joined").is_err());
    }

    #[tokio::test]
    async fn between_requests_it_may_idle_longer() {
        let mut pair = reading(|turn| {
            turn.answering();
            turn.answered();
        })
        .await;
        assert!(!is_over(&mut pair, KEEP_ALIVE_IDLE_MS - 1).await);
        assert!(is_over(&mut pair, 1).await);
    }

    #[tokio::test]
    async fn while_it_is_answered_there_is_no_limit_on_reading() {
        let mut pair = reading(Turn::answering).await;
        assert!(!is_over(&mut pair, 1_000_000).await);
        pair.far.write_all(b"x").await.expect("written");
        assert!(is_over(&mut pair, 0).await);
    }

    #[tokio::test]
    async fn a_head_that_has_begun_must_follow_soon() {
        let pair = reading(|turn| {
            turn.answering();
            turn.answered();
        })
        .await;
        let Pair { mut far, turn, reading, .. } = pair;
        far.write_all(b"G").await.expect("written");
        assert_eq!(reading.await.expect("joined").expect("read"), 1);
        assert_eq!(turn.limit_ms().1, Some(HEADER_READ_MS));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_ends() {
        let (_far, near) = duplex(4);
        let (clock, time) = Clock::manual(0);
        let place = Arc::new(Semaphore::new(1)).acquire_owned().await.expect("a place");
        let mut patient = Patient::new(near, clock, Turn::new(), place);
        let writing = tokio::spawn(async move { patient.write_all(b"more than fits").await });
        yield_now().await;
        time.advance(ANSWER_BLOCKED_MAX_MS);
        assert_eq!(writing.await.expect("joined").map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
    }
}
