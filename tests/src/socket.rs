//! A page's websocket: sends frames, reads them into a [`Page`], answers `ping`.
//!
//! Nothing is read in the background: whoever does not wait for something is a page that does not read.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{FutureExt, SinkExt, StreamExt};
use hub::domain::{Clock, ids::new_id};
use protocol::frame::{ClientFrame, Cursor, PostKind, SUBPROTOCOL, ServerFrame};
use protocol::{ClientId, TicketId};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::page::{Page, Refused};
use crate::wait::{LIMIT_MS, within};

/// Where the hub may be gone, a handshake is given up after this.
const TRY_MS: u64 = 3_000;
/// A socket reads so much at once. The library's own buffer would be 128 KiB for each.
const READ_BUFFER_BYTES: usize = 8 * 1024;

/// Where and as whom a socket is opened.
#[derive(Clone, Debug)]
pub struct Door {
    /// Where TCP goes: the hub, or a proxy before it.
    pub addr: SocketAddr,
    /// `http://localhost:port`: the Origin, and the Host.
    pub origin: String,
    pub path: &'static str,
    pub cookie: Option<String>,
    /// The machine it comes from, of 127.0.0.0/8; `None` is the kernel's choice.
    pub from: Option<Ipv4Addr>,
    /// What the kernel keeps for a reader who does not read, in bytes; `None` is its own choice.
    pub receive_buffer: Option<u32>,
}

pub struct Socket {
    pub page: Page,
    door: Door,
    stream: WebSocketStream<TcpStream>,
    /// The code the hub closed with; 1006 when it just went away.
    closed: Option<u16>,
}

impl Socket {
    /// Opens a socket and says `hello` with the page's cursors.
    pub async fn open(door: Door, page: Page) -> Self {
        let mut socket = Self::upgraded(door, page).await;
        socket.hello().await;
        socket.wait("welcome", |page| page.epoch.map(drop)).await;
        socket
    }

    /// The same where the hub may be gone: then the page comes back as it was.
    pub async fn try_open(door: &Door, page: Page) -> Result<Self, Page> {
        match Clock::System.within(TRY_MS, connect(door, &[])).await {
            Some(Ok(stream)) => {
                let mut socket = Self { page, door: door.clone(), stream, closed: None };
                socket.hello().await;
                Ok(socket)
            }
            Some(Err(_)) | None => Err(page),
        }
    }

    /// Opens a socket and says nothing yet.
    pub async fn upgraded(door: Door, page: Page) -> Self {
        let stream = connect(&door, &[]).await.unwrap_or_else(|error| panic!("no socket at {}: {error}", door.path));
        Self { page, door, stream, closed: None }
    }

    /// Says `hello` with what the page knows.
    pub async fn hello(&mut self) {
        let feeds = self.page.cursors();
        let epoch = self.page.epoch;
        self.say(ClientFrame::Hello { token: None, epoch, locale: None, feeds }).await;
    }

    /// A new socket for the same page, as after a cut: resumes from its cursors.
    pub async fn reopened(self) -> Self {
        let Self { page, door, stream, .. } = self;
        drop(stream);
        Self::open(door, page).await
    }

    /// The same page at another door.
    pub async fn through(self, addr: SocketAddr) -> Self {
        let Self { page, door, .. } = self;
        Self::open(Door { addr, ..door }, page).await
    }

    /// Joins a ticket's feed and waits for its `sync`.
    pub async fn subscribe(&mut self, ticket: TicketId, after: i64) {
        self.page.join(ticket, after);
        let syncs = self.page.feed(ticket).syncs;
        self.say(ClientFrame::Subscribe { feeds: vec![Cursor { ticket, after }] }).await;
        self.wait("sync or reset", |page| {
            let feed = page.feed(ticket);
            (feed.syncs > syncs || feed.reset.is_some()).then_some(())
        })
        .await;
    }

    /// Sends a text without waiting for its answer.
    pub async fn send(&mut self, ticket: TicketId, client_id: ClientId, kind: PostKind, text: &str) {
        self.say(ClientFrame::send_text(ticket, client_id, kind, text)).await;
    }

    /// Sends a text and waits until it is acknowledged.
    pub async fn posts(&mut self, ticket: TicketId, kind: PostKind, text: &str) -> i64 {
        let client_id = new_client_id();
        self.send(ticket, client_id, kind, text).await;
        self.is_acknowledged(client_id).await
    }

    /// The number under which something sent is committed.
    pub async fn is_acknowledged(&mut self, client_id: ClientId) -> i64 {
        self.wait("sent", |page| {
            let refused = page.refused.iter().find(|refused| refused.client_id == Some(client_id));
            assert!(refused.is_none(), "refused: {refused:?}");
            page.sent.get(&client_id).copied()
        })
        .await
    }

    /// The same where the connection may end instead: then `None`.
    pub async fn is_acknowledged_or_gone(&mut self, client_id: ClientId) -> Option<i64> {
        within("sent, or a cut", async { while !self.page.sent.contains_key(&client_id) && self.read().await {} })
            .await;
        self.page.sent.get(&client_id).copied()
    }

