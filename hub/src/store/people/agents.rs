//! Agents: who they are, their roles and passwords.

use std::collections::HashMap;

use protocol::http::{AgentAccount, AgentState, ChangeAgent};
use protocol::model::{AgentRef, Availability, Proof, Role, TeamRef};
use protocol::{ClientId, ErrorCode, LoginId, Millis, ParticipantId, SiteId, TeamId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};

use super::{AgentRow, Assignable, Credentials};
use crate::domain::email::Email;
use crate::domain::message::Name;
use crate::domain::{Locale, Refusal, ids};
use crate::store::db::{commit, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::logins::{answer, end_links_of, end_logins_of, keep_answer, or_answered};
use crate::store::sql::{Columns, Sql, all, one, run, word};
use crate::store::{Store, StoreError};

/// An agent that is to be made.
pub(in crate::store) struct NewAgent<'a> {
    pub id: ParticipantId,
    pub site: SiteId,
    pub email: &'a Email,
    pub name: &'a Name,
    pub role: Role,
    pub password_hash: Option<String>,
}

impl Store {
    pub async fn credentials(&self, site: SiteId, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let text = "select id, password_hash, disabled_at from participant \
                    where site_id = $1 and email_canonical = $2 and kind = 'agent'";
        let row = one(self.db().reads(), Sql::with(text, [site.0.into(), email.canonical().into()])).await?;
        Ok(row.map(|row| read_credentials(&row)).transpose()?)
    }

    pub async fn agent(&self, site: SiteId, id: ParticipantId) -> Result<Option<AgentRow>, StoreError> {
        let text = "select id, name, email, role, password_hash, away_since from participant \
                    where id = $1 and site_id = $2 and kind = 'agent'";
        let Some(row) = one(self.db().reads(), Sql::with(text, [id.0.into(), site.0.into()])).await? else {
            return Ok(None);
        };
        let text = "select g.id, g.name from team_member m join team g on g.id = m.team_id \
                    where m.participant_id = $1 order by g.name, g.id";
        let teams = all(self.db().reads(), Sql::with(text, [id.0.into()])).await?;
        let team = |row: &QueryResult| Ok(TeamRef { id: row.id("id")?, name: row.get("name")? });
        Ok(Some(AgentRow {
            id,
            name: row.get("name")?,
            email: row.get("email")?,
            role: row.word("role")?,
            teams: teams.iter().map(team).collect::<Outcome<_>>()?,
            password_hash: row.get("password_hash")?,
            availability: availability(&row)?,
        }))
    }

    /// All agents of the site, by name.
    pub async fn agents(&self, site: SiteId) -> Result<Vec<AgentAccount>, StoreError> {
        let text = "select id, name, email, role, password_hash is not null as has_password, disabled_at \
                    from participant where site_id = $1 and kind = 'agent' order by lower(name), id";
        let rows = all(self.db().reads(), Sql::with(text, [site.0.into()])).await?;
        let mut teams = self.memberships(site).await?;
        Ok(rows.iter().map(|row| read_account(row, &mut teams)).collect::<Outcome<_>>()?)
    }

    /// Agents with a password who are not disabled, with their teams.
    pub async fn assignable(&self, site: SiteId) -> Result<Vec<Assignable>, StoreError> {
        let text = "select id, name, role, away_since from participant where site_id = $1 and kind = 'agent' \
                    and disabled_at is null and password_hash is not null order by lower(name), id";
        let rows = all(self.db().reads(), Sql::with(text, [site.0.into()])).await?;
        let mut teams = self.memberships(site).await?;
        let agent = |row: &QueryResult| {
            let agent = AgentRef { id: row.id("id")?, name: row.get("name")? };
            let teams = teams.remove(&agent.id).unwrap_or_default();
            Ok(Assignable { agent, role: row.word("role")?, teams, availability: availability(row)? })
        };
        Ok(rows.iter().map(agent).collect::<Outcome<_>>()?)
    }

    /// Those of these people who are agents, on their sites.
    pub async fn availabilities(
        &self,
        people: &[ParticipantId],
    ) -> Result<Vec<(SiteId, ParticipantId, Availability)>, StoreError> {
        let mut sql = Sql::new("select site_id, id, away_since from participant where kind = 'agent' and id ");
        sql.one_of(self.db().backend(), people.iter().map(|person| person.0));
        let rows = all(self.db().reads(), sql).await?;
        let read = rows.iter().map(|row| Ok((row.id("site_id")?, row.id("id")?, availability(row)?)));
        Ok(read.collect::<Outcome<_>>()?)
    }

