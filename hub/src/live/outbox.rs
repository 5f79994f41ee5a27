//! What waits for one socket: three lanes, and where each feed stands. The durable and the fleeting lane share one
//! bound (invariant 13); what is durable takes its room from what is fleeting.
//!
//! - **control** goes first: answers, `sync`, `reset`, `ping`.
//! - **durable**: events, each with its number. Every feed is written without a hole: when the lane
//!   would grow over its limit it is dropped whole, the feed remembers the last number that went
//!   out, and is refilled from the database once the socket drains. A slow reader costs a bounded
//!   amount of memory and no reconnect.
//! - **fleeting**: rows, marks, presence, typing; the latest of each kind wins. What finds no room is left
//!   out; rows and marks are then remembered by what they are about, and read again a few at a time once the
//!   socket drains.
//!
//! Pure state: no socket, no database, no clock.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{CloseCode, PostKind};
use protocol::{Millis, ParticipantId, TicketId};

use crate::domain::limits::{FEEDS_PER_CONNECTION_MAX, OUTBOX_BYTES_MAX};

/// Rows and marks that found no room and will be read again; beyond this many they are forgotten, and the page
/// reads its lists anew.
const STALE_MAX: usize = 2_000;
/// Of them, as many as are read at once. They fit into the lane, unless they are extraordinarily long.
const REREAD_MAX: usize = 128;

/// The queue of one connection.
#[derive(Debug, Default)]
pub struct Outbox {
    control: VecDeque<Utf8Bytes>,
    durable: VecDeque<Numbered>,
    fleeting: VecDeque<(Fleeting, Utf8Bytes)>,
    /// Bytes in the lanes.
    control_bytes: usize,
    durable_bytes: usize,
    fleeting_bytes: usize,
    feeds: Vec<Feed>,
    /// Rows and marks to be read again.
    stale: Vec<Fleeting>,
    /// More of them than are remembered.
    has_lost: bool,
    close: Option<CloseCode>,
}

#[derive(Debug)]
struct Numbered {
    ticket: TicketId,
    n: i64,
    frame: Utf8Bytes,
    /// When this node knew of it, or, where it was read, when it was committed. `None`: before the page came.
    known_at: Option<Millis>,
}

/// Where one feed of this connection stands.
#[derive(Debug)]
struct Feed {
    ticket: TicketId,
    /// The last number that there was when the connection joined.
    old: i64,
    /// The last number handed to the socket.
    sent: i64,
    /// The last number in the lane, or `sent`.
    queued: i64,
    /// The highest number known to exist.
    known: i64,
    /// Numbers after `queued` come from the database, not from live delivery.
    lagging: bool,
}

/// What a fleeting frame is about: a newer one of the same replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fleeting {
    Row(TicketId),
    Mark(TicketId, ParticipantId),
    Presence(TicketId),
    PresenceScope,
    Alerts(TicketId),
    Colleague(ParticipantId),
    Shelf,
    Draft(TicketId, PostKind),
    Typing(TicketId, ParticipantId),
}

/// What an offer of an event led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// Queued, or known already.
    Taken,
    /// The lane overflowed: these feeds fell behind and are told so.
    Overflowed,
    /// This connection does not read that feed.
    NotSubscribed,
}

/// A read that brings a lagging feed forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    pub ticket: TicketId,
    pub after: i64,
}

impl Outbox {
    /// Begins a feed after number `after`. Live events wait until [`Outbox::joined`].
    /// `false`: the connection has as many feeds as it may.
    pub fn join(&mut self, ticket: TicketId, after: i64) -> bool {
        self.leave(ticket);
        if self.feeds.len() >= FEEDS_PER_CONNECTION_MAX {
            return false;
        }
        self.feeds.push(Feed { ticket, old: after, sent: after, queued: after, known: after, lagging: true });
        true
    }

    /// The position of a feed was read after it began: live, or to be refilled up to `last_n`.
    pub fn joined(&mut self, ticket: TicketId, last_n: i64) {
        if let Some(feed) = self.feed(ticket) {
            feed.old = last_n;
            feed.known = feed.known.max(last_n);
            feed.lagging = feed.queued < feed.known;
        }
    }

    /// Ends a feed and takes its events out of the lane.
    pub fn leave(&mut self, ticket: TicketId) {
        self.feeds.retain(|feed| feed.ticket != ticket);
        if self.durable.iter().any(|event| event.ticket == ticket) {
            self.durable.retain(|event| event.ticket != ticket);
            self.durable_bytes = self.durable.iter().map(|event| event.frame.len()).sum();
        }
    }

