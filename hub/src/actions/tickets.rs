//! Tickets: opening one, lists, what a page needs to show one, joining one into an account.

use protocol::frame::AnyEvent;
use protocol::http::{
    AgentEvents, AgentSnapshot, Inbox, NewTicket, PublicEvents, PublicSnapshot, RealtimeToken, SearchHits, SharedFiles,
    Tags, TicketList, Views,
};
use protocol::model::{Presence, PublicTicket, Row, Side};
use protocol::{ClientId, ErrorCode, LoginId, ParticipantId, TicketId};

use super::audit::{self, About, Act};
use super::conversation::find;
use super::sign_in::{Browser, begin_login, limited_by_network};
use super::{Caller, Hub};
use crate::auth::Token;
use crate::bus::Signal;
use crate::domain::access::{self, Agent, Readable, TicketRef, Visitor, Who};
use crate::domain::email::Email;
use crate::domain::limits::{REALTIME_TOKEN_LIFE_MS, SAME_MATTER_MS};
use crate::domain::message::{Name, Subject, Text, parse_details};
use crate::domain::search::Query;
use crate::domain::{Locale, Refusal};
use crate::presence::Attendant;
use crate::store::StoreError;
use crate::store::logins::FoundLogin;
use crate::store::tickets::ListQuery;
use crate::store::writer::{Act as Write, Actor, Append, Opening, OpeningRequester};

/// A ticket that was opened, with the token to set when the browser got its login by it.
#[derive(Debug)]
pub struct Opened {
    pub ticket: PublicTicket,
    pub repeated: bool,
    pub cookie: Option<Token>,
}

/// Opens a ticket as the signed-in customer or as a guest. A repeat of the key gives the same ticket.
pub async fn open(
    hub: &Hub,
    browser: &Browser,
    caller: &Caller,
    key: ClientId,
    form: NewTicket,
) -> Result<Opened, StoreError> {
    let parsed = parse(hub, browser, caller, form)?;
    let (visitor, cookie) = begin_login(hub, browser, caller).await?;
    if hub.store.answered(visitor.login, key).await?.is_none() {
        limited_by_network(hub, caller, "ticket.network", hub.settings.new_tickets_per_network_hour_max).await?;
    }
    let opened = hub
        .store
        .open_ticket(Opening {
            site: visitor.site,
            login: visitor.login,
            client_id: key,
            requester: parsed.requester,
            topic: parsed.topic,
            subject: parsed.subject,
            text: parsed.text,
            details: parsed.details,
            locale: parsed.locale.code().to_owned(),
        })
        .await?;
    hub.mail_due.tell();
    Ok(Opened { ticket: opened.ticket, repeated: opened.repeated, cookie })
}

struct Parsed {
    requester: OpeningRequester,
    topic: String,
    subject: Subject,
    text: Text,
    details: Vec<protocol::model::Detail>,
    locale: Locale,
}

fn parse(hub: &Hub, browser: &Browser, caller: &Caller, form: NewTicket) -> Result<Parsed, Refusal> {
    let is_customer = browser.visitor.as_ref().is_some_and(|visitor| visitor.customer.is_some());
    // A sign-in that ended since the page was opened: say so, rather than ask for an address.
    if browser.ended && form.email.is_none() {
        return Err(Refusal::new(ErrorCode::NotSignedIn));
    }
    let topics = &hub.store.site().topics;
    let topic = topics.iter().find(|topic| topic.key == form.topic).ok_or_else(|| match form.topic.is_empty() {
        true => Refusal::of("topic", ErrorCode::Required),
        false => Refusal::of("topic", ErrorCode::BadValue),
    })?;
    let fields: Vec<String> = topic.fields.iter().map(|field| field.key.clone()).collect();
    let text = Text::parse(form.text)?;
    let subject = Subject::parse(&form.subject, &text)?;
    let details = parse_details(form.details, &fields)?;
    let requester = match (is_customer, form.email) {
        (true, None) if form.name.is_none() => OpeningRequester::Customer,
        (true, None) => return Err(Refusal::of("name", ErrorCode::BadValue)),
        (true, Some(_)) => return Err(Refusal::of("email", ErrorCode::BadValue)),
        (false, email) => OpeningRequester::Guest {
            email: Email::parse(&email.unwrap_or_default())?,
            name: Name::parse_optional(form.name.as_deref())?,
        },
    };
    let locale = form.locale.as_deref().and_then(Locale::from_code).unwrap_or(caller.locale);
    Ok(Parsed { requester, topic: form.topic, subject, text, details, locale })
}

