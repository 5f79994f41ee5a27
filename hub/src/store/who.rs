//! Who is behind a login, as the database has it: the one place that says whether a login holds.

use protocol::model::{Proof, Role};
use protocol::{LoginId, Millis, ParticipantId, SiteId, TeamId, TicketId};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use std::collections::HashMap;

use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, all};
use crate::domain::access::{Agent, Audience, Grant, Visitor, Who};

/// A login with whoever is signed in by it.
#[derive(Clone, Debug)]
pub(super) struct LoginRow {
    pub id: LoginId,
    pub site: SiteId,
    pub audience: Audience,
    pub person: Option<PersonRow>,
    pub seen_at: Millis,
    idle_ms: i64,
    expires_at: Millis,
    revoked: bool,
    teams: Vec<TeamId>,
}

#[derive(Clone, Debug)]
pub(super) struct PersonRow {
    pub id: ParticipantId,
    pub name: String,
    pub email: String,
    pub canonical: String,
    pub proof: Proof,
    pub locale: String,
    role: Option<Role>,
    disabled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    Expired,
    Revoked,
}

impl LoginRow {
    pub fn holds(&self, now: Millis) -> Holds {
        let agent_gone = self.audience == Audience::Agent
            && self.person.as_ref().is_none_or(|person| person.disabled || person.role.is_none());
        if self.revoked || agent_gone {
            return Holds::Revoked;
        }
        match now >= self.expires_at || now - self.seen_at >= self.idle_ms {
            true => Holds::Expired,
            false => Holds::Yes,
        }
    }

    /// When it ends by itself, if nobody uses it meanwhile.
    pub fn ends_at(&self) -> Millis {
        self.expires_at.min(self.seen_at.saturating_add(self.idle_ms))
    }

    /// Who this is, with a visitor's grants as far as they were read.
    pub fn who(&self, grants: Vec<Grant>) -> Who {
        match (self.audience, &self.person) {
            (Audience::Agent, Some(PersonRow { id, role: Some(role), .. })) => {
                Who::Agent(Agent { site: self.site, login: self.id, id: *id, role: *role, teams: self.teams.clone() })
            }
            (_, person) => Who::Visitor(Visitor {
                site: self.site,
                login: self.id,
                customer: person.as_ref().map(|person| person.id),
                grants,
            }),
        }
    }
}

/// Logins, in any order; `filter` is what follows `where`, with `l` for the login.
pub(super) async fn logins(db: &impl ConnectionTrait, filter: Sql) -> Outcome<Vec<LoginRow>> {
    let mut sql = Sql::new(
        "select l.id, l.site_id, l.audience, l.idle_ms, l.last_seen_at, l.expires_at, l.revoked_at, \
         p.id as person_id, p.name, p.email, p.email_canonical, p.proof, p.locale, p.role, p.disabled_at, m.team_id \
         from login l left join participant p on p.id = l.participant_id \
         left join team_member m on m.participant_id = p.id and l.audience = 'agent' where ",
    );
    sql.append(filter);
    let mut logins: Vec<LoginRow> = Vec::new();
    let mut places: HashMap<LoginId, usize> = HashMap::new();
    // One row for each team of an agent.
    for row in all(db, sql).await? {
        let id: LoginId = row.id("id")?;
        let place = match places.get(&id) {
            Some(place) => *place,
            None => {
                places.insert(id, logins.len());
                logins.push(login(&row, id)?);
                logins.len() - 1
            }
        };
        logins[place].teams.extend(row.id_or_none::<TeamId>("team_id")?);
    }
    Ok(logins)
}

fn login(row: &QueryResult, id: LoginId) -> Outcome<LoginRow> {
    Ok(LoginRow {
        id,
        site: row.id("site_id")?,
        audience: parse_audience(&row.get::<String>("audience")?)?,
        person: person(row)?,
        seen_at: row.get("last_seen_at")?,
        idle_ms: row.get("idle_ms")?,
        expires_at: row.get("expires_at")?,
        revoked: row.get::<Option<i64>>("revoked_at")?.is_some(),
        teams: Vec::new(),
    })
}

fn person(row: &QueryResult) -> Outcome<Option<PersonRow>> {
    let Some(id) = row.id_or_none::<ParticipantId>("person_id")? else { return Ok(None) };
    let role: Option<String> = row.get("role")?;
    Ok(Some(PersonRow {
        id,
        name: row.get("name")?,
        email: row.get("email")?,
        canonical: row.get("email_canonical")?,
        proof: row.word("proof")?,
        locale: row.get("locale")?,
        role: role.map(|role| super::sql::parse_word(&role)).transpose()?,
        disabled: row.get::<Option<i64>>("disabled_at")?.is_some(),
    }))
}

/// A guest's right to a ticket, with the name it was given under.
#[derive(Clone, Debug)]
pub(super) struct GrantRow {
    pub login: LoginId,
    pub grant: Grant,
    pub name: String,
}

/// Grants that hold; `filter` is what follows `where`, with `g` for the grant.
pub(super) async fn grants(db: &impl ConnectionTrait, filter: Sql) -> Outcome<Vec<GrantRow>> {
    let mut sql = Sql::new(
        "select g.login_id, g.ticket_id, g.participant_id, g.proven, p.name \
         from login_grant g join participant p on p.id = g.participant_id where g.revoked_at is null and ",
    );
    sql.append(filter).push(" order by g.created_at, g.ticket_id");
    all(db, sql).await?.iter().map(grant).collect()
}

/// Grants that were ended, by login and ticket; `filter` as above.
pub(super) async fn ended_grants(db: &impl ConnectionTrait, filter: Sql) -> Outcome<Vec<(LoginId, TicketId)>> {
    let mut sql = Sql::new("select g.login_id, g.ticket_id from login_grant g where g.revoked_at is not null and ");
    sql.append(filter);
    all(db, sql).await?.iter().map(|row| Ok((row.id("login_id")?, row.id("ticket_id")?))).collect()
}

fn grant(row: &QueryResult) -> Outcome<GrantRow> {
    let grant = Grant {
        ticket: row.id::<TicketId>("ticket_id")?,
        participant: row.id("participant_id")?,
        proven: row.get("proven")?,
    };
    Ok(GrantRow { login: row.id("login_id")?, grant, name: row.get("name")? })
}

pub(super) fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::Agent => "agent",
        Audience::Requester => "visitor",
    }
}

fn parse_audience(word: &str) -> Outcome<Audience> {
    match word {
        "agent" => Ok(Audience::Agent),
        "visitor" => Ok(Audience::Requester),
        _ => Err(Fault::Failed("a login has an unknown audience".to_owned())),
    }
}

/// The column `side` of a mark.
pub(super) fn side_word(audience: Audience) -> Value {
    match audience {
        Audience::Agent => "agent".into(),
        Audience::Requester => "requester".into(),
    }
}
