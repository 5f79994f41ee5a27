//! Which connections are on this node, and who reads what: the feeds, the people, the agents.
//! Plain maps under one lock that is held for look-ups only; nothing here waits or writes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{ConnectionId, LoginId, Millis, ParticipantId, TicketId};
use tokio::sync::Notify;

use super::connection::{Connection, participants};
use crate::domain::access::{Audience, TicketRef, Who};
use crate::presence::Attendant;
use crate::store::tickets::{MarkPlace, Position};

#[derive(Debug, Default)]
pub struct Registry {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: HashMap<ConnectionId, Arc<Connection>>,
    agents: HashMap<ConnectionId, Arc<Connection>>,
    /// By every participant they act as.
    people: HashMap<ParticipantId, Vec<Arc<Connection>>>,
    /// Guests, by the ticket they were granted.
    granted: HashMap<TicketId, Vec<Arc<Connection>>>,
    feeds: HashMap<TicketId, Feed>,
    /// Tickets with readers, by their requester: whose coming and going they show.
    requested: HashMap<ParticipantId, Vec<TicketId>>,
    /// What was told last of the tickets that lists show and of those with readers; the position check
    /// looks for what is newer, and forgets the rest: of that, what it meets again is told once more.
    rows: HashMap<TicketId, Told>,
    marks: HashMap<(TicketId, ParticipantId), MarkPlace>,
    /// When the last position check began that came to its end.
    checked_at: Option<Millis>,
}

/// A row as it was told last.
#[derive(Clone, Debug)]
pub struct Told {
    pub ticket: TicketRef,
    pub version: i64,
    pub pub_version: i64,
}

/// A long poll, until it is dropped: also when its client has gone.
#[derive(Debug)]
pub struct Poll {
    registry: Arc<Registry>,
    ticket: TicketId,
    news: Arc<Notify>,
}

impl Poll {
    /// Waits until there may be something new.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.registry.stop_waiting(self.ticket, &self.news);
    }
}

/// The readers of one ticket on this node.
#[derive(Debug, Default)]
struct Feed {
    readers: Vec<Arc<Connection>>,
    requester: Option<ParticipantId>,
    /// Requester and assignee with their names, once presence had to be told.
    known: Option<Vec<Attendant>>,
    /// Long polls that wait for the next event.
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    audience: Audience,
    /// The last number that is known there.
    after: i64,
    news: Arc<Notify>,
}

impl Feed {
    fn is_unused(&self) -> bool {
        self.readers.is_empty() && self.waiting.is_empty()
    }
}

impl Registry {
    pub fn add(&self, connection: &Arc<Connection>) {
        let mut state = self.lock();
        state.connections.insert(connection.id, Arc::clone(connection));
        if connection.audience == Audience::Agent {
            state.agents.insert(connection.id, Arc::clone(connection));
        }
        state.index(connection, &connection.who());
    }

    /// The rights of a connection were read anew: it is found by its new participants and grants.
    pub fn reindex(&self, connection: &Arc<Connection>, who: Who) {
        let mut state = self.lock();
        let old = connection.who();
        state.unindex(connection, &old);
        state.index(connection, &who);
        connection.set_who(who);
    }

    pub fn remove(&self, connection: &Arc<Connection>) {
        let mut state = self.lock();
        let tickets: Vec<_> = connection.outbox().tickets().collect();
        for ticket in tickets {
            state.leave(ticket, connection);
        }
        let who = connection.who();
        state.unindex(connection, &who);
        state.agents.remove(&connection.id);
        state.connections.remove(&connection.id);
    }

    /// Begins to deliver a ticket's events to a connection.
    pub fn join(&self, ticket: TicketId, connection: &Arc<Connection>) {
        let mut state = self.lock();
        let readers = &mut state.feeds.entry(ticket).or_default().readers;
        if readers.iter().all(|reader| reader.id != connection.id) {
            readers.push(Arc::clone(connection));
        }
    }

    pub fn leave(&self, ticket: TicketId, connection: &Arc<Connection>) {
        self.lock().leave(ticket, connection);
    }

    /// Whose ticket it is, as read when somebody joined or as an event changed it.
    pub fn set_requester(&self, ticket: TicketId, requester: ParticipantId) {
        let mut state = self.lock();
        let Some(feed) = state.feeds.get_mut(&ticket) else { return };
        let old = feed.requester.replace(requester);
        if old == Some(requester) {
            return;
        }
        if let Some(old) = old {
            state.unrequest(old, ticket);
        }
        state.requested.entry(requester).or_default().push(ticket);
    }

