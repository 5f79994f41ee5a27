//! What Guichet decides, as pure functions over values: no socket, no SQL, no clock of its own.
//! Time and randomness come in as arguments; the layers above act on what is answered here.

pub mod access;
pub mod alert;
pub mod attention;
pub mod audit;
pub mod clock;
pub mod committed;
pub mod continuation;
pub mod email;
pub mod file;
pub mod fold;
pub mod ids;
pub mod limits;
pub mod link;
pub mod locale;
pub mod macros;
pub mod merge;
pub mod message;
pub mod network;
pub mod origin;
pub mod refusal;
pub mod saved_view;
pub mod search;
pub mod sentences;
pub mod shape;
pub mod snooze;
mod steady;
pub mod tag;
pub mod ticket;

pub use clock::Clock;
pub use link::SecureLink;
pub use locale::Locale;
pub use origin::Origin;
pub use refusal::Refusal;
pub use sentences::sentence;

#[cfg(test)]
mod tests;
