//! Frames from the page: decoding them strictly, counting them, and doing what they ask.

use protocol::frame::{ClientFrame, CloseCode, PostKind, ServerFrame};
use protocol::{ClientId, ErrorCode, TicketId};
use serde_json::Value;

use super::resume;
use super::session::Session;
use crate::actions::attention;
use crate::actions::conversation::{self, Progress, RawPost};
use crate::bus::{Signal, Typing};
use crate::domain::limits::{FRAMES_BURST, FRAMES_PER_S, SIGNALS_BURST, SIGNALS_PER_S};
use crate::domain::sentences::sentence;
use crate::domain::shape::list_for_object;
use crate::domain::{Locale, Refusal};
use crate::store::StoreError;

/// A page that goes on sending too much within this time of its warning is closed.
const WARNING_MS: i64 = 60_000;
/// When a refusal for want of the database may be tried again.
const RETRY_AFTER_S: u64 = 1;

/// A text as it was understood.
#[derive(Debug)]
pub enum Decoded {
    Frame(ClientFrame),
    /// Not understood, with the client id if it had one.
    Refused(Option<ClientId>, Refusal),
}

/// Reads a frame; anything unknown in it is refused.
pub fn decode(text: &str) -> Decoded {
    match serde_json::from_str::<ClientFrame>(text) {
        Ok(frame) => match list_for_object(text.as_bytes(), &frame) {
            None => Decoded::Frame(frame),
            Some(path) if path.is_empty() => Decoded::Refused(None, Refusal::new(ErrorCode::Malformed)),
            Some(path) => Decoded::Refused(None, Refusal::of(path, ErrorCode::Malformed)),
        },
        Err(error) => {
            let value: Option<Value> = serde_json::from_str(text).ok();
            let client_id = value.as_ref().and_then(|value| value.get("client_id")?.as_str()?.parse().ok());
            let refusal = match &value {
                Some(Value::Object(fields)) => undecodable(&error, fields),
                _ => Refusal::new(ErrorCode::Malformed),
            };
            Decoded::Refused(client_id, refusal)
        }
    }
}

/// Which refusal an undecodable frame gets. serde names what is wrong in its message alone.
fn undecodable(error: &serde_json::Error, fields: &serde_json::Map<String, Value>) -> Refusal {
    let message = error.to_string();
    let quoted = message.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("unknown field") {
        Refusal::of(quoted, ErrorCode::UnknownField)
    } else if message.starts_with("unknown variant") && message.contains("`hello`") {
        Refusal::of("type", ErrorCode::UnknownType)
    } else if message.starts_with("unknown variant") {
        match fields.iter().find(|(_, value)| value.as_str() == Some(&quoted)) {
            Some((field, _)) => Refusal::of(field.clone(), ErrorCode::BadValue),
            None => Refusal::new(ErrorCode::BadValue),
        }
    } else if message.starts_with("missing field") {
        Refusal::of(quoted, ErrorCode::Required)
    } else {
        Refusal::new(ErrorCode::Malformed)
    }
}

/// A refusal as a frame, with its sentence.
pub fn refused(client_id: Option<ClientId>, refusal: &Refusal, locale: Locale) -> ServerFrame {
    ServerFrame::Refused {
        client_id,
        code: refusal.code,
        message: sentence(refusal, locale),
        field: refusal.field.as_ref().map(ToString::to_string),
        limit: refusal.limit,
        retry_after_ms: refusal.retry_after_s.map(|seconds| seconds * 1_000),
        ticket: refusal.ticket,
    }
}

/// What a page is told of an error; what it was is logged here, where it stops.
pub fn as_refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Refused(refusal) => refusal,
        StoreError::DiskFull => Refusal::new(ErrorCode::DiskFull).retry_after_s(RETRY_AFTER_S * 5),
        StoreError::Unavailable(_) => {
            tracing::warn!(%error, "a frame could not be served");
            Refusal::new(ErrorCode::Unavailable).retry_after_s(RETRY_AFTER_S)
        }
        StoreError::Failed(_) => {
            tracing::error!(%error, "a frame failed");
            Refusal::new(ErrorCode::Internal)
        }
    }
}

impl Session {
    /// Does what one frame asks. `Err`: the session ends.
    pub(super) async fn frame(&mut self, text: &str) -> Result<(), CloseCode> {
        let decoded = decode(text);
        if matches!(decoded, Decoded::Frame(ClientFrame::Pong { .. })) {
            // Also in a flood: the page is there.
            self.pong_due = None;
        }
        let within = match &decoded {
            Decoded::Frame(frame) if is_signal(frame) => {
                let now = self.inner.hub.clock.now();
                // Cumulative or repeated anyway: one too many is dropped.
                if !self.signals.take(SIGNALS_BURST, SIGNALS_PER_S, now) {
                    return self.count().map(drop);
                }
                true
            }
            _ => self.count()?,
        };
        match decoded {
            Decoded::Frame(frame) if within => self.act(frame).await,
            Decoded::Refused(client_id, refusal) if within => self.refuse(client_id, &refusal),
            Decoded::Frame(ClientFrame::Send { client_id, .. }) => self.refuse(Some(client_id), &too_many()),
            Decoded::Frame(_) | Decoded::Refused(..) => self.refuse(None, &too_many()),
        }
        Ok(())
    }