    pub fn readers(&self, ticket: TicketId) -> Vec<Arc<Connection>> {
        self.lock().feeds.get(&ticket).map(|feed| feed.readers.clone()).unwrap_or_default()
    }

    pub fn agents(&self) -> Vec<Arc<Connection>> {
        self.lock().agents.values().cloned().collect()
    }

    pub fn connections(&self) -> Vec<Arc<Connection>> {
        self.lock().connections.values().cloned().collect()
    }

    pub fn of_person(&self, person: ParticipantId) -> Vec<Arc<Connection>> {
        self.lock().people.get(&person).cloned().unwrap_or_default()
    }

    /// The connections of a ticket's requesters: the one it belongs to, and guests it was granted to.
    pub fn requesters(&self, ticket: TicketId, requester: ParticipantId) -> Vec<Arc<Connection>> {
        let state = self.lock();
        let mut found = state.people.get(&requester).cloned().unwrap_or_default();
        for guest in state.granted.get(&ticket).into_iter().flatten() {
            if found.iter().all(|other| other.id != guest.id) {
                found.push(Arc::clone(guest));
            }
        }
        found
    }

    /// Everybody that the requesters' connections act as.
    pub fn requesting_people(&self) -> Vec<ParticipantId> {
        let state = self.lock();
        let connections = state.connections.values().filter(|connection| connection.audience == Audience::Requester);
        let people: HashSet<_> = connections.flat_map(|connection| connection.participants()).collect();
        people.into_iter().collect()
    }

    /// Tickets with readers whose requester this is.
    pub fn tickets_requested_by(&self, person: ParticipantId) -> Vec<TicketId> {
        self.lock().requested.get(&person).cloned().unwrap_or_default()
    }

    pub fn of_login(&self, logins: &[LoginId]) -> Vec<Arc<Connection>> {
        self.lock().connections.values().filter(|c| logins.contains(&c.login)).cloned().collect()
    }

    /// Tickets with readers here.
    pub fn tickets(&self) -> Vec<TicketId> {
        self.lock().feeds.keys().copied().collect()
    }

    pub fn known(&self, ticket: TicketId) -> Option<Vec<Attendant>> {
        self.lock().feeds.get(&ticket).and_then(|feed| feed.known.clone())
    }

    /// Who is in it now.
    pub fn set_known(&self, ticket: TicketId, known: Vec<Attendant>) {
        if let Some(feed) = self.lock().feeds.get_mut(&ticket) {
            feed.known = Some(known);
        }
    }

    /// The same from a read, which may be older than what was told since.
    pub fn learn(&self, ticket: TicketId, known: Vec<Attendant>) {
        if let Some(feed) = self.lock().feeds.get_mut(&ticket) {
            feed.known.get_or_insert(known);
        }
    }

    /// Remembers what was told of a row. `false`: something as new was told already.
    pub fn tell_row(&self, told: Told) -> bool {
        let mut state = self.lock();
        if !state.is_news(told.ticket.id, told.version, told.pub_version) {
            return false;
        }
        state.rows.insert(told.ticket.id, told);
        true
    }

    /// Whether a row is newer than what was told of it.
    pub fn is_news(&self, position: &Position) -> bool {
        self.lock().is_news(position.ticket, position.version, position.pub_version)
    }

    /// When the last position check began that came to its end.
    pub fn checked_at(&self) -> Option<Millis> {
        self.lock().checked_at
    }

    /// Whose ticket it was when its row was told last.
    pub fn told(&self, ticket: TicketId) -> Option<TicketRef> {
        self.lock().rows.get(&ticket).map(|told| told.ticket.clone())
    }

    /// Whether a mark stands further on than was told.
    pub fn is_mark_news(&self, place: &MarkPlace) -> bool {
        self.lock().is_mark_news(place)
    }

    /// Remembers a mark that was told. `false`: it stood there already, or further on.
    pub fn tell_mark(&self, place: MarkPlace) -> bool {
        let mut state = self.lock();
        let is_news = state.is_mark_news(&place);
        if is_news {
            state.marks.insert((place.ticket, place.participant), place);
        }
        is_news
    }

    /// A position check that began then has met these tickets. Forgets what was told of all others.
    pub fn checked(&self, began_at: Millis, tickets: &HashSet<TicketId>) {
        let mut state = self.lock();
        state.checked_at = Some(began_at);
        state.rows.retain(|ticket, _| tickets.contains(ticket));
        state.marks.retain(|(ticket, _), _| tickets.contains(ticket));
    }

