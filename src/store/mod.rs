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
mod lock;
mod migrate;
mod schema;
mod scope;
mod transaction;
mod writer;

pub use columns::ProcessId;
pub use db::Db;
pub use doors::Store;
pub use error::StoreError;
pub use lock::ExclusiveLock;
pub use migrate::{SchemaError, SchemaVersion};
pub use scope::{PlatformUse, Scope};
