//! The database: the only floor that names diesel.
//!
//! Functions are free and read noun then verb, tenant first: `licenses::find(db, tenant, id)`.
//! `find` gives an `Option`, `get` an error when absent, `list` a `Vec`; `accept` is silent about what is already there.
//! A function that reads rows of several tenants is named `…_across_tenants`.
//! They run inside one of the two doors of a [`Store`], each of which is one transaction:
//!
//! ```text
//! store.read(Scope::Tenant(tenant), move |db| events::find(db, tenant, id)).await
//! store.write(Scope::Platform(PlatformUse::Claim), move |db| events::claim_across_tenants(db, &turn)).await
//! ```

mod columns;
mod connections;
mod db;
mod doors;
mod error;
mod files;
mod kept;
mod lock;
mod migrate;
mod name_locks;
mod or_ignore;
mod places;
mod role;
mod schema;
mod tenant_turns;
mod transaction;
mod writer;

pub mod api_tokens;
pub mod audit;
pub mod brake;
pub mod calls;
pub mod cause_counts;
pub mod consents;
pub mod customers;
pub mod deliveries;
pub mod devices;
pub mod effects;
pub mod email_proofs;
pub mod event_types;
pub mod events;
pub mod gauges;
pub mod holds;
pub mod jobs;
pub mod key_requests;
pub mod key_rotations;
pub mod leases;
pub mod license_servers;
pub mod licenses;
pub mod mappings;
pub mod older_secrets;
pub mod orders;
pub mod outbox;
pub mod payloads;
pub mod permits;
pub mod problems;
pub mod records;
pub mod remembered;
pub mod scope;
pub mod sealed;
pub mod sessions;
pub mod shop_apis;
pub mod shown_once;
pub mod stats;
pub mod storefronts;
pub mod subscriptions;
pub mod tallies;
pub mod tenants;
pub mod upkeep;
pub mod usage;
pub mod users;

pub use columns::{IdValue, ProcessId};
pub use db::Db;
pub use doors::Store;
pub use error::StoreError;
pub use lock::ExclusiveLock;
pub use migrate::{SchemaError, SchemaVersion};
pub use role::RoleError;
pub use scope::{PlatformUse, Scope};
