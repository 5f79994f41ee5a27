//! Opens tickets: the guest and their right, the ticket, its first two events.

use protocol::model::{
    AgentBody, AgentTicket, Author, Message, Priority, Proof, PublicTicket, Requester, Side, Status,
};
use protocol::{ClientId, ErrorCode, LoginId, ParticipantId, TicketId};

use super::decide::{Decision, Draft};
use super::load::Opener;
use super::{Opened, Opening, OpeningRequester};
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::email::Email;
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::TicketRow;

/// What a new ticket needs beside its own row.
#[derive(Clone, Debug)]
pub(super) struct NewTicket {
    pub login: LoginId,
    pub client_id: ClientId,
    /// The signed-in customer, who may come again by another login.
    pub customer: Option<ParticipantId>,
    /// Who gets a participant's row and a grant.
    pub guest: Option<Email>,
}

impl Decision<'_> {
    pub(super) fn open(&mut self, opening: &Opening) -> Outcome<Opened> {
        self.who(opening.site, opening.login, Audience::Requester)?;
        if let Some(ticket) = self.opened_before(opening) {
            return Ok(Opened { ticket: self.ticket(ticket).public.clone(), repeated: true });
        }
        let (requester, new) = self.requester(opening)?;
        let author = Author { id: requester.id, side: Side::Requester, name: requester.name.clone() };
        let number = self.loaded.next_numbers.get_mut(&opening.site);
        let number = number.ok_or_else(|| Fault::Failed("a ticket is opened on no site".to_owned()))?;
        let ticket = TicketId(crate::domain::ids::new_id(self.clock));
        let canonical = new.guest.as_ref().map(|email| email.canonical().to_owned());
        let canonical =
            canonical.or_else(|| Some(self.loaded.logins.get(&opening.login)?.person.as_ref()?.canonical.clone()));
        let row = new_row(opening, ticket, *number, requester, canonical.unwrap_or_default(), self.now);
        *number += 1;
        self.numbers_taken.insert(opening.site);
        self.remember(opening, &new, ticket);
        self.loaded.tickets.insert(ticket, row);
        self.opened.insert(ticket, new);
        self.emit_opening(opening, ticket, &author);
        self.tell_opened(ticket, None);
        // Its row is written whole.
        self.changed.remove(&ticket);
        Ok(Opened { ticket: self.ticket(ticket).public.clone(), repeated: false })
    }

    fn opened_before(&self, opening: &Opening) -> Option<TicketId> {
        let customer = self.login(opening.login).person.as_ref().map(|person| Opener::Customer(person.id));
        let openers = [Some(Opener::Login(opening.login)), customer];
        openers.into_iter().flatten().find_map(|opener| self.loaded.opened.get(&(opener, opening.client_id)).copied())
    }

    fn remember(&mut self, opening: &Opening, new: &NewTicket, ticket: TicketId) {
        self.loaded.opened.insert((Opener::Login(opening.login), opening.client_id), ticket);
        if let Some(customer) = new.customer {
            self.loaded.opened.insert((Opener::Customer(customer), opening.client_id), ticket);
        }
    }

    fn requester(&self, opening: &Opening) -> Result<(Requester, NewTicket), Refusal> {
        let (login, client_id) = (opening.login, opening.client_id);
        match &opening.requester {
            OpeningRequester::Customer => {
                let person = self.login(login).person.as_ref().ok_or(Refusal::new(ErrorCode::NotSignedIn))?;
                let requester = Requester {
                    id: person.id,
                    guest: false,
                    name: person.name.clone(),
                    email: person.email.clone(),
                    proof: person.proof,
                    locale: person.locale.clone(),
                };
                Ok((requester, NewTicket { login, client_id, customer: Some(person.id), guest: None }))
            }
            OpeningRequester::Guest { email, name } => {
                let requester = Requester {
                    id: ParticipantId(self.new_id()),
                    guest: true,
                    name: name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
                    email: email.typed().to_owned(),
                    proof: Proof::NotConfirmed,
                    locale: opening.locale.clone(),
                };
                Ok((requester, NewTicket { login, client_id, customer: None, guest: Some(email.clone()) }))
            }
        }
    }

    fn emit_opening(&mut self, opening: &Opening, ticket: TicketId, author: &Author) {
        let opened = AgentBody::Opened { topic: opening.topic.clone(), details: opening.details.clone() };
        self.emit(ticket, author, Draft::public(opened));
        let message = AgentBody::Message(Message {
            text: opening.text.as_str().to_owned(),
            asks: false,
            attachments: Vec::new(),
            edited_at: None,
            redacted_at: None,
        });
        let draft = Draft { client_id: Some(opening.client_id), ..Draft::public(message) };
        self.emit(ticket, author, draft);
        self.read_to_end(ticket, author.id, Audience::Requester);
    }
}

fn new_row(
    opening: &Opening,
    id: TicketId,
    number: i64,
    requester: Requester,
    requester_canonical: String,
    now: protocol::Millis,
) -> TicketRow {
    let (subject, topic) = (opening.subject.as_str().to_owned(), opening.topic.clone());
    TicketRow {
        site: opening.site,
        public: PublicTicket {
            id,
            number,
            subject: subject.clone(),
            topic: topic.clone(),
            status: Status::Open,
            opened_at: now,
            last_n: 0,
            last_at: now,
            last_line: None,
            theirs: 0,
            version: 0,
            agent: None,
            merged_into: None,
        },
        agent: AgentTicket {
            id,
            number,
            subject,
            topic,
            status: Status::Open,
            opened_at: now,
            last_n: 0,
            last_at: now,
            last_line: None,
            theirs: 0,
            version: 0,
            requester,
            team: None,
            assignee: None,
            waiting_since: None,
            priority: Priority::Normal,
            tags: Vec::new(),
            snoozed_until: None,
            merged_into: None,
        },
        last_line_seq: None,
        requester_canonical,
        merge_depth: 0,
    }
}
