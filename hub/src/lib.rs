//! Guichet's server. The layers, bottom to top; each imports downwards only (a test holds it):
//! `domain` → adapters (`store`, `bus`, `mail`, `auth`) → `actions`, `alerts` → `http`, `live` →
//! `app`, `demo`, `cli`. See `docs/ARCHITECTURE.md`.

pub mod actions;
pub mod alerts;
pub mod app;
pub mod auth;
pub mod bus;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod files;
pub mod http;
pub mod limiter;
pub mod live;
pub mod mail;
pub mod metrics;
pub mod presence;
pub mod store;
pub mod telemetry;
