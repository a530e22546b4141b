//! Calls to license servers: within the budget of their origin, by whoever may make them, and never while their server
//! is down.
//!
//! In come questions with the tenant, the lane and the caller; out go permits, opened accounts, answers, and the rows
//! that put calls on record. Nothing here knows what an event is about.

pub mod bound_tokens;
pub(crate) mod budget;
pub(crate) mod budgeted_call;
pub(crate) mod circuit_breaker;
pub(crate) mod connections;
pub(crate) mod fair_share;
pub(crate) mod health;
pub(crate) mod record;
pub mod tenant_keys;
