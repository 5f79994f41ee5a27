//! How an event changes what a reader has before them: the one definition.
//!
//! A snapshot plus the events after its cursor equals the snapshot taken later (invariant 20). The
//! store's writer, its snapshots and the page's reducer all keep to this; `protocol/cases/fold.json`
//! holds the cases that the Rust and the TypeScript tests share.
//!
//! What events cannot tell comes with the rows of lists instead, and is no part of the equality:
//! `version`; of an agent's ticket the requester's `email` and `locale` after `joined`; of a
//! requester's ticket its `agent`, since assignments are internal.
//! `last_line` belongs to the last message. An edit or erasure of it changes the line, which a reader
//! can tell as long as one message stands on the pages they hold.
//! Whoever wrote a message has read everything before it, and itself: readers move that mark by the
//! event; no `read` frame is sent for it.

use protocol::Millis;
use protocol::model::{
    AgentBody, AgentEvent, AgentTicket, Author, Line, MergedFrom, Message, Note, Proof, PublicBody, PublicEvent,
    PublicTicket, Side, Status, TicketName,
};
use serde::{Deserialize, Serialize};

use super::message::last_line;

/// What a reader has before them: the ticket as of `cursor`, and some last part of its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "T: Serialize, T::Event: Serialize",
    deserialize = "T: Deserialize<'de>, T::Event: Deserialize<'de>"
))]
pub struct Folded<T: Ticket> {
    pub cursor: i64,
    pub ticket: T,
    /// Ascending, edits and redactions applied; their own events are left out.
    pub events: Vec<T::Event>,
}

/// What became of an event that was to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    Yes,
    /// It was known already; nothing changed.
    Known,
    /// Events before it are missing; nothing changed.
    Hole,
}

/// Applies the next event of the log.
pub fn apply<T: Ticket>(state: &mut Folded<T>, event: &T::Event) -> Applied {
    let n = event.n();
    if n <= state.cursor {
        return Applied::Known;
    }
    if n != state.cursor + 1 {
        return Applied::Hole;
    }
    let last_message = state.events.iter().rev().find(|event| event.change().is_message()).map(Event::n);
    state.ticket.fold(event, last_message);
    if !revise(&mut state.events, event) {
        state.events.push(event.clone());
    }
    state.cursor = n;
    Applied::Yes
}

/// Applies an edit or a redaction to the event it speaks of, if that is among `events`.
/// Answers whether it was one of these two: they do not stand in the log that people see.
pub fn revise<E: Event>(events: &mut [E], event: &E) -> bool {
    let (target, revision) = match event.change() {
        Change::Edited { target, text } => (target, Revision::Edited { text, at: event.at() }),
        Change::Redacted { target } => (target, Revision::Redacted { at: event.at() }),
        _ => return false,
    };
    if let Ok(index) = events.binary_search_by_key(&target, Event::n) {
        events[index].revise(&revision);
    }
    true
}

/// A ticket in the form of one audience.
pub trait Ticket {
    type Event: Event;

    /// What `event`, the next one, changes in the ticket's own fields. `last_message` is the number
    /// of the last message before it, as far as the reader knows.
    fn fold(&mut self, event: &Self::Event, last_message: Option<i64>);
}

/// An event in the form of one audience.
pub trait Event: Clone {
    fn n(&self) -> i64;
    fn at(&self) -> Millis;
    fn change(&self) -> Change<'_>;
    fn revise(&mut self, revision: &Revision<'_>);
}

/// What an event does to the parts that both audiences have.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    Message {
        author: &'a Author,
        text: &'a str,
    },
    Status(Status),
    /// The ticket leads on: it is closed by that, and stays so.
    MergedInto(TicketName),
    /// Another ticket leads here: this one lives, and goes on nowhere.
    MergedFrom,
    /// While it is closed, what its requester writes goes there.
    ContinuedIn(TicketName),
    Edited {
        target: i64,
        text: &'a str,
    },
    Redacted {
        target: i64,
    },
    Other,
}

impl Change<'_> {
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Message { .. })
    }
}

/// What happens to an event that stands in the log already.
#[derive(Clone, Copy, Debug)]
pub enum Revision<'a> {
    Edited { text: &'a str, at: Millis },
    Redacted { at: Millis },
}

impl Ticket for PublicTicket {
    type Event = PublicEvent;

    fn fold(&mut self, event: &PublicEvent, last_message: Option<i64>) {
        let change = event.change();
        self.last_n = event.n;
        self.last_at = event.at;
        fold_line(&mut self.last_line, change, last_message);
        match change {
            Change::Message { author, .. } if author.side == Side::Agent => self.theirs += 1,
            Change::Status(to) => {
                self.status = to;
                self.closed_at = (to == Status::Closed).then_some(event.at);
                self.continued_in = None;
            }
            Change::MergedInto(into) => {
                self.status = Status::Closed;
                self.closed_at.get_or_insert(event.at);
                self.merged_into = Some(into);
            }
            Change::MergedFrom => self.continued_in = None,
            Change::ContinuedIn(other) => self.continued_in = Some(other),
            _ => {}
        }
    }
}

