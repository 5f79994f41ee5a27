//! The accept loop: several listeners, one router, limits that axum's own loop lacks (M-1).
//!
//! HTTP/1.1 alone: pages behind a proxy get HTTP/2 from it, and websockets need HTTP/1.1 here.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::inputs::Peer;
use super::patience::{Patient, Turn};
use super::unread::Dressed;
use crate::domain::Clock;
use crate::domain::limits::{HEADER_BYTES_MAX, KEEP_ALIVE_IDLE_MS, UNSENT_BYTES_MAX};

/// Connections that wait to be accepted, per listener: a storm of reconnections.
const BACKLOG: i32 = 4_096;
/// Without file descriptors, accepting again at once would only spin.
const ACCEPT_RETRY_MS: u64 = 100;
/// A peer that vanished without a word is found out by the kernel.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// Opens a listening socket.
///
/// # Errors
/// When the address is taken, is not this machine's, or must not be used.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A hub that starts again takes its port back at once.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // So that [::]:8080 and 0.0.0.0:8080 stand side by side everywhere.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// What is served, and to how many.
pub struct Served {
    pub router: Router,
    pub connections_max: usize,
    /// The public origin is reached by TLS.
    pub is_https: bool,
}

/// Serves until `stop`, then accepts no more, lets what is under way finish, and returns.
pub async fn serve(listeners: Vec<TcpListener>, served: Served, clock: Clock, stop: CancellationToken) {
    let server = Server {
        router: served.router,
        is_https: served.is_https,
        clock,
        places: Arc::new(Semaphore::new(served.connections_max)),
        connections: TaskTracker::new(),
        stop,
    };
    futures_util::future::join_all(listeners.into_iter().map(|listener| server.accept(listener))).await;
    server.connections.close();
    server.connections.wait().await;
}

struct Server {
    router: Router,
    is_https: bool,
    clock: Clock,
    places: Arc<Semaphore>,
    connections: TaskTracker,
    stop: CancellationToken,
}

impl Server {
    async fn accept(&self, listener: TcpListener) {
        loop {
            // Each branch may be dropped half-way: a connection not yet accepted waits in the kernel.
            let (place, accepted) = tokio::select! {
                () = self.stop.cancelled() => return,
                next = self.next(&listener) => next,
            };
            match accepted {
                Ok((stream, peer)) => self.start(stream, peer, place),
                // Of the one connection: it has gone again.
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    self.clock.sleep(ACCEPT_RETRY_MS).await;
                }
            }
        }
    }

    /// A place first, then a connection for it: what is too much waits in the backlog.
    async fn next(&self, listener: &TcpListener) -> (OwnedSemaphorePermit, io::Result<(TcpStream, SocketAddr)>) {
        let place = Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed");
        (place, listener.accept().await)
    }

    fn start(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        if let Err(error) = tune(&stream) {
            tracing::debug!(%error, "could not set a socket's options");
        }
        let turn = Turn::new();
        let transport = Patient::new(stream, self.clock.clone(), turn.clone(), place);
        let transport = Dressed::new(transport, self.clock.clone(), self.is_https);
        self.connections.spawn(run(transport, peer, turn, self.router.clone(), self.stop.clone()));
    }
}

async fn run(
    transport: Dressed<Patient<TcpStream>>,
    peer: SocketAddr,
    turn: Turn,
    router: Router,
    stop: CancellationToken,
) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        turn.answering();
        let (router, turn) = (router.clone(), turn.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            let answered: Result<_, Infallible> = router.oneshot(request).await;
            // What became a websocket keeps its own time from here on.
            if answered.as_ref().is_ok_and(|answer| answer.status() != StatusCode::SWITCHING_PROTOCOLS) {
                turn.answered();
            }
            answered
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // The transport is stricter; this one ends a head that comes in a trickle.
        .header_read_timeout(Duration::from_millis(KEEP_ALIVE_IDLE_MS))
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(transport), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            // The request under way is answered, and no other is read.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    // A frame of chat goes out when it is written.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    // What a peer does not take waits here, where it is counted, and not in the kernel.
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(TCP_KEEPALIVE))
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
