//! Rows of attention whose mail is due: looked at, decided and, where a mail goes out, queued as a
//! delivery in the same transaction.

use std::collections::BTreeMap;

use protocol::model::Proof;
use protocol::{Millis, ParticipantId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};
use uuid::Uuid;

use super::attention::{ATTENTION_COLUMNS, AttentionRow, Recipient};
use super::{NewDelivery, queue, queue_all, save};
use crate::domain::alert::{AlertTimes, Audience, Hold};
use crate::domain::attention::{ATTENDED_LOOK_MS, Facts, Verdict, Wanted};
use crate::domain::{Clock, ids};
use crate::store::db::{commit, one_at_a_time, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all, one, word};
use crate::store::{Store, StoreError};

/// Who would be mailed about a ticket, so that presence can be asked for them.
#[derive(Clone, Debug)]
pub struct DueAlert {
    pub ticket: TicketId,
    pub people: Vec<ParticipantId>,
}

/// What presence says of them.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// One of them attends the ticket right now.
    pub attends: bool,
    /// Those who have a session open.
    pub online: Vec<ParticipantId>,
}

/// A row that is due, with what decides about it.
struct Due {
    row: AttentionRow,
    audience: Audience,
    hold: Option<Hold>,
    people: Vec<ParticipantId>,
    /// Those of them who say that they are away, whatever pages they have open.
    away: Vec<ParticipantId>,
}

impl Store {
    /// Decides about rows that are due, at most `max`; `there` says who is there. Answers the tickets it
    /// looked at. A row is one worker's at a time.
    pub async fn settle_alerts(
        &self,
        max: u64,
        there: impl Fn(&DueAlert) -> There,
    ) -> Result<Vec<TicketId>, StoreError> {
        let text = "select 1 as due from attention where mail_due <= $1 limit 1";
        if one(self.db().reads(), Sql::with(text, [self.now().into()])).await?.is_none() {
            return Ok(Vec::new());
        }
        Ok(retrying(|| self.settle_once(max, &there)).await?)
    }

    async fn settle_once(&self, max: u64, there: &impl Fn(&DueAlert) -> There) -> Outcome<Vec<TicketId>> {
        let settling = Settling { clock: self.clock(), times: self.alert_times(), epoch: self.epoch() };
        let tx = self.db().begin().await?;
        let settled = settling.settle(&tx, max, there).await?;
        commit(tx).await?;
        Ok(settled)
    }
}

/// What alerts are decided by, within a transaction.
pub(in crate::store) struct Settling<'a> {
    pub clock: &'a Clock,
    pub times: &'a AlertTimes,
    /// Part of an alert's identity: numbers are given again after a restore, and a mail program drops what it
    /// takes for a mail that it has.
    pub epoch: Uuid,
}

impl Settling<'_> {
    /// As [`Store::settle_alerts`].
    pub async fn settle(
        &self,
        tx: &DatabaseTransaction,
        max: u64,
        there: &impl Fn(&DueAlert) -> There,
    ) -> Outcome<Vec<TicketId>> {
        let (now, times) = (self.clock.now(), self.times);
        let due = read_due(tx, now, max).await?;
        let (mut rows, mut mails) = (Vec::with_capacity(due.len()), Vec::new());
        // By agent: the number that their digest is about.
        let mut digests: BTreeMap<ParticipantId, (AttentionRow, i64)> = BTreeMap::new();
        for mut due in due {
            let pace = times.pace(due.audience);
            let there = there(&DueAlert { ticket: due.row.ticket, people: due.people.clone() });
            let facts = Facts { attends: there.attends, hold: due.hold };
            let mut verdict = due.row.state.verdict(facts, now, pace);
            if let (Verdict::Send { cover }, Audience::Agents) = (verdict, due.audience) {
                match to_mail(&due, &there, now, pace.attended_max_ms) {
                    Some(people) => {
                        digests.extend(people.into_iter().map(|agent| (agent, (due.row.clone(), cover))));
                    }
                    // All of them are there, and see it in the console; those who leave are told.
                    None => verdict = Verdict::Wait { until: now + ATTENDED_LOOK_MS },
                }
            } else if let Verdict::Send { cover } = verdict {
                mails.push(self.alert(&due.row, cover));
            }
            due.row.state.obey(verdict, now, pace);
            rows.push(due.row);
        }
        save(tx, &rows).await?;
        queue_all(tx, mails).await?;
        self.queue_digests(tx, digests, times.digest_every_ms).await?;
        Ok(rows.into_iter().map(|row| row.ticket).collect())
    }

    fn alert(&self, row: &AttentionRow, cover: i64) -> NewDelivery {
        let recipient = match row.recipient {
            Recipient::Requester(one) | Recipient::Agent(one) => Some(one),
            Recipient::Team(_) => None,
        };
        NewDelivery {
            id: ids::new_id(self.clock),
            site: row.site,
            kind: match row.state.kind {
                Wanted::Reply | Wanted::Reopened | Wanted::Mentioned => "m2",
                Wanted::Solved => "m4",
                Wanted::Asked => "m5",
            },
            attention: Some(row.id),
            ticket: Some(row.ticket),
            recipient,
            code: None,
            login: None,
            cover_seq: Some(cover),
            identity: format!("a.{}.{cover}.{}", row.id.simple(), self.epoch.simple()),
            due_at: self.clock.now(),
            now: self.clock.now(),
        }
    }

    /// One digest for each agent (M8): what waits is read when it is sent, so a queued one tells all.
    async fn queue_digests(
        &self,
        tx: &DatabaseTransaction,
        digests: BTreeMap<ParticipantId, (AttentionRow, i64)>,
        every_ms: i64,
    ) -> Outcome<()> {
        if digests.is_empty() {
            return Ok(());
        }
        one_at_a_time(tx, &["digests"]).await?;
        for (agent, (row, cover)) in digests {
            let text = "select state, due_at from delivery where recipient_id = $1 and kind = 'm8' \
                        and state in ('queued', 'sent') order by created_at desc, id desc limit 1";
            let last = one(tx, Sql::with(text, [agent.0.into()])).await?;
            let due_at = match last {
                Some(last) if last.get::<String>("state")? == "queued" => continue,
                Some(last) => self.clock.now().max(last.get::<Millis>("due_at")? + every_ms),
                None => self.clock.now(),
            };
            let ids = [agent.0, row.id, self.epoch].map(|id| id.simple().to_string());
            let identity = format!("m8.{}.{}.{cover}.{}", ids[0], ids[1], ids[2]);
            let alert = self.alert(&row, cover);
            let digest = NewDelivery {
                kind: "m8",
                attention: None,
                ticket: None,
                recipient: Some(agent),
                cover_seq: None,
                identity,
                due_at,
                ..alert
            };
            queue(tx, digest).await?;
        }
        Ok(())
    }
}