    /// Kept until the agent says otherwise; since when, too.
    pub async fn set_availability(
        &self,
        site: SiteId,
        id: ParticipantId,
        availability: Availability,
    ) -> Result<(), StoreError> {
        let text = "update participant set away_since = case when $1 then coalesce(away_since, $2) end \
                    where id = $3 and site_id = $4 and kind = 'agent'";
        let is_away = availability == Availability::Away;
        run(self.db().writes(), Sql::with(text, [is_away.into(), self.now().into(), id.0.into(), site.0.into()]))
            .await?;
        Ok(())
    }

    async fn memberships(&self, site: SiteId) -> Outcome<HashMap<ParticipantId, Vec<TeamId>>> {
        let text = "select m.participant_id, m.team_id from team_member m join team g on g.id = m.team_id \
                    where g.site_id = $1 order by g.name, g.id";
        let mut teams: HashMap<ParticipantId, Vec<TeamId>> = HashMap::new();
        for row in all(self.db().reads(), Sql::with(text, [site.0.into()])).await? {
            teams.entry(row.id("participant_id")?).or_default().push(row.id("team_id")?);
        }
        Ok(teams)
    }

    /// Makes an agent without a password. `conflict` when the address is an agent's already.
    /// With a key, a repeat by the same login answers the same agent.
    pub async fn add_agent(
        &self,
        site: SiteId,
        email: &Email,
        name: &Name,
        role: Role,
        teams: &[TeamId],
        key: Option<(LoginId, ClientId)>,
    ) -> Result<ParticipantId, StoreError> {
        let id = ParticipantId(ids::new_id(self.clock()));
        let new = NewAgent { id, site, email, name, role, password_hash: None };
        let done = retrying(|| self.add_agent_once(&new, teams, key)).await;
        Ok(or_answered(self.db().writes(), done, key).await?)
    }

    async fn add_agent_once(
        &self,
        new: &NewAgent<'_>,
        teams: &[TeamId],
        key: Option<(LoginId, ClientId)>,
    ) -> Outcome<ParticipantId> {
        let tx = self.db().begin().await?;
        if let Some((login, key)) = key
            && let Some(answer) = answer(&tx, login, key).await?
        {
            return Ok(serde_json::from_str(&answer)?);
        }
        insert_agent(&tx, new, self.now()).await?;
        set_teams(&tx, new.site, new.id, teams).await?;
        if let Some(key) = key {
            keep_answer(&tx, key, "add_agent", serde_json::to_string(&new.id)?, self.now()).await?;
        }
        commit(tx).await?;
        Ok(new.id)
    }

    /// Changes role, teams or disabled. Answers the logins that were ended (disabling, role change).
    /// The last admin can neither be disabled nor lose the role: `conflict`.
    pub async fn change_agent(
        &self,
        site: SiteId,
        id: ParticipantId,
        change: &ChangeAgent,
    ) -> Result<Vec<LoginId>, StoreError> {
        Ok(retrying(|| self.change_agent_once(site, id, change)).await?)
    }

    async fn change_agent_once(&self, site: SiteId, id: ParticipantId, change: &ChangeAgent) -> Outcome<Vec<LoginId>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let before = lock_agent(&tx, site, id).await?;
        let after =
            Standing { role: change.role.unwrap_or(before.role), disabled: change.disabled.unwrap_or(before.disabled) };
        if before.leads() && !after.leads() && !another_admin(&tx, site, id).await? {
            return Err(Refusal::new(ErrorCode::Conflict).into());
        }
        let text = "update participant set role = $1, disabled_at = case when not $2 then null \
                    else coalesce(disabled_at, $3) end where id = $4";
        run(&tx, Sql::with(text, [word(after.role).into(), after.disabled.into(), now.into(), id.0.into()])).await?;
        if let Some(teams) = &change.teams {
            run(&tx, Sql::with("delete from team_member where participant_id = $1", [id.0.into()])).await?;
            set_teams(&tx, site, id, teams).await?;
        }
        let mut ended = Vec::new();
        if after.disabled && !before.disabled {
            end_links_of(&tx, id, now).await?;
        }
        if after != before {
            ended = end_logins_of(&tx, id, None, now).await?;
        }
        commit(tx).await?;
        Ok(ended)
    }

    pub async fn rename_agent(&self, site: SiteId, id: ParticipantId, name: &Name) -> Result<(), StoreError> {
        let text = "update participant set name = $1 where id = $2 and site_id = $3 and kind = 'agent'";
        run(self.db().writes(), Sql::with(text, [name.as_str().into(), id.0.into(), site.0.into()])).await?;
        Ok(())
    }

    /// The language of the agent's browser, which mails to them are in from now on.
    pub async fn set_agent_locale(&self, site: SiteId, id: ParticipantId, locale: Locale) -> Result<(), StoreError> {
        let text = "update participant set locale = $1 where id = $2 and site_id = $3 and kind = 'agent' \
                    and locale <> $1";
        run(self.db().writes(), Sql::with(text, [locale.code().into(), id.0.into(), site.0.into()])).await?;
        Ok(())
    }

    pub async fn set_password(&self, site: SiteId, id: ParticipantId, hash: String) -> Result<(), StoreError> {
        let text = "update participant set password_hash = $1 where id = $2 and site_id = $3 and kind = 'agent'";
        run(self.db().writes(), Sql::with(text, [hash.into(), id.0.into(), site.0.into()])).await?;
        Ok(())
    }
}

