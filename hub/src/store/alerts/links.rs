//! Secure links: one for each ticket and recipient, made when the first mail needs it.

use protocol::model::Proof;
use protocol::{Millis, ParticipantId, TicketId};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::domain::limits::LINK_SEEN_MS;
use crate::domain::{SecureLink, ids};
use crate::store::db::{commit, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all, one, run};
use crate::store::{Store, StoreError};

/// What [`read_link`] needs.
const LINK: &str = "id, ticket_id, participant_id, generation, kid";

/// A link as its page finds it. Nothing of it is shown before its token was checked.
#[derive(Clone, Debug)]
pub struct FoundLink {
    pub link: SecureLink,
    pub number: i64,
    /// The address that the ticket has.
    pub email: String,
    pub proof: Proof,
    /// Whose ticket it is now.
    pub requester: ParticipantId,
    /// The ticket belongs to a customer's account.
    pub of_account: bool,
    pub muted: bool,
}

/// Whether a recipient wants mails about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Muted {
    Yes,
    No,
}

impl Store {
    /// The link of a recipient to a ticket, made under the key `kid` when there is none.
    pub async fn secure_link(
        &self,
        ticket: TicketId,
        recipient: ParticipantId,
        kid: &str,
    ) -> Result<SecureLink, StoreError> {
        let find = format!("select {LINK} from secure_link where ticket_id = $1 and participant_id = $2");
        let key = [ticket.0.into(), recipient.0.into()];
        if let Some(row) = one(self.db().reads(), Sql::with(find.as_str(), key.clone())).await? {
            return Ok(read_link(&row)?);
        }
        let text = "insert into secure_link (id, site_id, ticket_id, participant_id, generation, kid, created_at) \
                    values ($1, $2, $3, $4, 1, $5, $6) on conflict (ticket_id, participant_id) do nothing";
        let row = [
            ids::new_id(self.clock()).into(),
            self.site().id.0.into(),
            ticket.0.into(),
            recipient.0.into(),
            kid.into(),
            self.now().into(),
        ];
        run(self.db().writes(), Sql::with(text, row)).await?;
        // By the connection that wrote: a reader may be a moment behind.
        let row = one(self.db().writes(), Sql::with(find, key)).await?;
        let row = row.ok_or_else(|| Fault::Failed("a link that was just made is gone".to_owned()))?;
        Ok(read_link(&row)?)
    }

    /// The link with this id and what its page may need, unless it was revoked for good.
    pub async fn found_link(&self, id: Uuid) -> Result<Option<FoundLink>, StoreError> {
        let text = "select l.id, l.ticket_id, l.participant_id, l.generation, l.kid, t.number, p.email, p.proof, \
                    r.id as requester_id, r.kind as requester_kind, m.created_at as muted_at from secure_link l \
                    join ticket t on t.id = l.ticket_id join participant p on p.id = l.participant_id \
                    join participant r on r.id = t.requester_id \
                    left join alert_mute m on m.ticket_id = l.ticket_id and m.participant_id = l.participant_id \
                    where l.id = $1 and l.revoked_at is null and l.site_id = $2";
        let row = one(self.db().reads(), Sql::with(text, [id.into(), self.site().id.0.into()])).await?;
        Ok(row.map(|row| read_found(&row)).transpose()?)
    }

    /// Writes down that somebody looked at the link's page. Answers whether it had been a while.
    pub async fn link_seen(&self, id: Uuid) -> Result<bool, StoreError> {
        let now = self.now();
        let text =
            "update secure_link set last_seen_at = $1 where id = $2 and (last_seen_at is null or last_seen_at <= $3)";
        let seen =
            run(self.db().writes(), Sql::with(text, [now.into(), id.into(), (now - LINK_SEEN_MS).into()])).await?;
        Ok(seen == 1)
    }

    /// Switches mails about a ticket off for a recipient, or on again. Repeats change nothing.
    pub async fn set_mute(&self, ticket: TicketId, recipient: ParticipantId, muted: Muted) -> Result<(), StoreError> {
        match muted {
            Muted::Yes => mute(self.db().writes(), ticket, recipient, self.now()).await?,
            Muted::No => {
                let text = "delete from alert_mute where participant_id = $1 and ticket_id = $2";
                run(self.db().writes(), Sql::with(text, [recipient.0.into(), ticket.0.into()])).await?;
            }
        }
        Ok(())
    }

    /// Ends every link and every code that was made with a key. Answers how many links.
    pub async fn end_links_of_key(&self, kid: &str) -> Result<u64, StoreError> {
        Ok(retrying(|| self.end_links_of_key_once(kid)).await?)
    }

    async fn end_links_of_key_once(&self, kid: &str) -> Outcome<u64> {
        let tx = self.db().begin().await?;
        // The next mail makes a new link, with a new id and another key: a link's kid never changes.
        let ended = run(&tx, Sql::with("delete from secure_link where kid = $1", [kid.into()])).await?;
        let text = "update access_code set ended_at = $1 where kid = $2 and ended_at is null";
        run(&tx, Sql::with(text, [self.now().into(), kid.into()])).await?;
        commit(tx).await?;
        Ok(ended)
    }

    /// How many links each key has made.
    pub async fn links_by_key(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let text = "select kid, count(*) as n from secure_link where revoked_at is null group by kid order by kid";
        let rows = all(self.db().reads(), Sql::new(text)).await?;
        Ok(rows.iter().map(|row| Ok((row.get("kid")?, row.get("n")?))).collect::<Outcome<_>>()?)
    }
}

/// Idempotent.
pub(in crate::store) async fn mute(
    db: &impl ConnectionTrait,
    ticket: TicketId,
    recipient: ParticipantId,
    now: Millis,
) -> Outcome<()> {
    let text =
        "insert into alert_mute (participant_id, ticket_id, created_at) values ($1, $2, $3) on conflict do nothing";
    run(db, Sql::with(text, [recipient.0.into(), ticket.0.into(), now.into()])).await?;
    Ok(())
}

fn read_link(row: &QueryResult) -> Outcome<SecureLink> {
    Ok(SecureLink {
        id: row.get("id")?,
        ticket: row.id("ticket_id")?,
        recipient: row.id("participant_id")?,
        generation: row.get("generation")?,
        kid: row.get("kid")?,
    })
}

fn read_found(row: &QueryResult) -> Outcome<FoundLink> {
    Ok(FoundLink {
        link: read_link(row)?,
        number: row.get("number")?,
        email: row.get("email")?,
        proof: row.word("proof")?,
        requester: row.id("requester_id")?,
        of_account: row.get::<String>("requester_kind")? == "customer",
        muted: row.get::<Option<Millis>>("muted_at")?.is_some(),
    })
}
