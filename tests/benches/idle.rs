//! What an idle connection costs: the memory of the built hub with 10,000 signed-in, subscribed sockets
//! beside what it was without them (realtime.md, invariant 24: 8 KB; performance.md: the goal is 5 KB).
//!
//! `make bench` builds the release binary and names it in `HUB_BINARY`. Guests are spread over addresses
//! of 127.0.0.0/8, since the hub lets a hundred connections in from one.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::stream::{self, StreamExt};
use futures_util::{Sink, SinkExt, Stream};
use protocol::TicketId;
use protocol::frame::{ClientFrame, Cursor, SUBPROTOCOL, ServerFrame};
use tests::process::Process;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const SOCKETS: usize = 10_000;
const PER_LOGIN: usize = 10;
const PER_NETWORK: usize = 100;
/// Opened before the measurement, so that what is made once is there.
const WARM: usize = 200;
const AT_ONCE: usize = 64;
/// Invariant 24: beyond it something is wrong.
const ALARM_BYTES: u64 = 8 * 1024;

/// A browser that may open sockets.
struct Guest {
    cookie: String,
    ticket: TicketId,
}

#[tokio::main]
async fn main() {
    let mut process = Process::new(&[
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "1000000"),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000000"),
    ]);
    process.start();
    process.is_ready().await;
    println!("idle process: {} MB", process.resident_bytes() / 1_000_000);
    let guests = guests(&process, (SOCKETS + WARM).div_ceil(PER_LOGIN)).await;
    let (opened, mut came) = mpsc::channel(AT_ONCE);
    let sockets = move |range: std::ops::Range<usize>| {
        let opened = opened.clone();
        let (addr, origin) = (process.site.addr, process.site.origin.clone());
        let doors: Vec<_> =
            range.map(|n| (n, guests[n / PER_LOGIN].cookie.clone(), guests[n / PER_LOGIN].ticket)).collect();
        (process.resident_bytes(), async move {
            stream::iter(doors)
                .for_each_concurrent(AT_ONCE, |(n, cookie, ticket)| {
                    let (opened, origin) = (opened.clone(), origin.clone());
                    async move {
                        let socket = open(addr, &origin, n, &cookie, ticket).await;
                        // Each lives on by itself, and answers what it is asked.
                        tokio::spawn(live(socket));
                        opened.send(()).await.unwrap();
                    }
                })
                .await;
        })
    };
    let count = async |came: &mut mpsc::Receiver<()>, n: usize| {
        for _ in 0..n {
            came.recv().await.unwrap();
        }
    };
    let (_, warm) = sockets(0..WARM);
    tokio::join!(warm, count(&mut came, WARM));
    let (before, rest) = sockets(WARM..WARM + SOCKETS);
    tokio::join!(rest, count(&mut came, SOCKETS));
    let (after, _) = sockets(0..0);
    let each = after.saturating_sub(before) / SOCKETS as u64;
    println!("{SOCKETS} sockets: {} MB before, {} MB after: {each} bytes each", before / 1_000_000, after / 1_000_000);
    assert!(each <= ALARM_BYTES, "more than {ALARM_BYTES} bytes");
}

async fn guests(process: &Process, count: usize) -> Vec<Guest> {
    let open = |n: usize| async move {
        let (guest, ticket) = process.site.guest(&format!("guest{n}@d{n}.example"), "hello").await;
        Guest { cookie: guest.browser.cookie().unwrap(), ticket: ticket.id }
    };
    stream::iter(0..count).map(open).buffered(16).collect().await
}

type Socket = WebSocketStream<TcpStream>;

async fn open(addr: SocketAddr, origin: &str, n: usize, cookie: &str, ticket: TicketId) -> Socket {
    let network = u32::try_from(n / PER_NETWORK).unwrap();
    let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + network);
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let stream = socket.connect(addr).await.unwrap();
    let mut request = format!("ws{}/v1/realtime", origin.strip_prefix("http").unwrap()).into_client_request().unwrap();
    for (name, value) in [("origin", origin), ("cookie", cookie), ("sec-websocket-protocol", SUBPROTOCOL)] {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    let feeds = vec![Cursor { ticket, after: 0 }];
    say(&mut socket, ClientFrame::Hello { token: None, epoch: None, locale: None, feeds }).await;
    loop {
        if let ServerFrame::Sync { .. } = next(&mut socket).await.expect("a frame before the end") {
            return socket;
        }
    }
}

/// Answers pings until the hub goes.
async fn live(mut socket: Socket) {
    while let Some(frame) = next(&mut socket).await {
        if frame == ServerFrame::Ping {
            say(&mut socket, ClientFrame::Pong { active: false }).await;
        }
    }
}

async fn say(socket: &mut (impl Sink<Message, Error = Error> + Unpin), frame: ClientFrame) {
    let text = serde_json::to_string(&frame).unwrap();
    // An error: the hub has gone, and reading says so too.
    let _ = socket.send(Message::Text(text.into())).await;
}

async fn next(socket: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) -> Option<ServerFrame> {
    loop {
        if let Message::Text(text) = socket.next().await?.ok()? {
            return Some(serde_json::from_str(text.as_str()).unwrap());
        }
    }
}
