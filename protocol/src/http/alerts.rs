//! Alerts, as the console shows them.

use serde::{Deserialize, Serialize};

use super::wire;
use crate::ids::Millis;

wire! {
    /// `GET /v1/agent/tickets/{id}/alerts`: what happens when the requester leaves, and what has happened.
    pub struct TicketAlerts {
        /// How mails go out from this hub.
        pub by: MailWay,
        /// A mail waits until nothing was written for this long …
        pub quiet_s: u64,
        /// … and no longer than this after the first unread message.
        pub cap_s: u64,
        /// Something is unread since then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub unread_since: Option<Millis>,
        /// When the next mail is due, as things stand: reading cancels it, attending puts it off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub due_at: Option<Millis>,
        /// Why no mail goes out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hold: Option<HoldReason>,
        /// The latest mails, newest first.
        pub mails: Vec<AlertMail>,
    }

    /// A mail to the requester about this ticket.
    pub struct AlertMail {
        pub kind: AlertKind,
        pub state: AlertState,
        /// When it was queued, and for a mail that is done, when it was.
        pub at: Millis,
        /// While it waits: until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub until: Option<Millis>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hold: Option<HoldReason>,
        /// What the mail server said last, without addresses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub answer: Option<String>,
    }
}

macro_rules! words {
    ($($item:item)+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
        #[serde(rename_all = "snake_case")]
        $item
    )+};
}

words! {
    pub enum MailWay {
        /// Sent by a mail server.
        Smtp,
        /// Kept on this machine, in the local mailbox.
        Local,
    }

    pub enum AlertKind {
        Received,
        Updated,
        Solved,
        Asked,
        Links,
        NewDevice,
    }

    pub enum AlertState {
        /// It will be sent, at `until`.
        Waiting,
        Held,
        /// The mail server took it.
        Sent,
        /// It was sent, and the link was opened since, before a newer mail brought it too.
        Opened,
        /// The address takes no mail.
        Bounced,
        Failed,
        /// It was read before it went out.
        Cancelled,
    }

    /// Why nothing is mailed.
    pub enum HoldReason {
        /// The address was never confirmed, and one alert went there already.
        NotConfirmed,
        Bounces,
        Muted,
        Unsubscribed,
        AddressBudget,
        DomainBudget,
        HubBudget,
        Undelivered,
    }
}
