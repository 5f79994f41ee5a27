//! One websocket, from its first frame to its close. One task reads and writes it.
//!
//! Writing has precedence, in batches with one flush each. A write that is blocked for ten seconds
//! ends the session; so does a page that does not answer `ping`.
//!
//! A task is as large as the largest thing it ever waits for, also while it idles. What is large is
//! therefore boxed where it is awaited, so that ten thousand idle sockets stay small (invariant 24).

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::stream::FuturesOrdered;
use futures_util::{SinkExt, StreamExt};
use protocol::Millis;
use protocol::frame::{ClientFrame, CloseCode, ServerFrame};
use tokio_tungstenite::tungstenite;

use super::admission::Place;
use super::connection::Connection;
use super::flood::Bucket;
use super::inbound::{self, Decoded};
use super::{Handshake, Inner, resume, scope};
use crate::actions::attention;
use crate::bus::Signal;
use crate::domain::access::{Audience, Who};
use crate::domain::ids::new_id;
use crate::domain::limits::{
    FRAMES_BURST, HEARTBEAT_MS, HELLO_WAIT_MS, MOVE_LATE_MS, MOVE_MS, PONG_WAIT_MS, SIGNALS_BURST, WRITE_BLOCKED_MAX_MS,
};
use crate::domain::{Locale, Refusal};
use crate::store::StoreError;
use crate::store::logins::FoundLogin;

/// Bytes of one write and flush.
const WRITE_BYTES: usize = 32 * 1024;
/// Requests of one connection that wait for the database; its next frames are read after that.
const ANSWERS_MAX: usize = 64;
/// A refill that failed is tried again after this long.
const REFILL_RETRY_MS: u64 = 1_000;
/// How long a close frame may take to go out.
const CLOSE_WAIT_MS: u64 = 1_000;

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Why a session ends.
enum End {
    /// The peer went away, or the transport failed.
    Gone,
    /// With this code to the peer.
    Close(u16),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.code())
    }
}

/// The state of one session, beside what others see of it.
pub(super) struct Session {
    pub(super) inner: Arc<Inner>,
    pub(super) connection: Arc<Connection>,
    pub(super) locale: Locale,
    /// Answers to requests under way, in the order of the requests.
    pub(super) answers: FuturesOrdered<Task<Option<ServerFrame>>>,
    pub(super) frames: Bucket,
    pub(super) signals: Bucket,
    /// When the page was last warned of sending too much.
    pub(super) warned_at: Option<Millis>,
    /// Frames over the limit since then.
    pub(super) excess: u32,
    /// By when the page must have answered `ping`.
    pub(super) pong_due: Option<Millis>,
    next_ping: Millis,
    refill: Option<Task<()>>,
    timer: Task<()>,
}

/// Runs the session until it ends, and gives its place back then.
pub(super) async fn run(inner: Arc<Inner>, mut socket: Box<WebSocket>, handshake: Box<Handshake>, _place: Place) {
    let end = match Box::pin(greet(&inner, &mut socket, *handshake)).await {
        Ok(mut session) => {
            let end = session.serve(&mut socket).await;
            session.leave();
            end
        }
        Err(end) => end,
    };
    if let End::Close(code) = end {
        let frame = Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }));
        let clock = inner.hub.clock.clone();
        clock.within(CLOSE_WAIT_MS, socket.send(frame)).await;
        // Read until the peer's own close, so that it sees ours rather than a reset.
        clock.within(CLOSE_WAIT_MS, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

/// Waits for `hello` and answers it.
async fn greet(inner: &Arc<Inner>, socket: &mut WebSocket, handshake: Handshake) -> Result<Box<Session>, End> {
    if socket.protocol().is_none() {
        return Err(CloseCode::Upgrade.into());
    }
    let clock = &inner.hub.clock;
    let first = clock.within(HELLO_WAIT_MS, first_text(socket)).await.ok_or(CloseCode::Protocol)??;
    let Decoded::Frame(ClientFrame::Hello { token, epoch, locale, feeds }) = inbound::decode(&first) else {
        return Err(CloseCode::Protocol.into());
    };
    let turn = inner.joined.next(clock).await.map_err(|_| CloseCode::Overloaded)?;
    let who = match token {
        Some(token) => by_token(inner, handshake.audience, &token).await?,
        None => handshake.who.ok_or(CloseCode::Expired)?,
    };
    let name = agent_name(inner, &who).await;
    let locale = locale.as_deref().and_then(Locale::from_code).unwrap_or(handshake.locale);
    let mut session = Session::new(inner, handshake.audience, who, name, locale);
    session.enter();
    session.welcome(epoch, feeds).await;
    drop(turn);
    // Those who are asked to move are the ones that were known at that moment.
    if inner.draining.is_cancelled() {
        session.connection.control(&ServerFrame::Move { in_ms: MOVE_LATE_MS });
    }
    Ok(Box::new(session))
}

async fn first_text(socket: &mut WebSocket) -> Result<Utf8Bytes, End> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(CloseCode::Protocol.into()),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Err(error)) => return Err(broken(error)),
        }
    }
}