impl Ticket for AgentTicket {
    type Event = AgentEvent;

    fn fold(&mut self, event: &AgentEvent, last_message: Option<i64>) {
        let change = event.change();
        self.last_n = event.n;
        self.last_at = event.at;
        fold_line(&mut self.last_line, change, last_message);
        match change {
            Change::Message { author, .. } => fold_message(self, author.side, event.at),
            Change::Status(to) => {
                if let AgentBody::Status { waiting_since: Some(since), .. } = event.body {
                    self.waiting_since.get_or_insert(since);
                }
                fold_status(self, to);
                self.closed_at = (to == Status::Closed).then_some(event.at);
                self.continued_in = None;
            }
            Change::MergedInto(into) => {
                fold_status(self, Status::Closed);
                self.closed_at.get_or_insert(event.at);
                self.merged_into = Some(into);
            }
            Change::ContinuedIn(other) => self.continued_in = Some(other),
            Change::MergedFrom => {
                self.continued_in = None;
                fold_people(self, event);
            }
            _ => fold_people(self, event),
        }
    }
}

/// The requester waits from the first message that nobody answered.
fn fold_message(ticket: &mut AgentTicket, side: Side, at: Millis) {
    match side {
        Side::Requester => {
            ticket.theirs += 1;
            ticket.waiting_since.get_or_insert(at);
            // Whoever put it aside did so until an answer came.
            ticket.snoozed_until = None;
        }
        Side::Agent => ticket.waiting_since = None,
        Side::System => {}
    }
}

/// Nobody waits for an answer to what is solved, and nothing is put aside that is done.
fn fold_status(ticket: &mut AgentTicket, to: Status) {
    ticket.status = to;
    if matches!(to, Status::Solved | Status::Closed) {
        ticket.waiting_since = None;
        ticket.snoozed_until = None;
    }
}

fn fold_people(ticket: &mut AgentTicket, event: &AgentEvent) {
    match &event.body {
        AgentBody::Assigned { team, agent } => {
            ticket.team.clone_from(team);
            ticket.assignee.clone_from(agent);
        }
        AgentBody::Joined { name } => {
            ticket.requester.id = event.author.id;
            ticket.requester.name.clone_from(name);
            ticket.requester.guest = false;
            if ticket.requester.proof == Proof::NotConfirmed {
                ticket.requester.proof = Proof::Confirmed;
            }
        }
        // Whoever waited there waits here from now on, and what was put aside until an answer came has one.
        AgentBody::MergedFrom(MergedFrom { waiting_since: Some(since), .. }) => {
            ticket.waiting_since = Some(ticket.waiting_since.map_or(*since, |here| here.min(*since)));
            ticket.snoozed_until = None;
        }
        AgentBody::Address { email, proof } => {
            ticket.requester.email.clone_from(email);
            ticket.requester.proof = *proof;
        }
        body => fold_triage(ticket, body),
    }
}

fn fold_triage(ticket: &mut AgentTicket, body: &AgentBody) {
    match body {
        AgentBody::Priority { to, .. } => ticket.priority = *to,
        AgentBody::Tagged { to, .. } => ticket.tags.clone_from(to),
        AgentBody::Snoozed { until } => ticket.snoozed_until = Some(*until),
        AgentBody::Woken => ticket.snoozed_until = None,
        _ => {}
    }
}

fn fold_line(line: &mut Option<Line>, change: Change<'_>, last_message: Option<i64>) {
    match change {
        Change::Message { author, text } => {
            *line = Some(Line { side: author.side, name: author.name.clone(), text: last_line(text) });
        }
        Change::Edited { target, text } if last_message == Some(target) => set_line(line, last_line(text)),
        Change::Redacted { target } if last_message == Some(target) => set_line(line, String::new()),
        _ => {}
    }
}

fn set_line(line: &mut Option<Line>, text: String) {
    if let Some(line) = line {
        line.text = text;
    }
}

impl Event for PublicEvent {
    fn n(&self) -> i64 {
        self.n
    }

    fn at(&self) -> Millis {
        self.at
    }

