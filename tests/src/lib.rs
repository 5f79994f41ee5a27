//! The harness of the whole-hub tests: people with browsers and sockets, and the faults between them.
//!
//! Actors wait for a state with a limit and then fail, saying what they saw instead; nothing here sleeps
//! in the hope that something has happened meanwhile.
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]
#![allow(clippy::result_large_err, reason = "a refused request is told whole, and speed is not the matter here")]

pub mod bad_code;
pub mod browser;
pub mod crowd;
pub mod hub;
pub mod load;
pub mod logs;
pub mod nodes;
pub mod older;
pub mod page;
pub mod people;
pub mod pictures;
pub mod process;
pub mod proxy;
pub mod raw;
pub mod seed;
pub mod socket;
pub mod sql;
pub mod stored;
pub mod visits;
pub mod wait;

pub use browser::{Answer, Browser, FileAnswer};
pub use hub::{Hub, Setup};
pub use nodes::Nodes;
pub use page::Page;
pub use people::{Person, Site};
pub use process::Process;
pub use proxy::Proxy;
pub use seed::Seed;
pub use socket::Socket;
