//! What `hub doctor` asks through the public address, to find out what a proxy in between does: whom the hub takes
//! it for, whether an answer comes as it is written, and whether a quiet socket is left open.
//!
//! By the machine's own time: what is measured are other programs.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use protocol::ErrorCode;
use tokio::sync::OwnedSemaphorePermit;

use super::Front;
pub use super::inputs::AskedBy;
use super::problem::Failure;
use crate::domain::limits::HEARTBEAT_MS;
use crate::domain::{Clock, Refusal};

/// At the same time, of all who ask.
pub const AT_ONCE_MAX: usize = 8;
/// Before the halves of the slow answer: what goes out with its head says nothing, for a head is larger than what a
/// proxy waits for.
const HEAD_PAUSE_MS: u64 = 200;
/// Between its two halves.
pub const PAUSE_MS: u64 = 1_500;
/// Longer than the hub itself leaves a socket quiet.
pub const QUIET_MS: u64 = HEARTBEAT_MS + 1_000;
const BEGINNING: &str = "begun\n";
pub const FIRST_HALF: &str = "half\n";
pub const SECOND_HALF: &str = "done\n";

/// A place among those who may ask.
pub struct Asks {
    _place: OwnedSemaphorePermit,
}

impl FromRequestParts<Front> for Asks {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut Parts, front: &Front) -> Result<Self, Failure> {
        let place = front.doctors.clone().try_acquire_owned();
        place
            .map(|_place| Self { _place })
            .map_err(|_| Refusal::new(ErrorCode::TooManyRequests).retry_after_s(QUIET_MS / 1_000).into())
    }
}

pub async fn client(State(front): State<Front>, _asks: Asks, parts: Parts) -> Json<AskedBy> {
    Json(front.clients.look(&parts))
}

/// Half an answer, a pause, the other half.
pub async fn slowly(asks: Asks) -> Response {
    let halves = stream::unfold((0, asks), |(given, asks)| async move {
        let (pause_ms, part) = match given {
            0 => (0, BEGINNING),
            1 => (HEAD_PAUSE_MS, FIRST_HALF),
            2 => (PAUSE_MS, SECOND_HALF),
            _ => return None,
        };
        Clock::System.sleep(pause_ms).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(part.as_bytes())), (given + 1, asks)))
    });
    ([(CONTENT_TYPE, "text/plain")], Body::from_stream(halves)).into_response()
}

/// A socket on which nothing is said for a while, and then one word.
pub async fn socket(asks: Asks, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| be_quiet(socket, asks).await)
}

async fn be_quiet(mut socket: WebSocket, _asks: Asks) {
    let gone = async { while let Some(Ok(_)) = socket.recv().await {} };
    if Clock::System.within(QUIET_MS, gone).await.is_none() {
        // Whoever waits for it reads; nobody else does.
        let _ = Clock::System.within(PAUSE_MS, socket.send(Message::text(SECOND_HALF))).await;
    }
}