async fn by_token(inner: &Inner, audience: Audience, token: &str) -> Result<Who, End> {
    let digest = crate::domain::ids::digest(token);
    let login = inner.hub.store.use_realtime_token(&digest).await.map_err(unready)?.ok_or(CloseCode::BadToken)?;
    let found = inner.hub.store.logins(&[login]).await.map_err(unready)?.pop();
    match (found.map(|(_, found)| found), audience) {
        (Some(FoundLogin::Agent(agent)), Audience::Agent) => Ok(Who::Agent(agent)),
        (Some(FoundLogin::Visitor(visitor)), Audience::Requester) => Ok(Who::Visitor(visitor)),
        (Some(FoundLogin::Expired), _) => Err(CloseCode::Expired.into()),
        (Some(FoundLogin::Revoked), _) => Err(CloseCode::Revoked.into()),
        _ => Err(CloseCode::BadToken.into()),
    }
}

async fn agent_name(inner: &Inner, who: &Who) -> String {
    let Who::Agent(agent) = who else { return String::new() };
    match inner.hub.store.agent(agent.site, agent.id).await {
        Ok(Some(agent)) => agent.name,
        // A name is for show: the session does not fail for it.
        Ok(None) | Err(_) => String::new(),
    }
}

/// The database does not answer: come back later.
fn unready(error: StoreError) -> End {
    tracing::warn!(%error, "a session could not begin");
    CloseCode::Overloaded.into()
}