    pub fn reads(&self, ticket: TicketId) -> bool {
        self.feeds.iter().any(|feed| feed.ticket == ticket)
    }

    pub fn tickets(&self) -> impl Iterator<Item = TicketId> {
        self.feeds.iter().map(|feed| feed.ticket)
    }

    /// Offers the event `n` of a feed, as it was just delivered.
    pub fn offer(&mut self, ticket: TicketId, n: i64, frame: &Utf8Bytes, known_at: Millis) -> Offered {
        let Some(feed) = self.feeds.iter_mut().find(|feed| feed.ticket == ticket) else {
            return Offered::NotSubscribed;
        };
        if self.close.is_some() {
            return Offered::NotSubscribed;
        }
        feed.known = feed.known.max(n);
        if feed.lagging || n <= feed.queued {
            return Offered::Taken;
        }
        if n > feed.queued + 1 {
            // A hole: what is missing is read from the database.
            feed.lagging = true;
            return Offered::Taken;
        }
        if self.durable_bytes + frame.len() > OUTBOX_BYTES_MAX {
            self.drop_durable();
            return Offered::Overflowed;
        }
        feed.queued = n;
        self.push_durable(Numbered { ticket, n, frame: frame.clone(), known_at: Some(known_at) });
        Offered::Taken
    }

    /// A position check found this feed at `last_n`. Answers whether that was news.
    pub fn position(&mut self, ticket: TicketId, last_n: i64) -> bool {
        let Some(feed) = self.feed(ticket) else { return false };
        let is_news = feed.known < last_n;
        feed.known = feed.known.max(last_n);
        feed.lagging |= feed.queued < feed.known;
        is_news
    }

    /// The next feed to read from the database. Only while the lane is empty: the socket comes first.
    pub fn next_refill(&self) -> Option<Refill> {
        if !self.durable.is_empty() {
            return None;
        }
        let feed = self.feeds.iter().find(|feed| feed.lagging)?;
        Some(Refill { ticket: feed.ticket, after: feed.queued })
    }

    /// Puts what was read into the lane: numbers, when each was committed, frames. `last_n` is where the log stood
    /// at that look.
    pub fn refilled(
        &mut self,
        refill: Refill,
        events: impl IntoIterator<Item = (i64, Millis, Utf8Bytes)>,
        last_n: i64,
    ) {
        let Some(at) = self.feeds.iter().position(|feed| feed.ticket == refill.ticket) else {
            return;
        };
        let (mut next, old) = (self.feeds[at].queued + 1, self.feeds[at].old);
        for (n, committed_at, frame) in events {
            if n != next || self.durable_bytes + frame.len() > OUTBOX_BYTES_MAX {
                break;
            }
            let known_at = (n > old).then_some(committed_at);
            self.push_durable(Numbered { ticket: refill.ticket, n, frame, known_at });
            next += 1;
        }
        let feed = &mut self.feeds[at];
        feed.queued = next - 1;
        feed.known = feed.known.max(last_n);
        feed.lagging = feed.queued < feed.known;
    }

    pub fn control(&mut self, frame: Utf8Bytes) {
        self.control_bytes += frame.len();
        self.control.push_back(frame);
    }

    /// Answers wait for a peer that sends and does not read: stop taking its frames.
    pub fn is_control_full(&self) -> bool {
        self.control_bytes > OUTBOX_BYTES_MAX / 4
    }

    /// Queues a fleeting frame in place of an older one of its kind, which goes in any case.
    pub fn fleeting(&mut self, kind: Fleeting, frame: Utf8Bytes) {
        let old = self.fleeting.iter_mut().find(|(other, _)| *other == kind);
        let old_bytes = old.as_ref().map_or(0, |(_, old)| old.len());
        let bytes = self.fleeting_bytes - old_bytes + frame.len();
        match old {
            _ if self.durable_bytes + bytes > OUTBOX_BYTES_MAX => {
                self.fleeting.retain(|(other, _)| *other != kind);
                self.fleeting_bytes -= old_bytes;
                self.leave_out(kind);
                return;
            }
            Some((_, old)) => *old = frame,
            None => self.fleeting.push_back((kind, frame)),
        }
        self.fleeting_bytes = bytes;
    }