    /// Counts a frame. `false`: too many, but only warned so far (R-E4).
    pub(super) fn count(&mut self) -> Result<bool, CloseCode> {
        let now = self.inner.hub.clock.now();
        if self.frames.take(FRAMES_BURST, FRAMES_PER_S, now) {
            return Ok(true);
        }
        match self.warned_at {
            // The burst that earned the warning may still be on its way.
            Some(at) if now - at > 1_000 && now - at < WARNING_MS => Err(CloseCode::Policy),
            Some(at) if now - at <= 1_000 => {
                self.excess += 1;
                if self.excess > FRAMES_BURST { Err(CloseCode::Policy) } else { Ok(false) }
            }
            _ => {
                self.warned_at = Some(now);
                self.excess = 0;
                Ok(false)
            }
        }
    }

    async fn act(&mut self, frame: ClientFrame) {
        match frame {
            // A second greeting changes nothing.
            ClientFrame::Hello { .. } => self.refuse(None, &Refusal::of("type", ErrorCode::BadValue)),
            ClientFrame::Subscribe { feeds } => self.subscribe(&feeds).await,
            ClientFrame::Unsubscribe { tickets } => {
                for ticket in tickets {
                    resume::leave(&self.inner.registry, &self.connection, ticket);
                }
            }
            ClientFrame::Send { ticket, client_id, kind, text, attachments, mentions, drafts } => {
                self.post(ticket, client_id, RawPost { kind, text, attachments, mentions, drafts });
            }
            ClientFrame::Delivered { ticket, n } => self.mark(ticket, Progress::Delivered(n)),
            ClientFrame::Read { ticket, n } => self.mark(ticket, Progress::Read(n)),
            ClientFrame::Attend { ticket } => self.attend(ticket),
            ClientFrame::Typing { ticket, kind, file } => self.typing(ticket, kind, file),
            ClientFrame::Pong { active: _ } => {}
            ClientFrame::Refresh {} => {
                let connections = vec![std::sync::Arc::clone(&self.connection)];
                super::rights::reread(&self.inner.hub, &self.inner.registry, connections).await;
            }
        }
    }

    /// Posts, and answers after the commit. The request is queued at once, so that the order of a
    /// page's messages is the order of its frames.
    fn post(&mut self, ticket: TicketId, client_id: ClientId, post: RawPost) {
        let (hub, who, locale) = (self.inner.hub.clone(), self.connection.who(), self.locale);
        self.answers.push_back(Box::pin(async move {
            Some(match conversation::post(&hub, &who, ticket, client_id, post).await {
                Ok(posted) => ServerFrame::Sent { client_id, ticket: posted.ticket, n: posted.n },
                Err(error) => refused(Some(client_id), &as_refusal(error), locale),
            })
        }));
    }

    fn mark(&mut self, ticket: TicketId, progress: Progress) {
        let (hub, who, locale) = (self.inner.hub.clone(), self.connection.who(), self.locale);
        self.answers.push_back(Box::pin(async move {
            let moved = conversation::mark(&hub, &who, ticket, progress).await;
            moved.err().map(|error| refused(None, &as_refusal(error), locale))
        }));
    }

    fn attend(&self, ticket: Option<TicketId>) {
        let (hub, session) = (&self.inner.hub, self.connection.id);
        let Some(ticket) = ticket else { return attention::end(hub, session) };
        match self.connection.attendant(ticket) {
            Some(person) if self.connection.outbox().reads(ticket) => attention::renew(hub, session, ticket, person),
            _ => self.refuse(None, &Refusal::of("ticket", ErrorCode::NotFound)),
        }
    }

    fn typing(&self, ticket: TicketId, kind: PostKind, file: bool) {
        let hub = &self.inner.hub;
        match self.connection.attendant(ticket) {
            Some(person) if self.connection.outbox().reads(ticket) => hub.bus.publish(Signal::Typing(Typing {
                ticket,
                participant: person.id,
                side: person.side,
                name: person.name,
                kind,
                file,
                at: hub.clock.now(),
            })),
            _ => self.refuse(None, &Refusal::of("ticket", ErrorCode::NotFound)),
        }
    }
}

fn is_signal(frame: &ClientFrame) -> bool {
    match frame {
        ClientFrame::Delivered { .. }
        | ClientFrame::Read { .. }
        | ClientFrame::Attend { .. }
        | ClientFrame::Typing { .. } => true,
        ClientFrame::Hello { .. }
        | ClientFrame::Pong { .. }
        | ClientFrame::Subscribe { .. }
        | ClientFrame::Unsubscribe { .. }
        | ClientFrame::Send { .. }
        | ClientFrame::Refresh { .. } => false,
    }
}

fn too_many() -> Refusal {
    Refusal::new(ErrorCode::TooManyRequests).retry_after_s(RETRY_AFTER_S)
}