/// What an unreadable frame ends the session with (R-E3).
fn broken(error: axum::Error) -> End {
    use tungstenite::Error;
    match error.into_inner().downcast::<Error>().map(|error| *error) {
        Ok(Error::Capacity(_)) => CloseCode::TooBig.into(),
        // RFC 6455, 7.4.1: protocol error, and text that is not UTF-8.
        Ok(Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => End::Gone,
        Ok(Error::Protocol(_)) => End::Close(1002),
        Ok(Error::Utf8(_)) => End::Close(1007),
        Ok(_) | Err(_) => End::Gone,
    }
}

impl Session {
    fn new(inner: &Arc<Inner>, audience: Audience, who: Who, name: String, locale: Locale) -> Self {
        let now = inner.hub.clock.now();
        let login = match &who {
            Who::Agent(agent) => agent.login,
            Who::Visitor(visitor) => visitor.login,
        };
        let id = new_id(&inner.hub.clock).into();
        // The first ping comes at a random time, so that those of many pages are spread.
        let first_ping_ms = super::jitter(HEARTBEAT_MS / 2, HEARTBEAT_MS);
        let mut session = Self {
            inner: Arc::clone(inner),
            connection: Arc::new(Connection::new(id, audience, login, who, name)),
            locale,
            answers: FuturesOrdered::new(),
            frames: Bucket::full(FRAMES_BURST, now),
            signals: Bucket::full(SIGNALS_BURST, now),
            warned_at: None,
            excess: 0,
            pong_due: None,
            next_ping: now.saturating_add_unsigned(first_ping_ms),
            refill: None,
            timer: Box::pin(std::future::ready(())),
        };
        session.set_timer();
        session
    }

    /// Makes the session known to the node.
    fn enter(&self) {
        let inner = &self.inner;
        inner.registry.add(&self.connection);
        let came = inner.hub.presence.connected(&self.connection.participants());
        if !came.is_empty() {
            inner.hub.bus.tell_others(&Signal::Here(came.clone()));
        }
        for ticket in came.iter().flat_map(|person| inner.registry.tickets_requested_by(*person)) {
            inner.hub.bus.publish(Signal::PresenceChanged(ticket));
        }
        if self.connection.audience == Audience::Agent && !came.is_empty() {
            inner.hub.bus.publish(Signal::ColleaguesChanged(came));
        }
    }

    /// Takes the session out of everything it was in (invariant 23).
    fn leave(&self) {
        let inner = &self.inner;
        inner.registry.remove(&self.connection);
        inner.hub.presence.disconnected(&self.connection.participants(), inner.hub.clock.now());
        attention::end(&inner.hub, self.connection.id);
    }

    async fn welcome(&mut self, epoch: Option<uuid::Uuid>, feeds: Vec<protocol::frame::Cursor>) {
        let store = &self.inner.hub.store;
        let ours = store.epoch();
        self.connection.control(&ServerFrame::Welcome {
            connection: self.connection.id,
            epoch: ours,
            heartbeat_ms: HEARTBEAT_MS,
            now: self.inner.hub.clock.now(),
        });
        scope::tell_welcomed(&self.inner.hub, &self.connection);
        if epoch.is_some_and(|theirs| theirs != ours) {
            for feed in feeds {
                let reason = protocol::frame::ResetReason::Epoch;
                self.connection.control(&ServerFrame::Reset { ticket: feed.ticket, reason });
            }
            return;
        }
        self.subscribe(&feeds).await;
    }

    pub(super) async fn subscribe(&mut self, feeds: &[protocol::frame::Cursor]) {
        let joined = resume::join(&self.inner.hub, &self.inner.registry, &self.connection, feeds).await;
        if let Err(error) = joined {
            // A page that stayed would be live and hear nothing: it comes again, with its cursors.
            tracing::warn!(%error, "feeds could not be joined");
            self.connection.close(CloseCode::Overloaded);
        }
    }

    async fn serve(&mut self, socket: &mut WebSocket) -> End {
        loop {
            if let Some(code) = self.connection.outbox().closing() {
                return code.into();
            }
            if self.connection.outbox().take_lost() {
                // Its lists are read with the new socket's `welcome`.
                self.connection.control(&ServerFrame::Move { in_ms: MOVE_MS });
            }
            if let Err(end) = self.write(socket).await {
                return end;
            }
            self.begin_refill();
            let has_room = self.answers.len() < ANSWERS_MAX && !self.connection.outbox().is_control_full();
            // `notified`, `next` and the timers are cancel-safe: an unfinished branch loses nothing.
            tokio::select! {
                biased;
                () = self.connection.wake.notified() => {}
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => {
                    if let Some(frame) = answer {
                        self.connection.control(&frame);
                    }
                }
                () = finished(&mut self.refill) => self.refill = None,
                () = &mut self.timer => {
                    if let Err(end) = self.beat() {
                        return end;
                    }
                }
                message = socket.recv(), if has_room => {
                    if let Err(end) = self.message(message).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Writes what waits, until nothing does.
    async fn write(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        loop {
            let mut frames = Vec::new();
            let known_at = self.connection.outbox().take(WRITE_BYTES, &mut frames);
            if frames.is_empty() {
                return Ok(());
            }
            let write = async {
                for frame in frames {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await
            };
            match Box::pin(self.inner.hub.clock.within(WRITE_BLOCKED_MAX_MS, write)).await {
                Some(Ok(())) => {
                    let now = self.inner.hub.clock.now();
                    known_at.inspect(|known_at| self.inner.hub.metrics.delivered(now - known_at));
                }
                Some(Err(_)) => return Err(End::Gone),
                None => return Err(CloseCode::Slow.into()),
            }
        }
    }

    /// Starts the read that brings a lagging feed, or dropped rows and marks, up to date.
    fn begin_refill(&mut self) {
        if self.refill.is_some() {
            return;
        }
        let (next, stale) = {
            let mut outbox = self.connection.outbox();
            (outbox.next_refill(), outbox.take_stale())
        };
        if next.is_none() && stale.is_empty() {
            return;
        }
        let (hub, registry) = (self.inner.hub.clone(), Arc::clone(&self.inner.registry));
        let connection = Arc::clone(&self.connection);
        self.refill = Some(Box::pin(async move {
            let done = async {
                if let Some(next) = next {
                    resume::refill(&hub, &registry, &connection, next).await?;
                }
                if !stale.is_empty() {
                    resume::reread(&hub, &connection, &stale).await?;
                }
                Ok::<_, StoreError>(())
            };
            if let Err(error) = done.await {
                stale.iter().for_each(|kind| connection.outbox().reread(*kind));
                tracing::warn!(%error, "could not bring a feed up to date");
                hub.clock.sleep(REFILL_RETRY_MS).await;
            }
        }));
    }

    /// Sends `ping` when it is time, ends the session when the last one was not answered.
    fn beat(&mut self) -> Result<(), End> {
        let now = self.inner.hub.clock.now();
        if self.pong_due.is_some_and(|due| due <= now) {
            return Err(CloseCode::NoPong.into());
        }
        if self.next_ping <= now {
            self.connection.control(&ServerFrame::Ping);
            self.pong_due.get_or_insert(now.saturating_add_unsigned(PONG_WAIT_MS));
            self.next_ping = now.saturating_add_unsigned(HEARTBEAT_MS);
        }
        self.set_timer();
        Ok(())
    }

    fn set_timer(&mut self) {
        let clock = self.inner.hub.clock.clone();
        let at = self.pong_due.map_or(self.next_ping, |due| due.min(self.next_ping));
        let ms = at.saturating_sub(clock.now()).max(0).unsigned_abs();
        self.timer = Box::pin(async move { clock.sleep(ms).await });
    }

    async fn message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => Box::pin(self.frame(&text)).await.map_err(End::from),
            // The library answers a ping by itself; it counts as a frame, so that a flood of them ends.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.count().map(drop).map_err(End::from),
            Some(Ok(Message::Binary(_))) => Err(CloseCode::Protocol.into()),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(error)) => Err(broken(error)),
        }
    }

    pub(super) fn refuse(&self, client_id: Option<protocol::ClientId>, refusal: &Refusal) {
        self.connection.control(&inbound::refused(client_id, refusal, self.locale));
    }
}

/// Waits for the refill under way; for ever when there is none.
async fn finished(task: &mut Option<Task<()>>) {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}
