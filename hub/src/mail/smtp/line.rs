//! The stream under lettre's dialogue. It holds the server to the rule that the pool broke: one answer
//! to one command. What comes unasked ends the connection, so that no mail is ever told another's answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::limits::SMTP_ANSWER_LINE_BYTES_MAX;

/// Said once more after STARTTLS: lettre begins a dialogue by reading a greeting, and there is but one.
const GREETING: &[u8] = b"220 \r\n";

#[derive(Debug)]
pub(super) struct Line<S> {
    inner: S,
    peer: SocketAddr,
    /// Read, and not handed on yet.
    ahead: Vec<u8>,
    answer: AnswerEnd,
}

impl<S> Line<S> {
    pub(super) fn new(inner: S, peer: SocketAddr) -> Self {
        Self { inner, peer, ahead: Vec::new(), answer: AnswerEnd::default() }
    }

    /// For a server that has greeted already.
    pub(super) fn greeted(inner: S, peer: SocketAddr) -> Self {
        Self { ahead: GREETING.to_vec(), ..Self::new(inner, peer) }
    }
}

impl<S: AsyncRead + Unpin> Line<S> {
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; 2_048];
        let mut buffer = ReadBuf::new(&mut bytes);
        std::task::ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
        self.ahead.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Before a command goes out nothing may be left to read.
    fn check_silence(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.ahead.is_empty() {
            match self.poll_more(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err(fault(io::ErrorKind::ConnectionAborted, "the server hung up")),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Ready(Ok(_)) => {}
            }
        }
        Err(fault(io::ErrorKind::InvalidData, "the server answered what it was not asked"))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ahead.is_empty() && std::task::ready!(this.poll_more(cx))? == 0 {
            return Poll::Ready(Ok(()));
        }
        // At most one answer: what follows it stays here, and is found before the next command.
        let room = this.ahead.len().min(buffer.remaining());
        let taken = this.answer.within(&this.ahead[..room])?;
        buffer.put_slice(&this.ahead[..taken]);
        this.ahead.drain(..taken);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_silence(cx)?;
        this.answer = AnswerEnd::default();
        Pin::new(&mut this.inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

impl<S> AsyncTokioStream for Line<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

/// Finds where an answer ends: with the first line whose code is not followed by `-` (RFC 5321 4.2.1).
#[derive(Debug, Default)]
struct AnswerEnd {
    /// Bytes of the line under way.
    column: usize,
    goes_on: bool,
}

impl AnswerEnd {
    /// How many of these bytes belong to the answer.
    fn within(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if !self.goes_on => return Ok(at + 1),
                b'\n' => *self = Self::default(),
                _ => {
                    self.goes_on |= self.column == 3 && *byte == b'-';
                    self.column += 1;
                }
            }
            if self.column > SMTP_ANSWER_LINE_BYTES_MAX {
                return Err(fault(io::ErrorKind::InvalidData, "the server's answer has no end"));
            }
        }
        Ok(bytes.len())
    }
}

fn fault(kind: io::ErrorKind, what: &'static str) -> io::Error {
    io::Error::new(kind, what)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 25);

    #[tokio::test]
    async fn one_read_gives_one_answer_and_no_command_follows_a_second_one() {
        let (mut server, ours) = duplex(1_024);
        let mut line = Line::new(ours, PEER);
        server.write_all(b"250-first\r\n250 second\r\n354 unasked\r\n").await.expect("written");
        let mut bytes = [0; 1_024];
        let n = line.read(&mut bytes).await.expect("read");
        assert_eq!(&bytes[..n], b"250-first\r\n250 second\r\n");
        let error = line.write_all(b"RCPT\r\n").await.expect_err("a doubt");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn an_answer_in_pieces_is_whole_and_silence_lets_commands_pass() {
        let (mut server, ours) = duplex(1_024);
        let mut line = Line::greeted(ours, PEER);
        let mut bytes = [0; 1_024];
        let n = line.read(&mut bytes).await.expect("read");
        assert_eq!(&bytes[..n], GREETING);
        line.write_all(b"EHLO\r\n").await.expect("nothing was unasked");
        for (part, expected) in [("25", "25"), ("0-a\r", "0-a\r"), ("\n250 b\r\n", "\n250 b\r\n")] {
            server.write_all(part.as_bytes()).await.expect("written");
            let n = line.read(&mut bytes).await.expect("read");
            assert_eq!(&bytes[..n], expected.as_bytes());
        }
        line.write_all(b"MAIL\r\n").await.expect("nothing was unasked");
        drop(server);
        let error = line.write_all(b"RCPT\r\n").await.expect_err("hung up");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[test]
    fn a_line_has_an_end() {
        assert!(AnswerEnd::default().within(&[b'2'; SMTP_ANSWER_LINE_BYTES_MAX + 1]).is_err());
    }
}