    /// Reads what has come by now, and waits for nothing more.
    pub async fn read_what_is_there(&mut self) {
        while matches!(self.read().now_or_never(), Some(true)) {}
    }

    /// Whether the hub has closed by now.
    pub async fn has_ended(&mut self) -> Option<()> {
        self.read_what_is_there().await;
        self.closed.map(drop)
    }

    /// The code the hub closed with, once it has.
    pub fn close_code(&self) -> Option<u16> {
        self.closed
    }

    /// Waits until a text is in the feed; answers its number.
    pub async fn sees(&mut self, ticket: TicketId, text: &str) -> i64 {
        self.wait(text, |page| page.feeds.get(&ticket).and_then(|feed| feed.n_of(text))).await
    }

    /// Waits until the feed has been applied up to `n`.
    pub async fn reaches(&mut self, ticket: TicketId, n: i64) {
        let what = format!("event {n}");
        self.wait(&what, |page| page.feeds.get(&ticket).filter(|feed| feed.cursor >= n).map(drop)).await;
    }

    /// Waits until the page's state has an answer.
    pub async fn wait<T>(&mut self, what: &str, mut state: impl FnMut(&Page) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(answer) = state(&self.page) {
                    return answer;
                }
                if !self.read().await {
                    panic!("closed with {:?} while waiting for: {what}\n{:#?}", self.closed, self.page);
                }
            }
        };
        match Clock::System.within(LIMIT_MS, waiting).await {
            Some(answer) => answer,
            None => panic!("after {LIMIT_MS} ms still not: {what}\n{:#?}", self.page),
        }
    }

    /// Reads until the hub closes; answers with which code.
    pub async fn is_closed(&mut self) -> u16 {
        within("a close", async { while self.closed.is_none() && self.read().await {} }).await;
        self.closed.unwrap()
    }

    /// Asks something that is surely answered, and reads up to that answer: everything the hub had
    /// to say before has been applied then.
    pub async fn settle(&mut self) {
        let (nowhere, question) = (new_id(&Clock::System).into(), new_client_id());
        self.send(nowhere, question, PostKind::Reply, "?").await;
        let is_answer = |refused: &Refused| refused.client_id == Some(question);
        self.wait("the answer to a question", |page| page.refused.iter().any(is_answer).then_some(())).await;
        self.page.refused.retain(|refused| !is_answer(refused));
    }

    pub async fn say(&mut self, frame: ClientFrame) {
        self.say_raw(Message::text(serde_json::to_string(&frame).unwrap())).await;
    }

    /// Sends whatever it is. A socket that is gone is found by reading.
    pub async fn say_raw(&mut self, message: Message) {
        if within("room to write", self.stream.send(message)).await.is_err() {
            self.closed.get_or_insert(1006);
        }
    }

    /// Reads one message; `false` at the end.
    pub async fn read(&mut self) -> bool {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                if self.page.apply(&text) == ServerFrame::Ping {
                    self.say(ClientFrame::Pong { active: true }).await;
                }
                true
            }
            Some(Ok(Message::Close(frame))) => {
                self.closed = Some(frame.map_or(1005, |CloseFrame { code, .. }| code.into()));
                false
            }
            Some(Ok(_)) => true,
            Some(Err(_)) | None => {
                self.closed.get_or_insert(1006);
                false
            }
        }
    }
}

/// The handshake with more headers; the error holds the answer when it was refused.
pub async fn connect(door: &Door, headers: &[(&str, &str)]) -> Result<WebSocketStream<TcpStream>, Error> {
    let mut request = format!("{}{}", door.origin.replace("http://", "ws://"), door.path).into_client_request()?;
    let mut set = |name: &str, value: &str| {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    };
    set("origin", &door.origin);
    set("sec-websocket-protocol", SUBPROTOCOL);
    if let Some(cookie) = &door.cookie {
        set("cookie", cookie);
    }
    headers.iter().for_each(|(name, value)| set(name, value));
    // An empty value stands for a header that is left out.
    let empty: Vec<_> = request.headers().iter().filter(|(_, v)| v.is_empty()).map(|(name, _)| name.clone()).collect();
    empty.iter().for_each(|name| drop(request.headers_mut().remove(name)));
    let connecting = async {
        let tcp = TcpSocket::new_v4()?;
        if let Some(bytes) = door.receive_buffer {
            tcp.set_recv_buffer_size(bytes)?;
        }
        if let Some(machine) = door.from {
            tcp.bind((machine, 0).into())?;
        }
        let tcp = tcp.connect(door.addr).await?;
        tcp.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        client_async_with_config(request, tcp, Some(config)).await
    };
    Ok(within("a handshake", connecting).await?.0)
}

/// The status of a handshake that is refused.
pub async fn refused_with(door: &Door, headers: &[(&str, &str)]) -> StatusCode {
    match connect(door, headers).await {
        Err(Error::Http(answer)) => answer.status(),
        Err(error) => panic!("neither accepted nor refused: {error}"),
        Ok(_) => panic!("accepted"),
    }
}

/// A new client id.
pub fn new_client_id() -> ClientId {
    new_id(&Clock::System).into()
}
