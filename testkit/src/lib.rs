//! What tests need of the machine they run on: servers that a test process starts for itself from the
//! installed packages, on free ports, and that end with it, however it ends.
//!
//! Nothing here knows the hub.

pub mod certificate;
pub mod disk;
pub mod faketime;
pub mod nginx;
pub mod ports;
pub mod postfix;
pub mod postgres;
pub mod redis;
pub mod s3;
mod shell;
pub mod smtp;
