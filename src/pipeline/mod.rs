//! Use cases on events: ingest, claim, plan, perform, settle, sweep.
//!
//! Steps say whether there was work and never sleep; the loops in [`crate::app`] do the waiting.

pub mod breaker;
pub mod clock;
pub mod conversation;
pub mod ingest;
pub mod receive;
pub mod refusals;
pub mod retry;
pub mod vaults;