fn availability(row: &QueryResult) -> Outcome<Availability> {
    Ok(match row.get::<Option<Millis>>("away_since")? {
        Some(_) => Availability::Away,
        None => Availability::Available,
    })
}

fn read_credentials(row: &QueryResult) -> Outcome<Credentials> {
    Ok(Credentials {
        agent: row.id("id")?,
        password_hash: row.get("password_hash")?,
        disabled: row.get::<Option<i64>>("disabled_at")?.is_some(),
    })
}

fn read_account(row: &QueryResult, teams: &mut HashMap<ParticipantId, Vec<TeamId>>) -> Outcome<AgentAccount> {
    let id = row.id("id")?;
    let disabled = row.get::<Option<i64>>("disabled_at")?.is_some();
    Ok(AgentAccount {
        id,
        name: row.get("name")?,
        email: row.get("email")?,
        role: row.word("role")?,
        teams: teams.remove(&id).unwrap_or_default(),
        state: match (disabled, row.get("has_password")?) {
            (true, _) => AgentState::Disabled,
            (false, true) => AgentState::Active,
            (false, false) => AgentState::Invited,
        },
    })
}

/// Refuses an address that is an agent's already.
pub(in crate::store) async fn insert_agent(tx: &DatabaseTransaction, new: &NewAgent<'_>, now: Millis) -> Outcome<()> {
    let text = "insert into participant (id, site_id, kind, name, email, email_canonical, proof, locale, role, \
                password_hash, created_at) values ($1, $2, 'agent', $3, $4, $5, $6, '', $7, $8, $9) \
                on conflict do nothing";
    let row = [
        new.id.0.into(),
        new.site.0.into(),
        new.name.as_str().into(),
        new.email.typed().into(),
        new.email.canonical().into(),
        word(Proof::Vouched).into(),
        word(new.role).into(),
        new.password_hash.clone().into(),
        now.into(),
    ];
    match run(tx, Sql::with(text, row)).await? {
        0 => Err(Refusal::of("email", ErrorCode::Conflict).into()),
        _ => Ok(()),
    }
}

/// Refuses a team that the site does not have.
async fn set_teams(tx: &DatabaseTransaction, site: SiteId, agent: ParticipantId, teams: &[TeamId]) -> Outcome<()> {
    let mut teams = teams.to_vec();
    teams.sort_unstable();
    teams.dedup();
    let mut sql = Sql::new("insert into team_member (team_id, participant_id) select id, ");
    sql.bind(agent.0).push(" from team where site_id = ").bind(site.0);
    sql.push(" and id ").one_of(tx.get_database_backend(), teams.iter().map(|team| team.0));
    match run(tx, sql).await? == teams.len() as u64 {
        true => Ok(()),
        false => Err(Refusal::of("teams", ErrorCode::NotFound).into()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    role: Role,
    disabled: bool,
}

impl Standing {
    fn leads(self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
}

/// Two changes of the site's agents take turns, so that the last two admins cannot both go.
async fn lock_agent(tx: &DatabaseTransaction, site: SiteId, id: ParticipantId) -> Outcome<Standing> {
    let mut sql = Sql::new("select id, role, disabled_at from participant where kind = 'agent' and site_id = ");
    sql.bind(site.0).push(" order by id");
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for no key update");
    }
    for row in all(tx, sql).await? {
        if row.id::<ParticipantId>("id")? == id {
            let disabled = row.get::<Option<i64>>("disabled_at")?.is_some();
            return Ok(Standing { role: row.word("role")?, disabled });
        }
    }
    Err(Fault::from(Refusal::new(ErrorCode::NotFound)))
}

/// Somebody else who can sign in as an admin.
async fn another_admin(tx: &DatabaseTransaction, site: SiteId, id: ParticipantId) -> Outcome<bool> {
    let text = "select id from participant where site_id = $1 and id <> $2 and kind = 'agent' and role = 'admin' \
                and disabled_at is null and password_hash is not null limit 1";
    Ok(one(tx, Sql::with(text, [site.0.into(), id.0.into()])).await?.is_some())
}
