//! What leaves the hub for people who are away: attention, deliveries, addresses that mails come back
//! from, and the links that mails carry.

mod address;
mod attention;
mod budget;
mod claim;
mod delivery;
mod due;
mod finish;
mod links;
mod outbox;
mod prune;
mod told;

pub use address::Bounce;
pub use budget::Budget;
pub use claim::{DueCode, DueLogin, DueMail, DueTicket, Lane};
pub(super) use due::Settling;
pub use due::{DueAlert, There};
pub use finish::Finish;
pub use told::{AddressedTicket, Told, ToldMail};

pub(super) use attention::{AttentionRow, Recipient, cancel_read, confirmed, rows_of, save};
pub(super) use delivery::{KINDS, NewDelivery, STATES, queue, queue_all};
pub(super) use links::mute;
pub use links::{FoundLink, Muted};
pub(super) use outbox::Outbox;
