//! What mails are composed from beside their own row, and what the console tells of them.

use protocol::model::Status;
use protocol::{Millis, ParticipantId, SiteId, TicketId};

use crate::domain::alert::Hold;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, one};
use crate::store::{Store, StoreError};

/// Tickets of one mail.
const LISTED_MAX: i64 = 10;

/// A ticket for "your requests" (M6).
#[derive(Clone, Debug)]
pub struct AddressedTicket {
    pub ticket: TicketId,
    pub requester: ParticipantId,
    pub number: i64,
    pub opened_at: Millis,
    pub status: Status,
}

/// The alerts of one recipient in one ticket, as they stand.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Unread since, and why nothing goes out, or when something does.
    pub unread_since: Option<Millis>,
    pub mail_due: Option<Millis>,
    pub hold: Option<Hold>,
    /// The latest mails, newest first.
    pub mails: Vec<ToldMail>,
    /// When the link in the mails was last opened on its page.
    pub link_opened_at: Option<Millis>,
}

#[derive(Clone, Debug)]
pub struct ToldMail {
    pub kind: String,
    pub state: String,
    pub created_at: Millis,
    pub due_at: Millis,
    pub done_at: Option<Millis>,
    pub attempts: i64,
    pub hold: Option<Hold>,
    pub last_error: Option<String>,
}

impl Store {
    /// The tickets that belong to an address, open ones first, then the newest.
    pub async fn tickets_of_address(&self, site: SiteId, canonical: &str) -> Result<Vec<AddressedTicket>, StoreError> {
        let text = "select t.id, t.requester_id, t.number, t.opened_at, t.status from ticket t \
                    join participant p on p.id = t.requester_id \
                    where p.site_id = $1 and p.email_canonical = $2 and p.kind <> 'agent' \
                    order by case when t.status in ('open', 'pending') then 0 else 1 end, t.last_pub_at desc, t.id limit $3";
        let rows =
            all(self.db().reads(), Sql::with(text, [site.0.into(), canonical.into(), LISTED_MAX.into()])).await?;
        let read = rows.iter().map(|row| {
            Ok(AddressedTicket {
                ticket: row.id("id")?,
                requester: row.id("requester_id")?,
                number: row.get("number")?,
                opened_at: row.get("opened_at")?,
                status: row.word("status")?,
            })
        });
        Ok(read.collect::<Outcome<_>>()?)
    }

    /// The numbers of the tickets that wait for an agent, oldest first: what a digest tells (M8). Somebody who
    /// was mentioned in a ticket may have lost it since.
    pub async fn waiting_for(&self, site: SiteId, agent: ParticipantId) -> Result<Vec<i64>, StoreError> {
        let text = "select t.number from attention a join ticket t on t.id = a.ticket_id \
                    where a.site_id = $1 and a.wanted_seq > a.read_seq and a.mailed_seq > a.read_seq \
                    and (a.recipient_id = $2 or a.team_id = $1 or exists \
                    (select 1 from team_member m where m.participant_id = $2 and m.team_id = a.team_id)) \
                    and exists (select 1 from participant p where p.id = $2 and (p.role in ('lead', 'admin') \
                    or t.assignee_id = p.id or (t.team_id is null and t.assignee_id is null) or exists \
                    (select 1 from team_member m where m.participant_id = p.id and m.team_id = t.team_id))) \
                    order by a.first_unread_at, t.number limit 100";
        let rows = all(self.db().reads(), Sql::with(text, [site.0.into(), agent.0.into()])).await?;
        Ok(rows.iter().map(|row| row.get("number")).collect::<Outcome<_>>()?)
    }

    /// How the alerts to a recipient stand in a ticket, for the console.
    pub async fn told(&self, ticket: TicketId, recipient: ParticipantId) -> Result<Told, StoreError> {
        let key = [ticket.0.into(), recipient.0.into()];
        let db = self.db().reads();
        let text =
            "select first_unread_at, mail_due, hold_reason from attention where ticket_id = $1 and recipient_id = $2";
        let mut told = match one(db, Sql::with(text, key.clone())).await? {
            Some(row) => Told {
                unread_since: row.get("first_unread_at")?,
                mail_due: row.get("mail_due")?,
                hold: hold(row.get("hold_reason")?),
                ..Told::default()
            },
            None => Told::default(),
        };
        let text = "select kind, state, created_at, due_at, done_at, attempts, hold_reason, last_error from delivery \
                    where ticket_id = $1 and recipient_id = $2 and kind <> 'm3' order by created_at desc, id desc limit 10";
        for row in all(db, Sql::with(text, key.clone())).await? {
            told.mails.push(ToldMail {
                kind: row.get("kind")?,
                state: row.get("state")?,
                created_at: row.get("created_at")?,
                due_at: row.get("due_at")?,
                done_at: row.get("done_at")?,
                attempts: row.get("attempts")?,
                hold: hold(row.get("hold_reason")?),
                last_error: row.get("last_error")?,
            });
        }
        let text = "select last_seen_at from secure_link where ticket_id = $1 and participant_id = $2";
        let link = one(db, Sql::with(text, key)).await?;
        told.link_opened_at = link.map(|row| row.get("last_seen_at")).transpose()?.flatten();
        Ok(told)
    }
}

fn hold(word: Option<String>) -> Option<Hold> {
    word.as_deref().and_then(Hold::from_word)
}