/// The tickets of this browser, with what a customer may take into the account.
pub async fn own(
    hub: &Hub,
    visitor: &Visitor,
    closed: bool,
    cursor: Option<&str>,
    limit: u64,
) -> Result<TicketList, StoreError> {
    let people = participants(visitor);
    let page = hub.store.own_tickets(visitor.site, &people, closed, cursor, limit).await?;
    let (open_count, closed_count) = hub.store.own_ticket_counts(visitor.site, &people).await?;
    let offered = match visitor.customer {
        Some(customer) => hub.store.offered(visitor.site, customer).await?,
        None => Vec::new(),
    };
    Ok(TicketList { rows: page.rows, next: page.next, open_count, closed_count, offered })
}

/// Own open tickets on the same matter; a typed address is never looked up (decisions.md 32).
pub async fn same_matter(hub: &Hub, visitor: &Visitor, topic: &str) -> Result<Vec<Row<PublicTicket>>, StoreError> {
    let since = hub.clock.now() - SAME_MATTER_MS;
    hub.store.same_matter(visitor.site, &participants(visitor), topic, since).await
}

fn participants(visitor: &Visitor) -> Vec<ParticipantId> {
    visitor.customer.into_iter().chain(visitor.grants.iter().map(|grant| grant.participant)).collect()
}

/// A ticket as its requester's page shows it.
pub async fn public_snapshot(
    hub: &Hub,
    visitor: &Visitor,
    ticket: TicketId,
    before: Option<i64>,
) -> Result<PublicSnapshot, StoreError> {
    let who = Who::Visitor(visitor.clone());
    let found = find(hub, &who, ticket).await?;
    let readable = readable(&who, &found)?;
    let view = hub.store.public_snapshot(&readable, before).await?;
    let unconfirmed_email = hub.store.unconfirmed_email(&readable).await?;
    let agent = view.ticket.agent.iter();
    let known: Vec<_> =
        agent.map(|agent| Attendant { id: agent.id, side: Side::Agent, name: agent.name.clone() }).collect();
    let mut people = people(hub, ticket, &known);
    // Requesters see agents, and not each other.
    people.retain(|person| person.side == Side::Agent);
    Ok(PublicSnapshot {
        epoch: hub.store.epoch(),
        cursor: view.cursor,
        ticket: view.ticket,
        events: view.events,
        has_older: view.has_older,
        marks: view.marks,
        people,
        me: readable.reader(),
        read_n: view.read_n,
        unread: view.unread,
        unconfirmed_email,
    })
}

/// A ticket as the console shows it.
pub async fn agent_snapshot(
    hub: &Hub,
    agent: &Agent,
    ticket: TicketId,
    before: Option<i64>,
) -> Result<AgentSnapshot, StoreError> {
    let who = Who::Agent(agent.clone());
    let found = find(hub, &who, ticket).await?;
    let readable = readable(&who, &found)?;
    let view = hub.store.agent_snapshot(&readable, before).await?;
    let other_tickets = hub.store.other_tickets(agent, &readable).await?;
    let requester = &view.ticket.requester;
    let mut known = vec![Attendant { id: requester.id, side: Side::Requester, name: requester.name.clone() }];
    let assignee = view.ticket.assignee.iter();
    known.extend(assignee.map(|agent| Attendant { id: agent.id, side: Side::Agent, name: agent.name.clone() }));
    Ok(AgentSnapshot {
        epoch: hub.store.epoch(),
        cursor: view.cursor,
        ticket: view.ticket,
        events: view.events,
        has_older: view.has_older,
        marks: view.marks,
        people: people(hub, ticket, &known),
        read_n: view.read_n,
        unread: view.unread,
        other_tickets,
    })
}