    /// Is an agent of this node reading the ticket?
    pub fn has_agent_reader(&self, ticket: TicketId) -> bool {
        let state = self.lock();
        state.feeds.get(&ticket).is_some_and(|feed| feed.readers.iter().any(|r| r.audience == Audience::Agent))
    }

    /// Registers a long poll for what comes after a number.
    pub fn wait(self: &Arc<Self>, ticket: TicketId, audience: Audience, after: i64) -> Poll {
        let news = Arc::new(Notify::new());
        let waiting = Waiting { audience, after, news: Arc::clone(&news) };
        self.lock().feeds.entry(ticket).or_default().waiting.push(waiting);
        Poll { registry: Arc::clone(self), ticket, news }
    }

    fn stop_waiting(&self, ticket: TicketId, news: &Arc<Notify>) {
        let mut state = self.lock();
        if let Some(feed) = state.feeds.get_mut(&ticket) {
            feed.waiting.retain(|waiting| !Arc::ptr_eq(&waiting.news, news));
        }
        state.tidy(ticket);
    }

    /// Wakes the long polls of a ticket.
    pub fn wake_waiting(&self, ticket: TicketId) {
        if let Some(feed) = self.lock().feeds.get(&ticket) {
            feed.waiting.iter().for_each(|waiting| waiting.news.notify_one());
        }
    }

    /// Wakes those of them for whom the ticket goes further than they know. The others wait on: while the bus
    /// is away a check each second would else end every poll.
    pub fn wake_behind(&self, position: &Position) {
        if let Some(feed) = self.lock().feeds.get(&position.ticket) {
            let behind = feed.waiting.iter().filter(|waiting| waiting.after < position.last_n(waiting.audience));
            behind.for_each(|waiting| waiting.news.notify_one());
        }
    }

    /// Connections of agents and of requesters, and tickets with readers.
    pub fn counts(&self) -> (usize, usize, usize) {
        let state = self.lock();
        (state.agents.len(), state.connections.len() - state.agents.len(), state.feeds.len())
    }

    /// (connections, feeds): back to nothing when everybody has gone (invariant 23).
    pub fn sizes(&self) -> (usize, usize) {
        let state = self.lock();
        (state.connections.len(), state.feeds.len() + state.people.len() + state.granted.len() + state.requested.len())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_news(&self, ticket: TicketId, version: i64, pub_version: i64) -> bool {
        self.rows.get(&ticket).is_none_or(|told| told.version < version || told.pub_version < pub_version)
    }

    fn is_mark_news(&self, place: &MarkPlace) -> bool {
        let told = self.marks.get(&(place.ticket, place.participant));
        told.is_none_or(|told| told.delivered_n < place.delivered_n || told.read_n < place.read_n)
    }

    fn index(&mut self, connection: &Arc<Connection>, who: &Who) {
        for person in participants(who) {
            self.people.entry(person).or_default().push(Arc::clone(connection));
        }
        if let Who::Visitor(visitor) = who {
            for grant in &visitor.grants {
                self.granted.entry(grant.ticket).or_default().push(Arc::clone(connection));
            }
        }
    }

    fn unindex(&mut self, connection: &Arc<Connection>, who: &Who) {
        for person in participants(who) {
            take_out(&mut self.people, person, connection);
        }
        if let Who::Visitor(visitor) = who {
            for grant in &visitor.grants {
                take_out(&mut self.granted, grant.ticket, connection);
            }
        }
    }

    fn leave(&mut self, ticket: TicketId, connection: &Arc<Connection>) {
        if let Some(feed) = self.feeds.get_mut(&ticket) {
            feed.readers.retain(|reader| reader.id != connection.id);
        }
        self.tidy(ticket);
    }

    fn tidy(&mut self, ticket: TicketId) {
        if self.feeds.get(&ticket).is_some_and(Feed::is_unused)
            && let Some(requester) = self.feeds.remove(&ticket).and_then(|feed| feed.requester)
        {
            self.unrequest(requester, ticket);
        }
    }

    fn unrequest(&mut self, requester: ParticipantId, ticket: TicketId) {
        if let Some(tickets) = self.requested.get_mut(&requester) {
            tickets.retain(|other| *other != ticket);
            if tickets.is_empty() {
                self.requested.remove(&requester);
            }
        }
    }
}

fn take_out<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<Arc<Connection>>>, key: K, connection: &Arc<Connection>) {
    if let Some(connections) = map.get_mut(&key) {
        connections.retain(|other| other.id != connection.id);
        if connections.is_empty() {
            map.remove(&key);
        }
    }
}
