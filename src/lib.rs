//! Latchkey turns a software vendor's shop orders into software licenses, exactly once.
//!
//! The floors, from the ground up; imports point down only (`tests/architecture.rs` holds the code to it):
//!
//! | floor | modules | what lives there |
//! | --- | --- | --- |
//! | 0 | [`domain`] | facts, records, rules, compare, ids, time: no I/O, no clock, no randomness |
//! | 1 | [`vault`] [`outbound`] [`mail`] [`config`] [`telemetry`] | keys; the one guarded HTTP client; mail; settings; logs and metrics |
//! | 2 | [`store`] [`storefronts`] [`license_servers`] | the three edges, blind to one another |
//! | 3 | [`pipeline`] [`accounts`] | use cases: ingest, claim, plan, execute, reconcile; people, sessions, roles |
//! | 4 | [`web`] | HTTP in: hooks, dashboard, API |
//! | 5 | [`cli`] [`app`] | wiring |
//!
//! One exception: [`config`] sees the rest of its floor, whose types the settings become.

pub mod accounts;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod license_servers;
pub mod mail;
pub mod outbound;
pub mod pipeline;
pub mod store;
pub mod storefronts;
pub mod telemetry;
pub mod vault;
pub mod web;