/// Which of the agents are mailed: those who are not there, or say so; all of them once a ticket has waited for
/// so long that being there has not helped. `None`: nobody yet.
fn to_mail(due: &Due, there: &There, now: Millis, waits_max_ms: i64) -> Option<Vec<ParticipantId>> {
    let waited = now - due.row.state.first_unread_at.unwrap_or(now);
    let is_away = |agent: &ParticipantId| due.away.contains(agent) || !there.online.contains(agent);
    let away = |agent: &&ParticipantId| waited >= waits_max_ms || is_away(agent);
    let away: Vec<_> = due.people.iter().filter(away).copied().collect();
    // A team of nobody has nobody to wait for.
    (!away.is_empty() || due.people.is_empty()).then_some(away)
}

async fn read_due(tx: &DatabaseTransaction, now: Millis, max: u64) -> Outcome<Vec<Due>> {
    let mut sql = Sql::new(
        [
            "select p.kind as recipient_kind, p.proof, m.suppressed_at, m.unsubscribed_at, x.created_at as muted_at, ",
            ATTENTION_COLUMNS,
            " from attention a left join participant p on p.id = a.recipient_id \
             left join mail_address m on m.site_id = p.site_id and m.email_canonical = p.email_canonical \
             left join alert_mute x on x.participant_id = a.recipient_id and x.ticket_id = a.ticket_id \
             where a.mail_due <= ",
        ]
        .concat(),
    );
    sql.bind(now).push(" order by a.mail_due limit ").bind(i64::try_from(max).unwrap_or(i64::MAX));
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for no key update of a skip locked");
    }
    let mut found = Vec::new();
    for row in all(tx, sql).await? {
        let hold = hold(&row)?;
        let is_guest = is_guest(&row)?;
        let row = AttentionRow::read(&row)?;
        let audience = match row.recipient {
            Recipient::Requester(_) if is_guest => Audience::Guest,
            Recipient::Requester(_) => Audience::Customer,
            Recipient::Agent(_) | Recipient::Team(_) => Audience::Agents,
        };
        let people = people(tx, &row).await?;
        let away = away(tx, &people).await?;
        found.push(Due { row, audience, hold, people, away });
    }
    Ok(found)
}

fn hold(row: &QueryResult) -> Outcome<Option<Hold>> {
    let is_set = |column: &str| Ok::<_, Fault>(row.get::<Option<Millis>>(column)?.is_some());
    if is_set("muted_at")? {
        return Ok(Some(Hold::Muted));
    }
    if is_set("unsubscribed_at")? {
        return Ok(Some(Hold::Unsubscribed));
    }
    if is_set("suppressed_at")? {
        return Ok(Some(Hold::Bounces));
    }
    let unproven = row.get::<Option<String>>("proof")? == Some(word(Proof::NotConfirmed));
    let mailed_before = row.get::<i64>("mail_n")? > 0;
    Ok((unproven && is_guest(row)? && mailed_before).then_some(Hold::NotConfirmed))
}

fn is_guest(row: &QueryResult) -> Outcome<bool> {
    Ok(row.get::<Option<String>>("recipient_kind")?.as_deref() == Some("guest"))
}

/// Agents among these people who say that they are away.
async fn away(tx: &DatabaseTransaction, people: &[ParticipantId]) -> Outcome<Vec<ParticipantId>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("select id from participant where kind = 'agent' and away_since is not null and id ");
    sql.one_of(tx.get_database_backend(), people.iter().map(|person| person.0));
    all(tx, sql).await?.iter().map(|row| row.id("id")).collect()
}

/// Everybody a row stands for: agents of a team, or of the site.
async fn people(tx: &DatabaseTransaction, row: &AttentionRow) -> Outcome<Vec<ParticipantId>> {
    let team = match row.recipient {
        Recipient::Requester(one) | Recipient::Agent(one) => return Ok(vec![one]),
        Recipient::Team(team) => team,
    };
    let text = "select p.id from participant p where p.kind = 'agent' and p.disabled_at is null \
                and p.password_hash is not null and p.site_id = $1 and ($2 = $1 or exists \
                (select 1 from team_member m where m.participant_id = p.id and m.team_id = $2)) order by p.id";
    let rows = all(tx, Sql::with(text, [row.site.0.into(), team.into()])).await?;
    rows.iter().map(|row| row.id("id")).collect()
}
