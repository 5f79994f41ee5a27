//! Opens tickets: the guest and their right, the ticket, its first two events.

use protocol::model::{
    AgentBody, AgentTicket, Author, Message, Priority, Proof, PublicTicket, Requester, Side, Status, TicketName,
};
use protocol::{ClientId, ErrorCode, LoginId, ParticipantId, SiteId, TicketId};

use super::decide::{Decision, Draft};
use super::load::Opener;
use super::{Opened, Opening, OpeningRequester};
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::TicketRow;

/// What a new ticket needs beside its own row.
#[derive(Clone, Debug)]
pub(super) struct NewTicket {
    pub login: LoginId,
    pub client_id: ClientId,
    /// The signed-in customer, who may come again by another login.
    pub customer: Option<ParticipantId>,
    /// The requester is a guest, who gets a participant's row and a grant.
    pub is_guest: bool,
    /// Whose the ticket is that it continues: its rights come from there, and it answers no opening.
    pub continues: Option<ParticipantId>,
}

impl Decision<'_> {
    pub(super) fn open(&mut self, opening: &Opening) -> Outcome<Opened> {
        self.who(opening.site, opening.login, Audience::Requester)?;
        if let Some(ticket) = self.opened_before(opening) {
            return Ok(Opened { ticket: self.ticket(ticket).public.clone(), repeated: true });
        }
        let (requester, canonical, customer) = self.requester(opening)?;
        let new = NewTicket {
            login: opening.login,
            client_id: opening.client_id,
            customer,
            is_guest: requester.guest,
            continues: None,
        };
        let author = Author { id: requester.id, side: Side::Requester, name: requester.name.clone() };
        let name = self.new_name(opening.site)?;
        let ticket = name.ticket;
        let (subject, topic) = (opening.subject.as_str().to_owned(), opening.topic.clone());
        let row = new_row(opening.site, name, subject, topic, requester, canonical, self.now);
        self.remember(opening, &new, ticket);
        self.loaded.tickets.insert(ticket, row);
        self.opened.insert(ticket, new);
        self.emit_opening(opening, ticket, &author);
        self.tell_opened(ticket, None);
        // Its row is written whole.
        self.changed.remove(&ticket);
        Ok(Opened { ticket: self.ticket(ticket).public.clone(), repeated: false })
    }

    /// The id and number of a ticket that is about to be opened.
    pub(super) fn new_name(&mut self, site: SiteId) -> Outcome<TicketName> {
        let next = self.loaded.next_numbers.get_mut(&site);
        let next = next.ok_or_else(|| Fault::Failed("a ticket is opened on no site".to_owned()))?;
        let number = *next;
        *next += 1;
        self.numbers_taken.insert(site);
        Ok(TicketName { ticket: TicketId(self.new_id()), number })
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

    /// Who opens it, the address in its canonical form, and the signed-in customer.
    fn requester(&self, opening: &Opening) -> Result<(Requester, String, Option<ParticipantId>), Refusal> {
        let login = opening.login;
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
                Ok((requester, person.canonical.clone(), Some(person.id)))
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
                Ok((requester, email.canonical().to_owned(), None))
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

pub(super) fn new_row(
    site: SiteId,
    name: TicketName,
    subject: String,
    topic: String,
    requester: Requester,
    requester_canonical: String,
    now: protocol::Millis,
) -> TicketRow {
    let TicketName { ticket: id, number } = name;
    TicketRow {
        site,
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
            closed_at: None,
            continued_in: None,
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
            closed_at: None,
            continued_in: None,
        },
        last_line_seq: None,
        requester_canonical,
        merge_depth: 0,
    }
}
