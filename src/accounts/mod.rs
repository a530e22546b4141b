//! Use cases on people and on what they set up: tenants, passwords, sessions, API tokens, storefronts.
//!
//! Time and keys are arguments; the pipeline is not known here.

pub mod api_tokens;
pub mod audit;
pub mod chain_ends;
pub mod data_keys;
pub mod email;
pub mod master_keys;
pub mod operators;
pub mod outbox;
pub mod password;
pub mod proofs;
pub mod request_limit;
pub mod scope;
pub mod sessions;
pub mod setup;
pub mod sign_up;
pub mod tenants;
pub mod throttle;

use rand::RngExt as _;
use uuid::Uuid;

use crate::domain::id::uuid_at;
use crate::domain::time::Timestamp;

/// A new id of that time.
fn new_id(now: Timestamp) -> Uuid {
    uuid_at(now, &rand::rng().random())
}
