//! What a request gets that hyper could not read: hyper answers by itself, with a bare status, and has no
//! hook for it. This transport stands below hyper, knows such an answer by its lack of a request id, which
//! every answer of ours has, and writes one of ours in its place (R-G2, R-I7). hyper then closes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::StatusCode;
use protocol::ErrorCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::envelope;
use crate::domain::limits::HEADER_BYTES_MAX;
use crate::domain::{Clock, Refusal};

/// A transport whose bare answers are replaced.
pub struct Dressed<T> {
    inner: T,
    clock: Clock,
    is_https: bool,
    /// What is still to be written instead of a bare answer.
    ours: Vec<u8>,
}

impl<T: AsyncWrite + Unpin> Dressed<T> {
    pub fn new(inner: T, clock: Clock, is_https: bool) -> Self {
        Self { inner, clock, is_https, ours: Vec::new() }
    }

    /// Writes our answer to its end, and only then takes the bare one as written.
    fn poll_ours(&mut self, cx: &mut Context<'_>, bare: &[u8]) -> Poll<io::Result<usize>> {
        while !self.ours.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.ours))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.ours.drain(..written);
        }
        Poll::Ready(Ok(bare.len()))
    }

    /// hyper's own answer among what it writes, as a refusal of ours.
    fn takes_over(&mut self, bytes: &[u8]) -> bool {
        if self.ours.is_empty()
            && let Some(refusal) = bare(bytes)
        {
            self.ours = envelope::unread(refusal, &self.clock, self.is_https);
        }
        !self.ours.is_empty()
    }
}

/// Why hyper refused, if this is its own answer. Its head is written at once, alone.
fn bare(bytes: &[u8]) -> Option<Refusal> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let refusal = match StatusCode::from_bytes(status).ok()? {
        StatusCode::BAD_REQUEST => Refusal::new(ErrorCode::Malformed),
        StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            Refusal::new(ErrorCode::TooLarge).with_limit(HEADER_BYTES_MAX as u64)
        }
        _ => return None,
    };
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    (!head.contains("\r\n\r\n") && !head.contains(envelope::REQUEST_ID)).then_some(refusal)
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Dressed<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.takes_over(bytes) {
            true => self.poll_ours(cx, bytes),
            false => Pin::new(&mut self.inner).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match bytes {
            [alone] if self.takes_over(alone) => self.poll_ours(cx, alone),
            _ => Pin::new(&mut self.inner).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Dressed<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_answer_is_taken_for_one() {
        let code = |head: &str| bare(head.as_bytes()).map(|refusal| refusal.code);
        assert_eq!(code("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"), Some(ErrorCode::Malformed));
        assert_eq!(code("HTTP/1.1 431 x\r\nconnection: close\r\n\r\n"), Some(ErrorCode::TooLarge));
        assert_eq!(code("HTTP/1.1 414 x\r\n\r\n"), Some(ErrorCode::TooLarge));
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\n\r\n{}\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "a websocket's frame",
            "",
        ] {
            assert_eq!(code(other), None, "{other:?}");
        }
    }
}