fn people(hub: &Hub, ticket: TicketId, known: &[Attendant]) -> Vec<Presence> {
    hub.presence.people(ticket, known, hub.clock.now())
}

fn readable<'a>(who: &Who, found: &'a TicketRef) -> Result<Readable<'a>, Refusal> {
    access::read(who, found).ok_or(Refusal::new(ErrorCode::NotFound))
}

/// The files of a ticket for agents, a page of them.
pub async fn shared_files(
    hub: &Hub,
    agent: &Agent,
    ticket: TicketId,
    before: Option<i64>,
) -> Result<SharedFiles, StoreError> {
    let who = Who::Agent(agent.clone());
    let found = find(hub, &who, ticket).await?;
    hub.store.shared_files(&readable(&who, &found)?, before).await
}

/// Events of a requester's feed after a number.
pub async fn public_events(
    hub: &Hub,
    visitor: &Visitor,
    ticket: TicketId,
    after: i64,
    limit: u64,
) -> Result<PublicEvents, StoreError> {
    let (events, last_n) = events(hub, &Who::Visitor(visitor.clone()), ticket, after, limit).await?;
    let public = |event| match event {
        AnyEvent::Public(event) => Ok(event),
        AnyEvent::Agent(_) => Err(StoreError::Failed("an agent's event in a requester's feed".to_owned())),
    };
    let events = events.into_iter().map(public).collect::<Result<_, _>>()?;
    Ok(PublicEvents { epoch: hub.store.epoch(), events, last_n })
}

pub async fn agent_events(
    hub: &Hub,
    agent: &Agent,
    ticket: TicketId,
    after: i64,
    limit: u64,
) -> Result<AgentEvents, StoreError> {
    let (events, last_n) = events(hub, &Who::Agent(agent.clone()), ticket, after, limit).await?;
    let internal = |event| match event {
        AnyEvent::Agent(event) => Ok(event),
        AnyEvent::Public(_) => Err(StoreError::Failed("a requester's event in an agent's feed".to_owned())),
    };
    let events = events.into_iter().map(internal).collect::<Result<_, _>>()?;
    Ok(AgentEvents { epoch: hub.store.epoch(), events, last_n })
}

async fn events(
    hub: &Hub,
    who: &Who,
    ticket: TicketId,
    after: i64,
    limit: u64,
) -> Result<(Vec<AnyEvent>, i64), StoreError> {
    let found = find(hub, who, ticket).await?;
    let read = hub.store.events_after(&readable(who, &found)?, after, limit).await?;
    Ok((read.events, read.last_n))
}

/// A page of the console's list.
pub async fn inbox(hub: &Hub, agent: &Agent, query: &ListQuery) -> Result<Inbox, StoreError> {
    let page = hub.store.inbox(agent, query).await?;
    Ok(Inbox { rows: page.rows, next: page.next })
}

