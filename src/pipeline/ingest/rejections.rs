//! Deliveries that were refused: counted in memory, written now and then, so that a flood of them costs next to nothing.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::id::{DeliveryId, StorefrontId, TenantId};
use crate::domain::refusal::Refusal as Cause;
use crate::domain::time::Timestamp;
use crate::pipeline::clock::id_at;
use crate::store::deliveries::{self, Refusal};
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError};

/// Counts until they are written. What was not yet written is lost with the process: a count, not an event.
#[derive(Debug, Default)]
pub struct RejectionCounter(Mutex<HashMap<Key, Count>>);

/// One delivery that was refused.
#[derive(Debug, Clone, Copy)]
pub struct Rejection {
    /// Whose hook it was sent to.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// Why.
    pub cause: Cause,
    /// How long its body was.
    pub body_bytes: usize,
    /// When.
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    storefront: StorefrontId,
    cause: Cause,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    refused: i64,
    body_bytes: usize,
    latest_at: Timestamp,
}

impl RejectionCounter {
    /// Counts one more.
    pub fn count(&self, refused: Rejection) {
        let key = Key {
            tenant: refused.tenant,
            storefront: refused.storefront,
            cause: refused.cause,
        };
        let mut counts = self.lock();
        let count = counts.entry(key).or_insert(Count {
            refused: 0,
            body_bytes: refused.body_bytes,
            latest_at: refused.at,
        });
        count.refused += 1;
        count.body_bytes = refused.body_bytes;
        count.latest_at = refused.at;
    }

    /// Writes the counts and, of each cause, the latest delivery as a sample.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let counts = std::mem::take(&mut *self.lock());
        if counts.is_empty() {
            return Ok(());
        }
        let refusals: Vec<Refusal> = counts.into_iter().map(refusal).collect();
        store
            .write(Scope::Platform(PlatformUse::Ingest), move |db| {
                deliveries::refuse(db, &refusals)
            })
            .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Count>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn refusal((key, count): (Key, Count)) -> Refusal {
    Refusal {
        tenant_id: key.tenant,
        storefront_id: key.storefront,
        sample_id: DeliveryId::from_uuid(id_at(count.latest_at)),
        cause: key.cause.as_str().to_owned(),
        refused: count.refused,
        body_bytes: i64::try_from(count.body_bytes).unwrap_or(i64::MAX),
        at: count.latest_at,
    }
}
