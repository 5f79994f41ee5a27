//! One socket of a member: frames in and out, and whether they come in their order.

use std::io;

use futures_util::{SinkExt, StreamExt};
use hub::domain::Clock;
use protocol::frame::{ClientFrame, Cursor, ServerFrame};
use protocol::{Millis, TicketId};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use uuid::Uuid;

use crate::socket::{Door, connect};

/// The code of a socket that just went away.
const GONE: u16 = 1006;

/// Why a socket was not welcomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwelcome {
    /// No connection is taken there.
    NobodyThere,
    /// The status of the answer, or the code it was closed with.
    With(u16),
}

pub struct Wire {
    stream: WebSocketStream<TcpStream>,
    /// The code the hub closed with; 1006 when it just went away.
    pub code: u16,
    /// The last number that came of the feed, or where it was joined.
    last_n: i64,
    /// Later ones are live.
    joined_n: i64,
    pub epoch: Option<Uuid>,
    heard_at: Millis,
}

impl Wire {
    /// Opens a socket, joins a feed and waits for the `welcome`.
    ///
    /// # Errors
    /// When nobody listens there, the handshake is refused, or it is closed before.
    pub async fn open(door: &Door, epoch: Option<Uuid>, ticket: TicketId, after: i64) -> Result<Self, Unwelcome> {
        let stream = connect(door, &[]).await.map_err(|error| match error {
            Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Unwelcome::NobodyThere,
            Error::Http(answer) => Unwelcome::With(answer.status().as_u16()),
            _ => Unwelcome::With(GONE),
        })?;
        let mut wire = Self { stream, code: GONE, last_n: after, joined_n: i64::MAX, epoch: None, heard_at: 0 };
        wire.say(ClientFrame::Hello { token: None, epoch, locale: None, feeds: vec![Cursor { ticket, after }] }).await;
        match wire.next().await {
            Some(ServerFrame::Welcome { epoch, .. }) => {
                wire.epoch = Some(epoch);
                Ok(wire)
            }
            None => Err(Unwelcome::With(wire.code)),
            Some(frame) => panic!("the first frame is `welcome`, not {frame:?}"),
        }
    }

    /// The next frame; pings are answered. `None`: it has ended.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            let message = self.stream.next().await;
            self.heard_at = Clock::System.now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(text.as_str()).unwrap();
                    if frame != ServerFrame::Ping {
                        return Some(frame);
                    }
                    self.say(ClientFrame::Pong { active: false }).await;
                }
                Some(Ok(Message::Close(frame))) => {
                    self.code = frame.map_or(1005, |frame| frame.code.into());
                    return None;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// For how long nothing came.
    pub fn silent_ms(&self) -> u64 {
        (Clock::System.now() - self.heard_at).unsigned_abs()
    }

    /// The feed was joined, and is told up to here before it is live.
    pub fn joined(&mut self, from: i64, to: i64) {
        assert_eq!(from, self.last_n + 1, "`sync` begins after the cursor");
        self.joined_n = to;
    }

    /// An event came: the next one, always. Answers whether it came live.
    pub fn is_live(&mut self, n: i64) -> bool {
        assert_eq!(n, self.last_n + 1, "the next number: no hole, no double, no other order");
        self.last_n = n;
        n > self.joined_n
    }

    /// Says good-bye as a page does, and waits for nothing.
    pub async fn close(mut self) {
        // An error: it has gone already.
        let _ = self.stream.close(None).await;
    }

    async fn say(&mut self, frame: ClientFrame) {
        let text = serde_json::to_string(&frame).unwrap();
        // An error: the hub has gone, and reading says so too.
        let _ = self.stream.send(Message::text(text)).await;
    }
}
