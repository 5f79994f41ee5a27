//! Links that work once: the first admin's, invites, resets.

use protocol::http::LinkPurpose;
use protocol::model::Role;
use protocol::{ErrorCode, LoginId, Millis, ParticipantId, SiteId};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{Digest, NewLogin, OneTime, end_logins_of, insert_login};
use crate::domain::email::Email;
use crate::domain::message::Name;
use crate::domain::{Refusal, ids};
use crate::store::db::{commit, one_at_a_time, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::people::{NewAgent, insert_agent};
use crate::store::sql::{Columns, Sql, one, run, word};
use crate::store::{Store, StoreError};

impl Store {
    /// Makes a link and ends older ones for the same participant and purpose.
    pub async fn new_one_time_link(
        &self,
        site: SiteId,
        purpose: LinkPurpose,
        participant: Option<ParticipantId>,
        token: Digest,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        Ok(retrying(|| self.new_link_once(site, purpose, participant, token, expires_at)).await?)
    }

    async fn new_link_once(
        &self,
        site: SiteId,
        purpose: LinkPurpose,
        participant: Option<ParticipantId>,
        token: Digest,
        expires_at: Millis,
    ) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let mut sql = Sql::new("update one_time_link set used_at = ");
        sql.bind(self.now()).push(" where used_at is null and site_id = ").bind(site.0);
        sql.push(" and purpose = ").bind(word(purpose)).push(" and participant_id ");
        match participant {
            Some(participant) => sql.push("= ").bind(participant.0),
            None => sql.push("is null"),
        };
        run(&tx, sql).await?;
        let text = "insert into one_time_link (id, site_id, purpose, participant_id, token_digest, expires_at, created_at) \
                    values ($1, $2, $3, $4, $5, $6, $7)";
        let row = [
            ids::new_id(self.clock()).into(),
            site.0.into(),
            word(purpose).into(),
            participant.map(|participant| participant.0).into(),
            token.to_vec().into(),
            expires_at.into(),
            self.now().into(),
        ];
        run(&tx, Sql::with(text, row)).await?;
        commit(tx).await
    }

    /// The link behind a token, if it can still be used. Changes nothing.
    pub async fn one_time_link(&self, token: &Digest) -> Result<Option<OneTime>, StoreError> {
        let text = "select o.id, o.purpose, o.participant_id, coalesce(p.email, '') as email, \
                    coalesce(p.name, '') as name from one_time_link o left join participant p on p.id = o.participant_id \
                    where o.token_digest = $1 and o.used_at is null and o.expires_at > $2 and p.disabled_at is null";
        let row = one(self.db().reads(), Sql::with(text, [token.to_vec().into(), self.now().into()])).await?;
        Ok(row.map(|row| read_link(&row)).transpose()?)
    }

    /// Uses the link up: sets the password (and, for the first admin, makes the agent; for an invite,
    /// the name), ends that agent's other logins, makes a login. `None` when it was used meanwhile.
    pub async fn use_one_time_link(
        &self,
        link: Uuid,
        email: Option<Email>,
        name: Option<Name>,
        password_hash: String,
        login: NewLogin,
    ) -> Result<Option<(ParticipantId, LoginId)>, StoreError> {
        let used = Used { link, email, name, password_hash, login };
        Ok(retrying(|| self.use_link_once(&used)).await?)
    }

    async fn use_link_once(&self, used: &Used) -> Outcome<Option<(ParticipantId, LoginId)>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let text = "update one_time_link set used_at = $1 where id = $2 and used_at is null and expires_at > $1 \
                    returning site_id, purpose, participant_id";
        let Some(row) = one(&tx, Sql::with(text, [now.into(), used.link.into()])).await? else { return Ok(None) };
        let site: SiteId = row.id("site_id")?;
        let agent = match (row.word("purpose")?, row.id_or_none("participant_id")?) {
            (LinkPurpose::FirstAdmin, _) => self.make_first_admin(&tx, site, used).await?,
            (_, Some(agent)) => set_password(&tx, site, agent, used).await?,
            (_, None) => None,
        };
        let Some(agent) = agent else { return Ok(None) };
        end_links_of(&tx, agent, now).await?;
        end_logins_of(&tx, agent, None, now).await?;
        let login = LoginId(ids::new_id(self.clock()));
        insert_login(&tx, login, &NewLogin { participant: Some(agent), ..used.login.clone() }, now).await?;
        commit(tx).await?;
        Ok(Some((agent, login)))
    }

    /// None when there is an agent with a password by now.
    async fn make_first_admin(
        &self,
        tx: &DatabaseTransaction,
        site: SiteId,
        used: &Used,
    ) -> Outcome<Option<ParticipantId>> {
        one_at_a_time(tx, &["first admin"]).await?;
        if count_with_password(tx, site).await? > 0 {
            return Ok(None);
        }
        let required = |field| move || Refusal::of(field, ErrorCode::Required);
        let new = NewAgent {
            id: ParticipantId(ids::new_id(self.clock())),
            site,
            email: used.email.as_ref().ok_or_else(required("email"))?,
            name: used.name.as_ref().ok_or_else(required("name"))?,
            role: Role::Admin,
            password_hash: Some(used.password_hash.clone()),
        };
        insert_agent(tx, &new, self.now()).await?;
        Ok(Some(new.id))
    }

    /// Whether any agent has a password yet; if not, the first admin's link is offered.
    pub async fn has_agents(&self, site: SiteId) -> Result<bool, StoreError> {
        Ok(count_with_password(self.db().reads(), site).await? > 0)
    }
}

/// What the holder of a link gave.
struct Used {
    link: Uuid,
    email: Option<Email>,
    name: Option<Name>,
    password_hash: String,
    login: NewLogin,
}

fn read_link(row: &sea_orm::QueryResult) -> Outcome<OneTime> {
    Ok(OneTime {
        id: row.get("id")?,
        purpose: row.word("purpose")?,
        participant: row.id_or_none("participant_id")?,
        email: row.get("email")?,
        name: row.get("name")?,
    })
}

/// None when the agent was disabled meanwhile.
async fn set_password(
    tx: &DatabaseTransaction,
    site: SiteId,
    agent: ParticipantId,
    used: &Used,
) -> Outcome<Option<ParticipantId>> {
    let text = "update participant set password_hash = $1, name = coalesce($2, name) \
                where id = $3 and site_id = $4 and kind = 'agent' and disabled_at is null";
    let name = used.name.as_ref().map(|name| name.as_str().to_owned());
    let values = [used.password_hash.as_str().into(), name.into(), agent.0.into(), site.0.into()];
    Ok((run(tx, Sql::with(text, values)).await? == 1).then_some(agent))
}

/// Whoever has a new password, or is disabled, needs no other link.
pub(in crate::store) async fn end_links_of(tx: &DatabaseTransaction, agent: ParticipantId, now: Millis) -> Outcome<()> {
    let text = "update one_time_link set used_at = $1 where participant_id = $2 and used_at is null";
    run(tx, Sql::with(text, [now.into(), agent.0.into()])).await?;
    Ok(())
}

async fn count_with_password(db: &impl sea_orm::ConnectionTrait, site: SiteId) -> Outcome<i64> {
    let text =
        "select count(*) as n from participant where site_id = $1 and kind = 'agent' and password_hash is not null";
    let row = one(db, Sql::with(text, [site.0.into()])).await?;
    row.ok_or_else(|| Fault::Failed("a count gave no row".to_owned()))?.get("n")
}
