//! What goes out to people who are away. Today: the mails that the outbox holds.

pub mod outbox;
