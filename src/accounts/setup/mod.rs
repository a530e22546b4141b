//! What a vendor sets up: license servers, storefronts, mappings, tokens. Pages and the API share these use cases.

pub mod api_tokens;
pub mod arrivals;
pub mod license_servers;
pub mod mappings;
mod secrets;
pub mod shop_credentials;
mod storefront_changes;
pub mod storefront_secrets;
pub mod storefronts;

use std::sync::Arc;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::outbound::Outbound;
use crate::store::audit::{Actor, Author};
use crate::store::{Db, Scope, Store, StoreError};
use crate::vault::{TenantKeys, VaultError};

/// For whom something is set up, with what, and when. Cheap to clone.
#[derive(Clone)]
pub struct Vendor {
    /// The tenant.
    pub tenant: TenantId,
    /// Its keys.
    pub keys: Arc<TenantKeys>,
    /// The database.
    pub store: Store,
    /// The client that addresses are judged by.
    pub outbound: Outbound,
    /// Who sets it up.
    pub actor: Actor,
    /// The time of the request.
    pub now: Timestamp,
}

/// Why something was not set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Fields that must be filled in otherwise; never empty.
    #[error("some fields cannot be taken as they are")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it is another tenant's.
    #[error("no such thing")]
    NotFound,
    /// It is in use; the sentence says by what.
    #[error("{0}")]
    InUse(&'static str),
    /// A secret does not open.
    #[error("opening a secret")]
    Vault(#[from] VaultError),
    /// The database.
    #[error("storing what was set up")]
    Store(#[source] StoreError),
}

/// One field and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field as the API spells it.
    pub field: String,
    /// A sentence for the person who filled it in.
    pub message: String,
}

impl FieldError {
    /// One wrong field.
    pub fn new(field: &str, message: impl ToString) -> Self {
        Self {
            field: field.to_owned(),
            message: message.to_string(),
        }
    }
}

impl From<FieldError> for SetUpError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<StoreError> for SetUpError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            error => Self::Store(error),
        }
    }
}

impl Vendor {
    /// Who puts on record what is changed.
    pub fn author(&self) -> Author {
        Author {
            tenant: self.tenant,
            keys: Arc::clone(&self.keys),
            actor: self.actor,
            now: self.now,
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SetUpError> {
        Ok(self.store.read(Scope::Tenant(self.tenant), work).await?)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SetUpError> {
        Ok(self.store.write(Scope::Tenant(self.tenant), work).await?)
    }
}

/// All fields at once are told what is wrong with them.
fn all_right(errors: Vec<FieldError>) -> Result<(), SetUpError> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(SetUpError::Invalid(errors))
}

/// A name as people write it.
fn name(text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.contains(char::is_control) {
        return Err(FieldError::new(
            "name",
            "write a name of 1 to 200 characters",
        ));
    }
    Ok(text.to_owned())
}

/// Keeps the value, or the complaint.
fn checked<T>(result: Result<T, FieldError>, errors: &mut Vec<FieldError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}