/// A page of what the agent may see and holds every word that was typed.
pub async fn search(
    hub: &Hub,
    agent: &Agent,
    typed: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<SearchHits, StoreError> {
    hub.store.search(agent, &Query::parse(typed)?, after, limit).await
}

/// The site's tags whose name has `part` in it.
pub async fn tags(hub: &Hub, agent: &Agent, part: &str) -> Result<Tags, StoreError> {
    Ok(Tags { tags: hub.store.tags(agent.site, part).await? })
}

pub async fn views(hub: &Hub, agent: &Agent) -> Result<Views, StoreError> {
    hub.store.views(agent).await
}

/// The creator of a guest ticket corrects an address that is not confirmed.
pub async fn change_address(
    hub: &Hub,
    visitor: &Visitor,
    caller: &Caller,
    ticket: TicketId,
    email: &str,
) -> Result<(), StoreError> {
    let email = Email::parse(email)?;
    let found = find(hub, &Who::Visitor(visitor.clone()), ticket).await?;
    write(hub, visitor, ticket, Write::ChangeAddress { email }).await?;
    hub.mail_due.tell();
    // Link, codes and other sessions of the old address are void by now: their sockets learn of it (R-A14).
    hub.bus.publish(Signal::RightsChanged(vec![found.requester]));
    audit::record(hub, caller, Act::AddressChanged, About::default().subject(ticket.0)).await;
    Ok(())
}

/// A customer takes a guest ticket of the same, proven address into the account. A repeat is as good.
pub async fn join(hub: &Hub, visitor: &Visitor, caller: &Caller, ticket: TicketId) -> Result<PublicTicket, StoreError> {
    let customer = visitor.customer.ok_or(Refusal::new(ErrorCode::NotSignedIn))?;
    let requester = hub.store.ticket_ref(visitor.site, ticket).await?.map(|found| found.requester);
    if requester != Some(customer) {
        write(hub, visitor, ticket, Write::Join).await?;
        join_kin(hub, visitor, ticket).await?;
        hub.bus.publish(Signal::RightsChanged(vec![customer]));
        audit::record(hub, caller, Act::TicketJoined, About::actor(customer).subject(ticket.0)).await;
    }
    let row = hub.store.public_rows(&[ticket]).await?.pop();
    Ok(row.ok_or(Refusal::new(ErrorCode::NotFound))?)
}

/// What was merged with a ticket goes with it, so that the lines between them lead somewhere.
async fn join_kin(hub: &Hub, visitor: &Visitor, ticket: TicketId) -> Result<(), StoreError> {
    for kin in hub.store.guests_kin(ticket).await? {
        match write(hub, visitor, kin, Write::Join).await {
            // Of another address by now, or joined meanwhile.
            Ok(()) | Err(StoreError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes something that has no key of its own: what it sets is the same however often it is set.
async fn write(hub: &Hub, visitor: &Visitor, ticket: TicketId, act: Write) -> Result<(), StoreError> {
    let client_id = ClientId(crate::domain::ids::new_id(&hub.clock));
    let actor = Actor::Visitor(visitor.login);
    hub.store.append(Append { site: visitor.site, ticket, actor, client_id, act, if_last_n: None }).await?;
    Ok(())
}

/// A single-use ticket for a client that cannot send its cookie with the handshake (R-E2).
pub async fn realtime_token(hub: &Hub, login: LoginId) -> Result<RealtimeToken, StoreError> {
    let token = Token::random();
    let expires_at = hub.clock.now() + REALTIME_TOKEN_LIFE_MS;
    hub.store.new_realtime_token(login, token.digest(), expires_at).await?;
    Ok(RealtimeToken { token: token.encode(), expires_at })
}

/// A visitor's rights as they are now: time may have passed since the request began.
pub async fn visitor_now(hub: &Hub, visitor: &Visitor) -> Result<Visitor, StoreError> {
    match hub.store.logins(&[visitor.login]).await?.pop() {
        Some((_, FoundLogin::Visitor(visitor))) => Ok(visitor),
        _ => Err(Refusal::new(ErrorCode::NotSignedIn).into()),
    }
}

pub async fn agent_now(hub: &Hub, agent: &Agent) -> Result<Agent, StoreError> {
    match hub.store.logins(&[agent.login]).await?.pop() {
        Some((_, FoundLogin::Agent(agent))) => Ok(agent),
        _ => Err(Refusal::new(ErrorCode::NotSignedIn).into()),
    }
}