    fn change(&self) -> Change<'_> {
        match &self.body {
            PublicBody::Message(message) => Change::Message { author: &self.author, text: &message.text },
            PublicBody::Status { to, .. } => Change::Status(*to),
            PublicBody::Edited { target, text } => Change::Edited { target: *target, text },
            PublicBody::Redacted { target } => Change::Redacted { target: *target },
            PublicBody::MergedInto(into) => Change::MergedInto(*into),
            PublicBody::MergedFrom(_) => Change::MergedFrom,
            PublicBody::ContinuedIn(other) => Change::ContinuedIn(*other),
            PublicBody::Opened { .. } | PublicBody::Joined { .. } | PublicBody::Continues(_) => Change::Other,
        }
    }

    fn revise(&mut self, revision: &Revision<'_>) {
        if let PublicBody::Message(message) = &mut self.body {
            revise_message(message, revision);
        }
    }
}

impl Event for AgentEvent {
    fn n(&self) -> i64 {
        self.n
    }

    fn at(&self) -> Millis {
        self.at
    }

    fn change(&self) -> Change<'_> {
        match &self.body {
            AgentBody::Message(message) => Change::Message { author: &self.author, text: &message.text },
            AgentBody::Status { to, .. } => Change::Status(*to),
            AgentBody::Edited { target, text } => Change::Edited { target: *target, text },
            AgentBody::Redacted { target } => Change::Redacted { target: *target },
            AgentBody::MergedInto(into) => Change::MergedInto(*into),
            AgentBody::MergedFrom(_) => Change::MergedFrom,
            AgentBody::ContinuedIn(other) => Change::ContinuedIn(*other),
            AgentBody::Opened { .. }
            | AgentBody::Note(_)
            | AgentBody::Continues(_)
            | AgentBody::Assigned { .. }
            | AgentBody::Joined { .. }
            | AgentBody::Address { .. }
            | AgentBody::Priority { .. }
            | AgentBody::Tagged { .. }
            | AgentBody::Snoozed { .. }
            | AgentBody::Woken => Change::Other,
        }
    }

    fn revise(&mut self, revision: &Revision<'_>) {
        match &mut self.body {
            AgentBody::Message(message) => revise_message(message, revision),
            AgentBody::Note(note) => revise_note(note, revision),
            _ => {}
        }
    }
}

// What is erased stays erased: an edit from before that comes later changes nothing.

fn revise_message(message: &mut Message, revision: &Revision<'_>) {
    match revision {
        Revision::Edited { text, at } if message.redacted_at.is_none() => {
            message.text = (*text).to_owned();
            message.edited_at = Some(*at);
        }
        Revision::Edited { .. } => {}
        Revision::Redacted { at } => {
            let asks = message.asks;
            *message =
                Message { text: String::new(), asks, attachments: vec![], edited_at: None, redacted_at: Some(*at) };
        }
    }
}

fn revise_note(note: &mut Note, revision: &Revision<'_>) {
    match revision {
        Revision::Edited { text, at } if note.redacted_at.is_none() => {
            note.text = (*text).to_owned();
            note.edited_at = Some(*at);
        }
        Revision::Edited { .. } => {}
        Revision::Redacted { at } => {
            *note = Note {
                text: String::new(),
                attachments: vec![],
                mentions: vec![],
                edited_at: None,
                redacted_at: Some(*at),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::*;

    fn run<T: Ticket + Serialize + DeserializeOwned>(case: &Value) -> Value
    where
        T::Event: Serialize + DeserializeOwned,
    {
        let mut state: Folded<T> = serde_json::from_value(case["snapshot"].clone()).unwrap();
        let events: Vec<T::Event> = serde_json::from_value(case["events"].clone()).unwrap();
        for event in &events {
            apply(&mut state, event);
        }
        serde_json::to_value(state).unwrap()
    }

    /// Invariant 20, on the cases that the page's reducer runs too.
    #[test]
    fn the_shared_cases_hold() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("../../../protocol/cases/fold.json")).unwrap();
        assert!(cases.len() > 30);
        for case in &cases {
            let folded = match case["audience"].as_str().unwrap() {
                "public" => run::<PublicTicket>(case),
                _ => run::<AgentTicket>(case),
            };
            assert_eq!(folded, case["expected"], "{}", case["name"]);
        }
    }

    #[test]
    fn a_hole_is_told_from_what_is_known() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("../../../protocol/cases/fold.json")).unwrap();
        let mut state: Folded<PublicTicket> = serde_json::from_value(cases[1]["snapshot"].clone()).unwrap();
        let mut event: PublicEvent = serde_json::from_value(cases[1]["events"][0].clone()).unwrap();
        assert_eq!((state.cursor, event.n), (2, 3));
        event.n = 4;
        assert_eq!(apply(&mut state, &event), Applied::Hole);
        event.n = 3;
        assert_eq!(apply(&mut state, &event), Applied::Yes);
        assert_eq!(apply(&mut state, &event), Applied::Known);
    }
}
