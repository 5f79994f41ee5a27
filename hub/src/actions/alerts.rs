//! What the console shows of the alerts of a ticket: what happens when the requester leaves, and what
//! has happened.

use protocol::http::{AlertKind, AlertMail, AlertState, HoldReason, MailWay, TicketAlerts};
use protocol::{ErrorCode, TicketId};

use super::Hub;
use super::conversation::find;
use crate::domain::Refusal;
use crate::domain::access::{self, Agent, Who};
use crate::domain::alert::{Audience, Hold};
use crate::store::StoreError;
use crate::store::alerts::{Told, ToldMail};

/// How the alerts of a ticket stand.
pub async fn of_ticket(hub: &Hub, agent: &Agent, ticket: TicketId) -> Result<TicketAlerts, StoreError> {
    let who = Who::Agent(agent.clone());
    let found = find(hub, &who, ticket).await?;
    access::read(&who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    let row = hub.store.agent_rows(&[ticket]).await?.pop().ok_or(Refusal::new(ErrorCode::NotFound))?;
    let audience = if row.requester.guest { Audience::Guest } else { Audience::Customer };
    let pace = hub.store.alert_times().pace(audience);
    let told = hub.store.told(ticket, row.requester.id).await?;
    let seconds = |ms: i64| u64::try_from(ms / 1_000).unwrap_or_default();
    Ok(TicketAlerts {
        by: if hub.settings.alerts.by_server { MailWay::Smtp } else { MailWay::Local },
        quiet_s: seconds(pace.quiet_ms),
        cap_s: seconds(pace.cap_ms),
        unread_since: told.unread_since,
        due_at: told.mail_due,
        hold: told.hold.map(reason),
        mails: shown(&told),
    })
}

/// An agent looked at why nothing is mailed, and wants it tried again: what was held or given up is due
/// now, and an address that mails came back from gets another chance.
pub async fn try_again(hub: &Hub, agent: &Agent, ticket: TicketId) -> Result<(), StoreError> {
    let who = Who::Agent(agent.clone());
    let found = find(hub, &who, ticket).await?;
    access::read(&who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    hub.store.try_alerts_again(found.site, ticket, found.requester).await?;
    hub.mail_due.tell();
    hub.bus.publish(crate::bus::Signal::AlertsChanged(ticket));
    Ok(())
}

/// Newest first. Every mail carries the same link: whoever opened it last had it, as far as anybody can
/// know, from the newest one that was there then. Of the others nothing is said.
fn shown(told: &Told) -> Vec<AlertMail> {
    let was_there = |mail: &ToldMail| {
        let sent_before = mail.done_at.zip(told.link_opened_at).is_some_and(|(sent, opened)| opened >= sent);
        mail.state == "sent" && carries_link(&mail.kind) && sent_before
    };
    let opened = told.mails.iter().position(was_there);
    told.mails.iter().enumerate().map(|(n, mail)| shown_mail(mail, opened == Some(n))).collect()
}

/// Those that lead to the ticket; a new device's mail leads to the end of its access alone.
fn carries_link(kind: &str) -> bool {
    matches!(kind, "m1" | "m2" | "m4" | "m5")
}

fn shown_mail(mail: &ToldMail, is_opened: bool) -> AlertMail {
    let (state, until) = match mail.state.as_str() {
        "queued" => (AlertState::Waiting, Some(mail.due_at)),
        "held" => (AlertState::Held, None),
        "sent" if is_opened => (AlertState::Opened, None),
        "sent" => (AlertState::Sent, None),
        "dead" if mail.hold == Some(Hold::Bounces) => (AlertState::Bounced, None),
        "cancelled" => (AlertState::Cancelled, None),
        _ => (AlertState::Failed, None),
    };
    AlertMail {
        kind: kind(&mail.kind),
        state,
        at: mail.done_at.unwrap_or(mail.created_at),
        until,
        hold: mail.hold.map(reason),
        answer: mail.last_error.clone(),
    }
}

fn kind(word: &str) -> AlertKind {
    match word {
        "m1" => AlertKind::Received,
        "m4" => AlertKind::Solved,
        "m5" => AlertKind::Asked,
        "m6" => AlertKind::Links,
        "m7" => AlertKind::NewDevice,
        _ => AlertKind::Updated,
    }
}

fn reason(hold: Hold) -> HoldReason {
    match hold {
        Hold::NotConfirmed => HoldReason::NotConfirmed,
        Hold::Bounces => HoldReason::Bounces,
        Hold::Muted => HoldReason::Muted,
        Hold::Unsubscribed => HoldReason::Unsubscribed,
        Hold::AddressBudget => HoldReason::AddressBudget,
        Hold::DomainBudget => HoldReason::DomainBudget,
        Hold::HubBudget => HoldReason::HubBudget,
        Hold::Undelivered => HoldReason::Undelivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kind: &str, at: i64) -> ToldMail {
        ToldMail {
            kind: kind.to_owned(),
            state: "sent".to_owned(),
            created_at: at,
            due_at: at,
            done_at: Some(at),
            attempts: 1,
            hold: None,
            last_error: None,
        }
    }

    fn states(link_opened_at: Option<i64>) -> Vec<AlertState> {
        let waiting = ToldMail { state: "queued".to_owned(), done_at: None, ..sent("m2", 40) };
        let mails = vec![waiting, sent("m7", 30), sent("m2", 20), sent("m1", 10)];
        shown(&Told { mails, link_opened_at, ..Told::default() }).into_iter().map(|mail| mail.state).collect()
    }

    #[test]
    fn the_newest_mail_with_the_link_is_the_one_that_was_opened() {
        use AlertState::{Opened, Sent, Waiting};
        assert_eq!(states(None), [Waiting, Sent, Sent, Sent]);
        assert_eq!(states(Some(9)), [Waiting, Sent, Sent, Sent]);
        assert_eq!(states(Some(15)), [Waiting, Sent, Sent, Opened]);
        assert_eq!(states(Some(50)), [Waiting, Sent, Opened, Sent]);
    }
}
