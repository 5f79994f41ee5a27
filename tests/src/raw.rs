//! Bytes on a TCP connection, for requests that no browser makes.

use std::net::SocketAddr;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::browser::Answer;
use crate::wait::within;

pub struct Raw {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Raw {
    pub async fn connect(addr: SocketAddr) -> Self {
        Self { stream: within("a connection", TcpStream::connect(addr)).await.unwrap(), received: Vec::new() }
    }

    /// Sends bytes; that the other side has closed is found by reading.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("room to write", self.stream.write_all(bytes.as_ref())).await.ok();
    }

    /// Everything until the other side closes.
    pub async fn rest(&mut self) -> String {
        within("the end of the connection", self.stream.read_to_end(&mut self.received)).await.ok();
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// One head of an answer: up to the empty line.
    pub async fn head(&mut self) -> String {
        within("an answer's head", async {
            while !self.received.windows(4).any(|four| four == b"\r\n\r\n") {
                if self.stream.read_buf(&mut self.received).await.unwrap_or(0) == 0 {
                    break;
                }
            }
        })
        .await;
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Has anything come back by now? Never waits.
    pub fn has_answered(&mut self) -> bool {
        self.is_closed() || !self.received.is_empty()
    }

    /// Has the other side closed by now? Never waits.
    pub fn is_closed(&mut self) -> bool {
        let mut buffer = [0; 1024];
        match self.stream.try_read(&mut buffer) {
            Ok(0) => true,
            Ok(count) => {
                self.received.extend(&buffer[..count]);
                false
            }
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// A whole answer's text as the answer that a browser would have.
    pub fn answer(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Answer { status: StatusCode::from_u16(Self::status(text)).unwrap(), headers, body: body.to_owned() }
    }

    /// The status of the last answer, as its first line says.
    pub fn status(answer: &str) -> u16 {
        let line = answer.lines().next().unwrap_or_default();
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }
}