    /// What finds no room is lost, save rows and marks.
    fn leave_out(&mut self, kind: Fleeting) {
        if matches!(kind, Fleeting::Row(_) | Fleeting::Mark(..)) {
            self.reread(kind);
        }
    }

    /// Queues a row or a mark as it was read. One that came live meanwhile is newer.
    pub fn was_read(&mut self, kind: Fleeting, frame: Utf8Bytes) {
        if self.fleeting.iter().all(|(other, _)| *other != kind) {
            self.fleeting(kind, frame);
        }
    }

    /// A row or a mark is to be read again.
    pub fn reread(&mut self, kind: Fleeting) {
        if self.stale.contains(&kind) {
            return;
        }
        if self.stale.len() >= STALE_MAX {
            self.stale.clear();
            self.has_lost = true;
        }
        self.stale.push(kind);
    }

    /// The next rows and marks to be read again, once the socket has drained.
    pub fn take_stale(&mut self) -> Vec<Fleeting> {
        if !self.is_empty() {
            return Vec::new();
        }
        let later = self.stale.split_off(self.stale.len().min(REREAD_MAX));
        std::mem::replace(&mut self.stale, later)
    }

    /// Whether rows or marks were forgotten since this was asked: the page has to read its lists anew.
    pub fn take_lost(&mut self) -> bool {
        std::mem::take(&mut self.has_lost)
    }

    /// Closes with a code. Nothing more is written before it (invariant 12). The feeds stay: by them
    /// the registry finds what the connection leaves.
    pub fn close(&mut self, code: CloseCode) {
        if self.close.is_none() {
            let feeds = std::mem::take(&mut self.feeds);
            *self = Self { close: Some(code), feeds, ..Self::default() };
        }
    }

    pub fn closing(&self) -> Option<CloseCode> {
        self.close
    }

    /// Takes frames for one write, about `bytes_max`, in the order of the lanes. Answers since when the oldest
    /// event among them, save those from before the page came, has been known.
    pub fn take(&mut self, bytes_max: usize, into: &mut Vec<Utf8Bytes>) -> Option<Millis> {
        let (mut bytes, mut oldest) = (0, None);
        while bytes < bytes_max {
            let Some((frame, known_at)) = self.pop() else { break };
            bytes += frame.len();
            oldest = oldest.or(known_at);
            into.push(frame);
        }
        oldest
    }

    fn pop(&mut self) -> Option<(Utf8Bytes, Option<Millis>)> {
        if self.close.is_some() {
            return None;
        }
        if let Some(frame) = self.control.pop_front() {
            self.control_bytes -= frame.len();
            return Some((frame, None));
        }
        if let Some(event) = self.durable.pop_front() {
            self.durable_bytes -= event.frame.len();
            if let Some(feed) = self.feed(event.ticket) {
                feed.sent = event.n;
            }
            return Some((event.frame, event.known_at));
        }
        let (_, frame) = self.fleeting.pop_front()?;
        self.fleeting_bytes -= frame.len();
        Some((frame, None))
    }

    fn is_empty(&self) -> bool {
        self.control.is_empty() && self.durable.is_empty() && self.fleeting.is_empty()
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.control_bytes + self.durable_bytes + self.fleeting_bytes
    }

    fn feed(&mut self, ticket: TicketId) -> Option<&mut Feed> {
        self.feeds.iter_mut().find(|feed| feed.ticket == ticket)
    }

    fn push_durable(&mut self, event: Numbered) {
        self.durable_bytes += event.frame.len();
        while self.durable_bytes + self.fleeting_bytes > OUTBOX_BYTES_MAX {
            let Some((kind, frame)) = self.fleeting.pop_back() else { break };
            self.fleeting_bytes -= frame.len();
            self.leave_out(kind);
        }
        self.durable.push_back(event);
    }

    /// Drops the lane; every feed that had something in it lags from what went out last.
    fn drop_durable(&mut self) {
        self.durable = VecDeque::new();
        self.durable_bytes = 0;
        for feed in &mut self.feeds {
            feed.lagging |= feed.queued > feed.sent || feed.known > feed.queued;
            feed.queued = feed.sent;
        }
    }

    /// The feeds that wait for a refill.
    pub fn lagging(&self) -> Vec<TicketId> {
        self.feeds.iter().filter(|feed| feed.lagging).map(|feed| feed.ticket).collect()
    }
}
